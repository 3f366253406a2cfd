import type { Actor, MasterKey, View } from '@hearth/kernel'
import type { Json } from '@hearth/protocol'
import type { Sql } from 'postgres'
import { addressOf } from './address-of.ts'
import type { ConnectionOptions } from './connection.ts'
import { texts } from './literals.ts'
import { toLogRow } from './log-load.ts'
import { createRenewingClient } from './renewing.ts'
import { tableOf } from './view-tables.ts'
import { actorsWith, beginFolding, foldRow, type Folded } from './views/folding.ts'
import { createOpenedKeys } from './views/opened-keys.ts'

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
}

type Row = Readonly<Record<string, unknown>>

const rowsAtOnce = 500
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

/** Of a trailing view that only counts which it has followed. */
const followed = 'join hearth.view_positions p on p.view = $4 and p.slot = l.slot and l.sequence <= p.sequence'

/** Actor by actor, the rows that it leads to. */
async function* foldedActors(sql: Sql, { master, view, actors }: VerifyOptions): AsyncGenerator<readonly Expected[]> {
  const folds = actorsWith(actors, view)
  const keys = createOpenedKeys(sql, master)
  const trailing = view.trailing === undefined ? [] : [view.name]
  let current = null as Current | null
  let last = { actor: 0, sequence: 0 }
  for (;;) {
    const rows: readonly Row[] = await sql.unsafe(
      `select l.*, a.home, a.kind, a.id from hearth.log l join hearth.actors a on a.actor = l.actor
        ${trailing.length === 0 ? '' : followed}
        where (l.actor, l.sequence) > ($1::bigint, $2::bigint) and a.kind = any ($3::text[])
        order by l.actor, l.sequence limit ${rowsAtOnce}`,
      [String(last.actor), String(last.sequence), texts([...folds.keys()]), ...trailing],
    )
    await keys.ensure(rows.map((row) => addressOf(row)))
    for (const row of rows) {
      const logRow = toLogRow(row)
      const { actor, sequence } = logRow
      if (current?.actor !== actor) {
        if (current !== null) yield expectedOf(current, current.found)
        const address = addressOf(row)
        const folding = beginFolding(address, folds.get(address.kind) as Actor, view)
        current = { ...folding, actor, found: new Map() }
      }
      last = { actor, sequence }
      const opening = keys.of(logRow, current.address)
      // Of what no key opens nothing may be in the view: neither what was forgotten, nor what is lost.
      if (opening === 'damaged') continue
      for (const change of foldRow(current, logRow, opening)) {
        if (change.type === 'put') current.found.set(change.key, change.row)
        else current.found.delete(change.key)
      }
    }
    if (rows.length < rowsAtOnce) break
  }
  if (current !== null) yield expectedOf(current, current.found)
}

interface Current extends Folded {
  readonly actor: number
  readonly found: Found
}

type Found = Map<string, Readonly<Record<string, Json>>>

const expectedOf = ({ address: { home }, opaque }: Folded, found: Found): readonly Expected[] =>
  [...found].map(([key, row]) => ({ home, key, row: opaque ? null : row }))

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
