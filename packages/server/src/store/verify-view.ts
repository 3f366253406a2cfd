import {
  homeKeyName,
  openHomeKey,
  readRow,
  Unfoldable,
  type Actor,
  type HomeKey,
  type LogRow,
  type MasterKey,
  type Tagged,
  type View,
} from '@hearth/kernel'
import { formatAddress, type Address, type Json } from '@hearth/protocol'
import type { KeyObject } from 'node:crypto'
import type { Sql } from 'postgres'
import { noArchive, type Archive } from './archive/archive.ts'
import { rowsInOrder } from './archive/rows-in-order.ts'
import type { ConnectionOptions } from './connection.ts'
import { texts } from './literals.ts'
import { toHomeKey } from './log-load.ts'
import { createRenewingClient } from './renewing.ts'
import type { Run } from './statement.ts'
import { tableOf } from './view-tables.ts'

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
  const { master, tenant, view, actors, archive = noArchive() } = options
  const folds = new Map<string, Actor>(
    actors.filter(({ views }) => views?.some(({ name }) => name === view.name)).map((actor) => [actor.kind, actor]),
  )
  const keys = createKeys(sql, master)
  const run: Run = ({ text, values }) => sql.unsafe(text, [...values])
  const slots = await sql`select slot from hearth.slots where sequence > 0 order by slot`
  for (const slot of slots.map((row) => Number(row['slot']))) {
    const foldings = new Map<string, Folding>()
    for await (const page of rowsInOrder(run, archive, slot, 0, tenant))
      for (const { row, address } of page) {
        const actor = folds.get(address.kind)
        if (actor === undefined) continue
        const name = formatAddress(address)
        const folding = foldings.get(name) ?? beginFolding(address, actor, view)
        foldings.set(name, folding)
        folding.fold(row, await keys.of(address.tenant, address.home))
      }
    for (const folding of foldings.values()) yield folding.expected()
  }
}

interface OpenKey {
  readonly key: KeyObject
  readonly since: number
}

interface Folding {
  fold(row: LogRow, keys: ReadonlyMap<string, OpenKey>): void
  expected(): readonly Expected[]
}

function beginFolding(address: Address, definition: Actor, { name }: View): Folding {
  const { initial, evolve, views } = definition
  const view = views?.find((each) => each.name === name) as View
  const found = new Map<string, Readonly<Record<string, Json>>>()
  let state = initial
  let isOpaque = false
  return {
    fold: (logRow, keys) => {
      const held = logRow.person === null ? undefined : keys.get(logRow.person)
      const key = held === undefined || logRow.sequence < held.since ? undefined : held.key
      // Of a person whose key is destroyed, or does not open, nothing is left to fold, and nothing may be in the view.
      if (logRow.person !== null && key === undefined) return
      const events = isOpaque ? null : eventsOf(logRow, key, definition)
      isOpaque = events === null
      for (const event of events ?? []) {
        state = evolve(state, event)
        for (const change of view.project(state, event, { address, at: logRow.at })) {
          if (change.type === 'put') found.set(change.key, change.row)
          else found.delete(change.key)
        }
      }
    },
    expected: () => [...found].map(([key, row]) => ({ home: address.home, key, row: isOpaque ? null : row })),
  }
}

function eventsOf(row: LogRow, key: KeyObject | undefined, definition: Actor): readonly Tagged[] | null {
  try {
    return readRow(row, key, definition).events
  } catch (error) {
    if (error instanceof Unfoldable) return null
    throw error
  }
}

function openedKey(master: MasterKey, row: HomeKey): readonly (readonly [string, OpenKey])[] {
  try {
    return [[row.person, { key: openHomeKey(master, row), since: row.since ?? 0 }]]
  } catch {
    // A damaged key closes its own home, here as everywhere.
    return []
  }
}

const homesRemembered = 1000

function createKeys(sql: Sql, master: MasterKey) {
  const homes = new Map<string, ReadonlyMap<string, OpenKey>>()
  return {
    of: async (tenant: string, home: string): Promise<ReadonlyMap<string, OpenKey>> => {
      const name = homeKeyName(tenant, home, '')
      const known = homes.get(name)
      if (known !== undefined) return known
      const rows = await sql`select tenant, home, person, wrapped, since from hearth.home_keys where home = ${home}`
      const opened = new Map(rows.flatMap((row) => openedKey(master, toHomeKey(row))))
      if (homes.size >= homesRemembered) homes.clear()
      homes.set(name, opened)
      return opened
    },
  }
}

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
