import { HearthError } from '@hearth/protocol'
import type { compose, Hearth } from './compose.ts'
import type { Config } from './config.ts'
import { isGivenAsFlag, readConfig } from './config.ts'
import type { RestDoor } from './doors/rest/door.ts'
import { openRestDoor } from './doors/rest/door.ts'
import { makeDataFolder } from './platform/data-folder.ts'
import { lockDataFolder } from './platform/lock.ts'
import { secretsIn } from './platform/hide.ts'
import type { Logger, Logs } from './platform/logs.ts'
import { openLogs } from './platform/logs.ts'
import { openOwnerKey } from './platform/owner-key.ts'
import { keepEnvironmentOut } from './platform/reports.ts'
import { keepServerFile, removeServerFile } from './platform/server-file.ts'
import type { Stop } from './platform/stop.ts'
import { watchForStop } from './platform/stop.ts'
import { version } from './platform/version.ts'

const stopWithinMs = 8000
const readyCheckMs = 20

/** What a test puts in the place of the real thing. */
export interface Parts {
  readonly compose?: typeof compose
}

/** Runs the server until it is told to stop, and gives the exit code of the process. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv, parts: Parts = {}): Promise<number> {
  // A report of a crash would hold the environment, and with it the keys.
  keepEnvironmentOut()
  try {
    return await runLocked(readConfig(argv, env), argv, parts)
  } catch (error) {
    if (!(error instanceof HearthError)) throw error
    return report(error, argv)
  }
}

/** People read this, so it has no stack. */
function report(error: HearthError, argv: readonly string[]): number {
  process.stderr.write(`hearth: ${error.message} (${error.code})\n`)
  const isWrongUse = error.code.startsWith('usage.') || error.issues?.some(({ path }) => isGivenAsFlag(argv, path))
  return isWrongUse === true ? 2 : 1
}

async function runLocked(config: Config, argv: readonly string[], parts: Parts): Promise<number> {
  const { data } = config
  makeDataFolder(data)
  using _lock = lockDataFolder(data)
  // A server that was killed leaves its own behind.
  removeServerFile(data)
  const { log: level, accessLog: access, noColor } = config
  await using logs = openLogs({ data, level, access, colours: noColor === undefined, secrets: secretsIn(config) })
  using stop = watchForStop(logs)
  try {
    if (config.workers > 1) await (await import('./workers/supervisor.ts')).runWorkers(config, logs, stop)
    else await run(config, parts, logs, stop)
    logs.log.info({}, 'stopped')
    return stop.failed ? 1 : 0
  } catch (error) {
    if (error instanceof HearthError) return report(error, argv)
    logs.log.fatal({ err: error }, 'the server cannot go on')
    return 1
  } finally {
    removeServerFile(data)
  }
}

async function run(config: Config, parts: Parts, { log, access }: Logs, stop: Stop): Promise<void> {
  const { data } = config
  const ownerKey = openOwnerKey({ data, given: config.ownerKey })
  await using door = await openRestDoor({ config, ownerKey, log, access })
  log.info({ version, pid: process.pid, data, url: door.url }, 'starting')
  const start = parts.compose ?? (await import('./compose.ts')).compose
  // The routes' library is loaded while PostgreSQL starts.
  const [composed] = await Promise.all([start({ config, log, onFatal: stop.fail }), import('./doors/rest/app.ts')])
  await using hearth = composed
  await serve({ data, door, hearth, stop, log })
  await finish(door, hearth, log)
}

interface Serving {
  readonly data: string
  readonly door: RestDoor
  readonly hearth: Hearth
  readonly stop: Stop
  readonly log: Logger
}

async function serve({ data, door, hearth, stop, log }: Serving): Promise<void> {
  const open = await door.prepare(hearth)
  while (!hearth.health().ready && stop.reason === undefined) await stop.orAfter(readyCheckMs)
  if (stop.reason !== undefined) return
  // In one turn of the event loop: whoever sees one of the two finds the other.
  open()
  using _file = keepServerFile({
    data,
    url: door.url,
    place: hearth.place,
    onPlaceChange: hearth.onPlaceChange,
    log,
  })
  log.info({ url: door.url, startedInMs: Math.round(performance.now()) }, 'ready')
  process.stdout.write(`Hearth is ready at ${door.url}\n${door.signInLink()}\n`)
  await stop.requested
}

/** Every call that was accepted is answered before anything behind the door is taken down. */
async function finish(door: RestDoor, hearth: Hearth, log: Logger): Promise<void> {
  const timeout = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => timeout.resolve('late'), stopWithinMs)
  try {
    const done = Promise.all([door.close(stopWithinMs), hearth.drain()])
    if ((await Promise.race([done, timeout.promise])) === 'late') {
      log.warn(
        { stopWithinMs },
        'stopped before everything that was accepted had finished: it goes on at the next start',
      )
      done.catch((error: unknown) => log.warn({ err: error }, 'finishing failed'))
    }
  } finally {
    clearTimeout(timer)
  }
}
