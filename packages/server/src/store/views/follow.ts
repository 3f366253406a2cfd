import type { Actor, MasterKey, View } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import type { Sql } from 'postgres'
import type { Archive } from '../archive/archive.ts'
import { numbers } from '../literals.ts'
import type { RenewingClient } from '../renewing.ts'
import { tableOf } from '../view-tables.ts'
import { actorsWith, beginFoldings, foldRow, type Folded } from './folding.ts'
import { pageOfSlot } from './log-rows.ts'
import { createOpenedKeys, type OpenedKeys } from './opened-keys.ts'
import { createWrites } from './writes.ts'

export interface FollowOptions {
  readonly client: RenewingClient
  readonly archive: Archive
  readonly master: MasterKey
  readonly view: View
  readonly actors: readonly Actor[]
  /** Where the slots of this process stand, as far as it is committed. */
  sequences(): ReadonlyMap<number, number>
  /** Told of the homes whose rows were written, once they are. Must not throw. */
  onWritten?(places: readonly Pick<Address, 'tenant' | 'home'>[]): void
}

/** Keeps a trailing view up behind the commits, slot by slot. */
export interface Follower {
  /** Up to where each slot was followed. */
  readonly seen: ReadonlyMap<number, number>
  /** Events that lie between the view and the end of the log. */
  behind(): number
  /** Follows once, a page of each slot at most. Rejects when the database cannot be asked; then nothing of it was written. */
  pass(): Promise<void>
}

interface Stand {
  readonly sequence: number
  /** Whether the database has to know of it: rows were written for it. */
  readonly written: boolean
  readonly skipped: boolean
}

export function createFollower(options: FollowOptions): Follower {
  const { client, archive, master, view, actors, sequences } = options
  const folds = actorsWith(actors, view)
  const kinds = [...folds.keys()]
  /** Up to where each slot was read; a position is written down only with rows, so here it may be further. */
  const seen = new Map<number, number>()
  let isKnown = false
  const moved = (): (readonly [slot: number, until: number])[] =>
    [...sequences()].filter(([slot, sequence]) => sequence > (seen.get(slot) ?? 0))

  const know = async (): Promise<void> => {
    const rows = await client.use(
      (sql) => sql`select slot, sequence from hearth.view_positions where view = ${view.name}`,
    )
    for (const row of rows) seen.set(Number(row['slot']), Number(row['sequence']))
    isKnown = true
  }

  /** Reads a page of a slot after what is written down, or seen. */
  const follow = async (sql: Sql, keys: OpenedKeys, slot: number, from: number, until: number) => {
    const after = Math.max(from, seen.get(slot) ?? 0)
    const wanted = { slot, after, until: Math.max(until, after), types: view.trailing ?? [], kinds }
    const { rows, lost, reached } = await pageOfSlot({ sql, archive }, wanted)
    const known = await actorsOf(
      sql,
      rows.map(({ actor }) => actor),
    )
    await keys.ensure([...known.values()].map(({ address }) => address))
    const changes = rows.flatMap((row) => {
      const folded = known.get(row.actor)
      if (folded === undefined) return []
      return [{ place: folded.address, changes: foldRow(folded, row, keys.of(row, folded.address)) }]
    })
    const skipped = lost.length > 0 || [...known.values()].some(({ opaque }) => opaque)
    return { changes, stand: { sequence: reached, written: rows.length > 0 || skipped, skipped } }
  }

  const actorsOf = async (sql: Sql, wanted: readonly number[]): Promise<ReadonlyMap<number, Folded>> => {
    if (wanted.length === 0) return new Map()
    const rows =
      await sql`select actor, tenant, home, kind, id from hearth.actors where actor = any (${numbers(wanted)}::bigint[])`
    return beginFoldings(rows, folds, view)
  }

  const passIn = async (sql: Sql) => {
    const places: Address[] = []
    const behind = moved()
    const stands = new Map<number, Stand>()
    const writes = createWrites(view, tableOf(view))
    await sql`begin`
    // Nobody else follows meanwhile, and nobody is forgotten between the reading of their key and the writing of their rows.
    await sql`lock table ${sql.unsafe(tableOf(view))} in share row exclusive mode`
    const positions = await sql`select slot, sequence from hearth.view_positions where view = ${view.name}`
    const written = new Map(positions.map((row) => [Number(row['slot']), Number(row['sequence'])]))
    const keys = createOpenedKeys(sql, master)
    for (const [slot, until] of behind) {
      const { changes, stand } = await follow(sql, keys, slot, written.get(slot) ?? 0, until)
      for (const { place, changes: some } of changes) {
        writes.add(place, some)
        places.push(place)
      }
      stands.set(slot, stand)
    }
    await writes.flush(sql)
    await keepPositions(sql, view, stands)
    await sql`commit`
    return { stands, places }
  }

  return {
    seen,
    behind: () =>
      [...sequences()].reduce((sum, [slot, sequence]) => sum + Math.max(0, sequence - (seen.get(slot) ?? 0)), 0),
    pass: async () => {
      if (!isKnown) await know()
      if (moved().length === 0) return
      const { stands, places } = await client.use(async (sql) => {
        try {
          return await passIn(sql)
        } catch (error) {
          await sql`rollback`
          throw error
        }
      })
      for (const [slot, { sequence }] of stands) seen.set(slot, sequence)
      options.onWritten?.(places)
    },
  }
}

async function keepPositions(sql: Sql, { name }: View, stands: ReadonlyMap<number, Stand>): Promise<void> {
  const written = [...stands].filter(([, stand]) => stand.written)
  if (written.length === 0) return
  await sql`insert into hearth.view_positions (view, slot, sequence, skipped)
    select ${name}, slot, sequence, skipped from unnest(${numbers(written.map(([slot]) => slot))}::smallint[],
      ${numbers(written.map(([, { sequence }]) => sequence))}::bigint[],
      ${`{${written.map(([, { skipped }]) => skipped).join(',')}}`}::boolean[]) g(slot, sequence, skipped)
    on conflict (view, slot) do update set sequence = excluded.sequence, skipped = hearth.view_positions.skipped or excluded.skipped`
}
