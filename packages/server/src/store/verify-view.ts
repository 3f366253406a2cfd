import type { Actor, LogRow, MasterKey, View } from '@hearth/kernel'
import type { Json, Progressing } from '@hearth/protocol'
import type { Sql } from 'postgres'
import { noArchive, type Archive } from './archive/archive.ts'
import { rowsInOrder } from './archive/rows-in-order.ts'
import type { ConnectionOptions } from './connection.ts'
import { texts } from './literals.ts'
import { createRenewingClient } from './renewing.ts'
import type { Run } from './statement.ts'
import { tableOf } from './view-tables.ts'
import { actorsWith, beginFolding, foldRow, type Folded } from './views/folding.ts'
import { createOpenedKeys, type Opening } from './views/opened-keys.ts'

export interface Verified {
  /** In the view. */
  readonly rows: number
  /** Missing in it, too many, or other than the log tells. */
  readonly different: number
}

export interface VerifyOptions {
  readonly connection: ConnectionOptions
  readonly master: MasterKey
  readonly tenant: string
  readonly view: View
  readonly actors: readonly Actor[]
  readonly archive?: Archive
  /** Told in events, page by page. */
  readonly progress?: Progressing
}

type Row = Readonly<Record<string, unknown>>

const comparedAtOnce = 500

/**
 * Folds the log of every actor that has the view, and compares what it leads to with what lies there. Both are read as they stood at
 * one moment, on a connection of its own, while the server goes on.
 */
export async function verifyView(options: VerifyOptions): Promise<Verified> {
  await using client = createRenewingClient(() => options.connection, {
    max: 1,
    connection: { application_name: 'hearth-verify', 'hearth.tenant': options.tenant },
  })
  return await client.use(async (sql) => {
    await sql`begin isolation level repeatable read read only`
    const verified = await compareAll(sql, options)
    await sql`commit`
    return verified
  })
}

async function compareAll(sql: Sql, options: VerifyOptions): Promise<Verified> {
  const { view } = options
  const [counted] = await sql.unsafe(`select count(*) as rows from ${tableOf(view)}`)
  let found = 0
  let different = 0
  const expected: Expected[] = []
  const compare = async (): Promise<void> => {
    const compared = await compareRows(sql, view, expected.splice(0))
    found += compared.found
    different += compared.different
  }
  for await (const rows of foldedActors(sql, options)) {
    expected.push(...rows)
    if (expected.length >= comparedAtOnce) await compare()
  }
  await compare()
  const rows = Number(counted?.['rows'])
  return { rows, different: different + rows - found }
}

interface Expected {
  readonly home: string
  readonly key: string
  /** Null where it cannot be told: what it is of waits for code that knows its events. */
  readonly row: Readonly<Record<string, Json>> | null
}

/** Slot by slot, the rows that its actors lead to. */
async function* foldedActors(sql: Sql, options: VerifyOptions): AsyncGenerator<readonly Expected[]> {
  const { master, tenant, view, actors, archive = noArchive(), progress } = options
  const folds = actorsWith(actors, view)
  const keys = createOpenedKeys(sql, master)
  const run: Run = ({ text, values }) => sql.unsafe(text, [...values])
  const stands = await standsOf(sql, view)
  const all = stands.reduce((sum, { until }) => sum + until, 0)
  let before = 0
  for (const { slot, until } of stands) {
    const foldings = new Map<number, Folding>()
    for await (const page of rowsInOrder(run, archive, slot, 0, tenant)) {
      await keys.ensure(page.map(({ address }) => address))
      for (const { row, address } of page) {
        const definition = folds.get(address.kind)
        if (definition === undefined || row.sequence > until) continue
        const folding = foldings.get(row.actor) ?? { folded: beginFolding(address, definition, view), found: new Map() }
        foldings.set(row.actor, folding)
        foldInto(folding, row, keys.of(row, address))
      }
      progress?.(Math.min(before + (page.at(-1)?.row.sequence ?? 0), all), all)
    }
    before += until
    progress?.(before, all)
    for (const folding of foldings.values()) yield expectedOf(folding)
  }
}

/** Up to where each slot counts: of a trailing view that is what it has followed. */
async function standsOf(sql: Sql, view: View): Promise<readonly { readonly slot: number; readonly until: number }[]> {
  const rows =
    view.trailing === undefined
      ? await sql`select slot, sequence from hearth.slots where sequence > 0 order by slot`
      : await sql`select slot, sequence from hearth.view_positions where view = ${view.name} order by slot`
  return rows.map((row) => ({ slot: Number(row['slot']), until: Number(row['sequence']) }))
}

interface Folding {
  readonly folded: Folded
  readonly found: Map<string, Readonly<Record<string, Json>>>
}

function foldInto({ folded, found }: Folding, row: LogRow, opening: Opening): void {
  // Of what no key opens nothing may be in the view: neither what was forgotten, nor what is lost.
  if (opening === 'damaged') return
  for (const change of foldRow(folded, row, opening)) {
    if (change.type === 'put') found.set(change.key, change.row)
    else found.delete(change.key)
  }
}

const expectedOf = ({ folded: { address, opaque }, found }: Folding): readonly Expected[] =>
  [...found].map(([key, row]) => ({ home: address.home, key, row: opaque ? null : row }))

async function compareRows(
  sql: Sql,
  view: View,
  expected: readonly Expected[],
): Promise<{ readonly found: number; readonly different: number }> {
  if (expected.length === 0) return { found: 0, different: 0 }
  const rows = await sql.unsafe(
    `select v.* from ${tableOf(view)} v join unnest($1::text[], $2::text[]) g(home, key) on v.home = g.home and v.key = g.key`,
    [texts(expected.map(({ home }) => home)), texts(expected.map(({ key }) => key))],
  )
  const lying = new Map(rows.map((row) => [JSON.stringify([row['home'], row['key']]), row]))
  const differs = expected.filter(({ home, key, row }) => {
    const lies = lying.get(JSON.stringify([home.toWellFormed(), key.toWellFormed()]))
    return lies === undefined || (row !== null && !isSame(view, row, lies))
  })
  return { found: rows.length, different: differs.length }
}

const isSame = (view: View, expected: Readonly<Record<string, Json>>, lies: Row): boolean =>
  Object.entries(view.columns).every(([name, type]) => {
    const [is, must] = [lies[name] ?? null, expected[name] ?? null]
    if (is === null || must === null) return is === must
    if (type === 'text') return is === String(must).toWellFormed()
    return type === 'bigint' ? Number(is) === Number(must) : String(is) === String(must)
  })
