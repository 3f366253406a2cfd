import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import type { Config } from '../../config.ts'
import { version } from '../../platform/version.ts'
import type { Database, Written } from '../../store/database.ts'
import type { Logger } from '../../store/logger.ts'
import { HearthError } from '@hearth/protocol'
import { readIdentity, serverName } from '../identity.ts'
import type { RootKey } from '../keys.ts'
import type { Place } from '../places/place.ts'
import { beginLine, linesFolder, openLine, type Line } from './line.ts'
import { createShipping, waitingIn, type Shipping } from './shipping.ts'

export interface WalStatus {
  /** Files that wait to be brought away. */
  readonly waiting: number
  /** When all that PostgreSQL had given was away. */
  readonly shipped: string | null
  /** The newest copy of the database: from then on any moment can be restored. */
  readonly base: string | null
  readonly failed: { readonly at: string; readonly code: string; readonly detail: string } | null
}

export interface WalKeeping extends AsyncDisposable {
  status(): WalStatus
}

export interface WalKeepingOptions {
  readonly config: Config
  readonly database: Pick<Database, 'connection'>
  readonly written: Written
  readonly root: RootKey
  readonly to: (signal: AbortSignal) => Promise<Place>
  readonly log: Logger
}

const lookEveryMs = 2_000
const longestPauseMs = 60_000
const thinOutEveryMs = 3_600_000
const dayMs = 86_400_000

/** Brings what PostgreSQL writes to where backups go, for as long as it is not disposed. */
export function keepWal(options: WalKeepingOptions): WalKeeping {
  const { config, written, log } = options
  const stop = new AbortController()
  const { signal } = stop
  let shipping: Shipping | undefined
  let status: Omit<WalStatus, 'waiting'> = { shipped: null, base: null, failed: null }
  let waiting = 0
  let thinned = 0

  const pass = async (): Promise<void> => {
    waiting = (await waitingIn(written.spool)).length
    shipping ??= await createShipping({ written, dataFolder: config.data, line: await lineOf(options, signal), signal })
    await shipping.ship()
    const { until } = await shipping.baseWhenOlder(dayMs)
    status = { shipped: new Date().toISOString(), base: until, failed: null }
    waiting = (await waitingIn(written.spool)).length
    if (performance.now() - thinned < thinOutEveryMs && thinned > 0) return
    thinned = performance.now()
    const gone = await shipping.thinOut(Date.now() - config.walKeepDays * dayMs)
    if (gone.length > 0) log.info({ gone }, 'copies of the database that nobody needs were thrown away')
  }
  const goOn = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      try {
        await pass()
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        const told =
          error instanceof HearthError ? error : new HearthError('backup.failed', 'See the log of the server.')
        status = { ...status, failed: { at: new Date().toISOString(), code: told.code, detail: told.message } }
        if (failures === 1)
          log.warn({ err: error }, 'what PostgreSQL writes could not be brought away; it is tried again')
      }
      const pause = Math.min(lookEveryMs * 2 ** Math.min(failures, 10), longestPauseMs)
      await sleep(pause, undefined, { signal }).catch(() => undefined)
    }
  }
  const going = goOn()
  return {
    status: () => ({ waiting, ...status }),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await going
    },
  }
}

function otherIfOfOtherKey(error: unknown): 'other' {
  if (error instanceof HearthError && /^backup\.key-(other|missing)$/.test(error.code)) return 'other'
  throw error
}

async function lineOf({ database, written, root, to }: WalKeepingOptions, signal: AbortSignal): Promise<Line> {
  const sql = postgres({ ...database.connection('migrate'), max: 1, fetch_types: false, onnotice: () => undefined })
  try {
    const identity = await readIdentity(sql)
    const server = serverName(identity)
    const lines = (await to(signal)).within(linesFolder(server))
    const keys = { own: root.from === 'backup-key' ? root.key : undefined, master: () => Promise.resolve(root.key) }
    const about = { version, server, at: new Date().toISOString(), master: identity.master }
    // What is written from a change of the key on has another folder, and begins with a copy.
    for (const name of [written.line, `${written.line}-${root.fingerprint.slice(0, 12)}`]) {
      const known = await openLine(lines.within(name), keys).catch(otherIfOfOtherKey)
      if (known === null) return await beginLine(lines.within(name), about, { root, signal })
      if (known !== 'other') return known
    }
    throw new HearthError('backup.key-other', 'What was kept of this database is sealed under other keys.')
  } finally {
    await sql.end({ timeout: 1 })
  }
}
