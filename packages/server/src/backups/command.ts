import { HearthError } from '@hearth/protocol'
import { readConfig, type Config } from '../config.ts'
import { makeDataFolder } from '../platform/data-folder.ts'
import { lockDataFolder } from '../platform/lock.ts'
import { openLogs } from '../platform/logs.ts'
import { silentLogger } from '../store/logger.ts'
import type { Drilled } from './drill.ts'
import { openPlace } from './places/place.ts'
import type { RestoredAt } from './wal/restore-at.ts'
import { createProgress, type Progress, type ProgressNow } from './progress.ts'
import { putBackArchive, readBackup, restoreBackup, type PutBack, type Restored } from './restore.ts'

export type Refused = { readonly code: string; readonly message: string }
type Outcome = { readonly restored: Restored | PutBack | RestoredAt } | { readonly drilled: Drilled } | Refused

export interface RestoreCommand {
  /** A folder or `s3://bucket/prefix`. A drill without one takes the newest of this server. */
  readonly from: string | undefined
  /** `archive`: only files of the archive that are gone or damaged. `drill`: into a scratch folder, which goes afterwards. */
  readonly what: 'all' | 'archive' | 'drill'
  /** Where a drill makes its scratch folder, if not in the data folder. */
  readonly scratch?: string
  /** An instant, or `end`: what had been written then. `from` is where backups go. */
  readonly at?: string
  readonly onProgress?: (now: ProgressNow) => void
}

const tellEveryMs = 1000

/** For the command: no server runs on the data folder while it is filled. Arguments are those of a start. */
export async function restore(
  asked: RestoreCommand,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  return await interruptible(asked.onProgress, 'restore.interrupted', (going) =>
    run(asked, readConfig(argv, env), going),
  )
}

/** Work that tells how far it is, ends when a signal comes, and answers a refusal by its code. */
export async function interruptible<Done>(
  onProgress: ((now: ProgressNow) => void) | undefined,
  interrupted: string,
  work: (run: Run) => Promise<Done>,
): Promise<Done | Refused> {
  const progress = createProgress()
  const timer = setInterval(() => onProgress?.(progress.now()), tellEveryMs)
  using stop = interruption()
  try {
    return await work({ progress, signal: stop.signal })
  } catch (error) {
    if (stop.signal.aborted)
      return { code: interrupted, message: 'It was stopped before its end. It can be run again.' }
    if (!(error instanceof HearthError)) throw error
    return { code: error.code, message: error.message }
  } finally {
    clearInterval(timer)
  }
}

interface Run {
  readonly progress: Progress
  readonly signal: AbortSignal
}

async function run({ from, what, scratch, at }: RestoreCommand, config: Config, run: Run): Promise<Outcome> {
  if (what === 'drill') {
    const { drill } = await import('./drill.ts')
    return { drilled: await drill({ config, from, scratch, ...run }) }
  }
  if (from === undefined) throw new HearthError('usage.invalid', 'Which backup?')
  if (at !== undefined) return { restored: await restoreMoment(from, at, config, run) }
  const backup = await readBackup(await openPlace(from, config, run.signal), config, run)
  if (what === 'archive') return { restored: await putBackArchive({ config, from: backup, log: silentLogger, ...run }) }
  makeDataFolder(config.data)
  using _lock = lockDataFolder(config.data)
  await using logs = openLogs({ data: config.data, level: 'warn' })
  return { restored: await restoreBackup({ config, from: backup, log: logs.log, ...run }) }
}

async function restoreMoment(from: string, text: string, config: Config, run: Run): Promise<RestoredAt> {
  const at = text === 'end' ? null : new Date(text)
  if (at !== null && (Number.isNaN(at.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/.test(text)))
    throw new HearthError('usage.invalid', `${text} is no instant like 2026-05-01T12:00:00Z.`)
  const { findWay, restoreAt } = await import('./wal/restore-at.ts')
  const options = { config, from: await openPlace(from, config, run.signal), at, ...run }
  const way = await findWay(options)
  makeDataFolder(config.data)
  using _lock = lockDataFolder(config.data)
  await using logs = openLogs({ data: config.data, level: 'warn' })
  return await restoreAt(way, { ...options, log: logs.log })
}

/** The first signal asks for a clean end; the next one ends the process as it always does. */
function interruption(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const stop = (): void => controller.abort(new Error('interrupted'))
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop)
    },
  }
}
