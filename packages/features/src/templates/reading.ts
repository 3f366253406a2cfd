import type { TemplateDefinition } from '@hearth/models'
import { HearthError } from '@hearth/protocol'
import type { Caller, ViewRow } from '../feature.ts'
import { tenantHome } from '../tenant.ts'
import { templatesView, textsView, versionKey, versionsView } from './actor.ts'

export interface Version {
  readonly name: string
  readonly version: number
  readonly at: number
  readonly by: string
  readonly note: string | null
  readonly from: number | null
}

export interface Whole extends Version {
  readonly definition: TemplateDefinition
}

type Reading = Pick<Caller, 'principal' | 'read'>

/** A version of a template, or the latest. Throws `templates.unknown` or `templates.version-unknown`. */
export async function versionOf(caller: Reading, name: string, version?: number): Promise<Whole> {
  const [row] = await latestVersions(caller, name, version === undefined ? {} : { from: version }, 1)
  const definition = row === undefined || row.version !== (version ?? row.version) ? null : await textOf(caller, row)
  if (row !== undefined && definition !== null) return { ...row, definition }
  if (version === undefined || !(await isThere(caller, name)))
    throw new HearthError('templates.unknown', 'There is no template of this name.')
  throw new HearthError('templates.version-unknown', 'There is no such version of this template.')
}

/** Null where it was removed in between. */
async function textOf({ principal: { tenant }, read }: Reading, { name, version }: Version) {
  const key = versionKey(name, version)
  const [row] = await read.rows(textsView, { tenant, home: tenantHome, key, limit: 1 })
  return row === undefined ? null : (JSON.parse(String(row['definition'])) as TemplateDefinition)
}

async function isThere({ principal: { tenant }, read }: Reading, name: string): Promise<boolean> {
  return (await read.rows(templatesView, { tenant, home: tenantHome, key: name, limit: 1 })).length > 0
}

const mostNames = 500

/** In order, as many as a list of models may well have. */
export async function templateNames({ principal: { tenant }, read }: Reading): Promise<readonly string[]> {
  return (await read.rows(templatesView, { tenant, home: tenantHome, limit: mostNames })).map(({ key }) => key)
}

/** The latest first, from one of them on backwards, or before one. */
export async function latestVersions(
  { principal: { tenant }, read }: Reading,
  name: string,
  { from, before }: { readonly from?: number; readonly before?: number },
  limit: number,
): Promise<readonly Version[]> {
  const bound = from === undefined ? before : from + 1
  const after = bound === undefined ? {} : { after: versionKey(name, bound) }
  const rows = await read.rows(versionsView, {
    tenant,
    home: tenantHome,
    where: { template: name },
    backwards: true,
    limit,
    ...after,
  })
  return rows.map(toVersion)
}

const toVersion = (row: ViewRow): Version => ({
  name: String(row['template']),
  version: Number(row['version']),
  at: Number(row['at']),
  by: String(row['author']),
  note: row['note'] === null ? null : String(row['note']),
  from: row['restored'] === null ? null : Number(row['restored']),
})
