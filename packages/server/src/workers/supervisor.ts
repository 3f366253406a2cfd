import { randomBytes } from 'node:crypto'
import { HearthError } from '@hearth/protocol'
import type { Config } from '../config.ts'
import { listen } from '../doors/rest/listener.ts'
import { openSessions } from '../doors/rest/sessions.ts'
import { openFoundation } from '../foundation.ts'
import { installedFor } from '../installed.ts'
import type { Logs } from '../platform/logs.ts'
import { openOwnerKey } from '../platform/owner-key.ts'
import { keepServerFile } from '../platform/server-file.ts'
import type { Stop } from '../platform/stop.ts'
import { version } from '../platform/version.ts'
import { createCrew } from './crew.ts'
import { carry, type Beginning } from './words.ts'

/** Runs a server of several processes until it is told to stop. This one holds the database and decides nothing itself. */
export async function runWorkers(given: Config, logs: Logs, stop: Stop): Promise<void> {
  const { log } = logs
  const { data } = given
  const ownerKey = openOwnerKey({ data, given: given.ownerKey })
  const { url, port } = await findPort(given)
  const config: Config = { ...given, port }
  log.info({ version, pid: process.pid, data, url, workers: config.workers }, 'starting')
  const lose = (reason: string): void => {
    log.fatal({}, reason)
    stop.fail(reason)
  }
  await using foundation = await openFoundation({ config, installed: installedFor(config), log, onLost: lose })
  const { database, secret, backups } = foundation
  const common: Omit<Beginning, 'id'> = {
    config,
    connections: {
      // None of them makes tables: what needs their owner is done here.
      migrate: carry(database.connection('read')),
      commit: carry(database.connection('commit')),
      read: carry(database.connection('read')),
    },
    secret,
    pass: randomBytes(32),
    version,
  }
  await using crew = createCrew({
    count: config.workers,
    beginning: (id) => ({ ...common, id }),
    logs,
    silence: foundation.silence,
    backups,
    postmaster: () => database.place()?.pid,
    onFenced: () => lose('another server has taken the slots'),
  })
  await crew.start()
  if (stop.reason !== undefined) return
  backups.begin()
  using _file = keepServerFile({ data, url, place: database.place, onPlaceChange: database.onChange, log })
  const restart = (): void => void crew.restart()
  process.on('SIGUSR2', restart)
  try {
    const sessions = openSessions({ folder: `${data}/sessions`, owner: ownerKey.fingerprint })
    log.info({ url, startedInMs: Math.round(performance.now()) }, 'ready')
    process.stdout.write(`Hearth is ready at ${url}\n${url}/sign-in?token=${sessions.issueToken()}\n`)
    await stop.requested
    // Whoever waits for one is told before the workers close.
    await backups[Symbol.asyncDispose]()
  } finally {
    process.off('SIGUSR2', restart)
  }
}

/** Before anything dear is started, and so that all workers have the same where any will do. Throws `server.port-taken`. */
async function findPort({ host, port, hosts }: Config): Promise<{ readonly url: string; readonly port: number }> {
  const listener = await listen({ host, port, hosts })
  const { url } = listener
  const address = listener.server.address()
  await listener.close(0)
  if (address === null || typeof address === 'string')
    throw new HearthError('server.cannot-listen', 'There is no port.')
  return { url, port: address.port }
}
