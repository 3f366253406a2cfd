import type { Actor, MasterKey, View } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import { setTimeout as pause } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { noArchive, type Archive } from '../archive/archive.ts'
import type { ConnectionOptions } from '../connection.ts'
import { numbers } from '../literals.ts'
import { createRenewingClient } from '../renewing.ts'
import { shadowOf, tableOf } from '../view-tables.ts'
import { beginFilling, type Filling } from './filling.ts'

export interface RebuildOptions {
  readonly connection: ConnectionOptions
  readonly tenants: readonly string[]
  readonly master: MasterKey
  readonly view: View
  readonly actors: readonly Actor[]
  readonly archive?: Archive
  readonly signal?: AbortSignal
  readonly actorsHeld?: number
  /** Nothing is done where another process has built it meanwhile. */
  readonly ifMissing?: boolean
  /** Called at each boundary, before it is passed. */
  readonly at?: (boundary: Boundary) => Promise<void>
}

export type Boundary = 'begun' | 'filled' | 'locking' | 'locked' | 'caught up' | 'exchanged'

export interface Rebuilt {
  readonly rows: number
  /** Folded for it. */
  readonly events: number
  /** Homes that hold what they held, since something in them cannot be read. */
  readonly kept: number
  readonly seconds: number
  /** How long commits that change the view had to wait. */
  readonly pausedMs: number
}

/** So few rows are caught up with under the lock. */
const fewRows = 1000
const mostRounds = 20
const mostTries = 30

/**
 * Fills a shadow table of the view from the log while commits go on, catches up until little is left, and then, for a moment with
 * writers of this view kept away, catches up to the end and exchanges the tables, all in one transaction. Whatever ends it before
 * that leaves the view as it was.
 */
export async function rebuildView(options: RebuildOptions): Promise<Rebuilt> {
  const { connection, tenants, view, archive = noArchive() } = options
  const { signal = new AbortController().signal, at = () => Promise.resolve() } = options
  const began = performance.now()
  await using client = createRenewingClient(() => connection, {
    max: 1,
    connection: {
      application_name: 'hearth-rebuild',
      'hearth.tenants': `{${tenants.join(',')}}`,
      // The last commit is flushed, and with it all that was written before.
      synchronous_commit: 'off',
      jit: 'off',
    },
  })
  return await client.use(async (sql) => {
    const told = async (events: number, kept: number, pausedMs: number): Promise<Rebuilt> => {
      const [counted] = await sql`select count(*) as rows from ${sql.unsafe(tableOf(view))}`
      const seconds = (performance.now() - began) / 1000
      return { rows: Number(counted?.['rows']), events, kept, seconds, pausedMs }
    }
    await sql`select pg_advisory_lock(hashtextextended(${`hearth view ${view.name}`}, 0))`
    const wasReady = await isReady(sql, view)
    if (wasReady && options.ifMissing === true) return await told(0, 0, 0)
    await sql`select hearth.begin_shadow(${view.name}, ${view.version})`
    let filling: Filling
    let pausedMs: number
    try {
      await at('begun')
      filling = await beginFilling({ ...options, sql, archive, signal })
      await filling.fill()
      await at('filled')
      for (let round = 1; round <= mostRounds && (await filling.catchUp()) > fewRows; round += 1);
      pausedMs = await exchangeWhenFree(sql, filling, { view, wasReady, at })
    } catch (error) {
      await empty(sql, view)
      throw error
    }
    await at('exchanged')
    return await told(filling.events, wasReady ? filling.unread.size : 0, pausedMs)
  })
}

/** What was written lies in clear where nobody is forgotten any more. A connection that is gone leaves it to the next start or rebuild. */
async function empty(sql: Sql, { name, version }: View): Promise<void> {
  try {
    await sql`rollback`
    await sql`select hearth.begin_shadow(${name}, ${version})`
  } catch {
    // What is told is why the rebuild failed.
  }
}

export async function isReady(sql: Sql, { name, version }: View): Promise<boolean> {
  const [row] = await sql`select ready from hearth.views where name = ${name} and version = ${version}`
  return row?.['ready'] === true
}

interface Exchange {
  readonly view: View
  readonly wasReady: boolean
  readonly at: (boundary: Boundary) => Promise<void>
}

/** A reader that stays long is not waited for with writers behind: it is tried again. */
async function exchangeWhenFree(sql: Sql, filling: Filling, what: Exchange): Promise<number> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const pausedMs = await exchange(sql, filling, what)
    if (pausedMs !== null) return pausedMs
    await pause(50 * tries)
    await filling.catchUp()
  }
  throw new HearthError('view.in-use', 'Something reads this view for long, so it could not be exchanged.', {
    retryAfterSeconds: 10,
  })
}

/** Null when something was in the way. What was caught up with stays in the shadow table all the same. */
async function exchange(sql: Sql, filling: Filling, { view, wasReady, at }: Exchange): Promise<number | null> {
  await sql`begin`
  await sql`set local synchronous_commit = on`
  await sql`set local lock_timeout = '300ms'`
  await sql`savepoint before`
  try {
    await at('locking')
    // A backup reads tables by their names, as they stood before.
    const [free] = await sql`select pg_try_advisory_xact_lock(hashtextextended('hearth backup', 0)) as yes`
    if (free?.['yes'] !== true) {
      await sql`commit`
      return null
    }
    // Commits that are under way end first; those that come wait before they see anything.
    await sql`lock table ${sql.unsafe(tableOf(view))} in share row exclusive mode`
    const locked = performance.now()
    await at('locked')
    await filling.catchUp()
    await at('caught up')
    await sql`savepoint before`
    if (wasReady) await keepUnread(sql, filling, view)
    if (view.trailing !== undefined) await keepPositions(sql, filling, view)
    await sql`select hearth.exchange_view(${view.name}, ${view.version})`
    await sql`commit`
    return performance.now() - locked
  } catch (error) {
    if (!(error instanceof postgres.PostgresError) || error.code !== '55P03') throw error
    await sql`rollback to savepoint before`
    await sql`commit`
    return null
  }
}

/** Where something cannot be read, what lies there was written by whoever could. */
async function keepUnread(sql: Sql, { unread }: Filling, view: View): Promise<void> {
  const [live, shadow] = [sql.unsafe(tableOf(view)), sql.unsafe(shadowOf(view))]
  for (const { tenant, home } of unread.values()) {
    await sql`delete from ${shadow} where tenant = ${tenant} and home = ${home}`
    await sql`insert into ${shadow} select * from ${live} where tenant = ${tenant} and home = ${home}`
  }
}

async function keepPositions(sql: Sql, { reached, unread }: Filling, view: View): Promise<void> {
  await sql`insert into hearth.view_positions (view, slot, sequence, skipped)
    select ${view.name}, slot, sequence, ${unread.size > 0} from unnest(${numbers([...reached.keys()])}::smallint[],
      ${numbers([...reached.values()])}::bigint[]) g(slot, sequence)
    on conflict (view, slot) do update set sequence = excluded.sequence, skipped = excluded.skipped`
}
