import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import type { Hearth } from '../../compose.ts'
import type { Logger } from '../../platform/logs.ts'
import type { OwnerKey } from '../../platform/owner-key.ts'
import type { LiveDoor } from '../live/door.ts'
import { clientAddress } from '../../access/address.ts'
import type { WriteAccess } from '../../platform/access-log.ts'
import { createRecorder } from '../recorder.ts'
import { createAttempts } from '../../access/attempts.ts'
import { createBuckets } from '../../access/buckets.ts'
import { authentication } from './caller.ts'
import { listenLater, type Listener, type Timeouts } from './listener.ts'

export interface RestDoor extends AsyncDisposable {
  /** Where this machine reaches it. */
  readonly url: string
  /** Builds the routes; requests reach them when the returned function is called. */
  prepare(hearth: Hearth): Promise<() => void>
  /** Signs one browser in, once, within 15 minutes. Only after `prepare`. */
  signInLink(): string
  /** Takes no new connection, lets running requests finish, and cuts what is left after `withinMs`. */
  readonly close: Listener['close']
}

export interface RestDoorOptions {
  readonly config: Pick<Config, 'host' | 'port' | 'hosts' | 'data' | 'metrics'> &
    Partial<Pick<Config, 'proxies' | 'addressRate'>>
  readonly ownerKey: OwnerKey
  readonly log: Logger
  /** Absent where calls are not written down. */
  readonly access?: WriteAccess | undefined
  readonly timeouts?: Timeouts
}

/** Listens at once; answers that the server is starting until there is something to serve. */
export async function openRestDoor(options: RestDoorOptions): Promise<RestDoor> {
  const door = openRestDoorLater(options)
  await door.listen()
  return door
}

/** For a port that is known: callers reach it when `listen` is called, and not before. */
export function openRestDoorLater(options: RestDoorOptions): RestDoor & { listen(): Promise<void> } {
  const { config, ownerKey, log, access, timeouts } = options
  const { host, port, hosts, metrics, data } = config
  const isKey = ownerKey.matches
  const listener = listenLater({ host, port, hosts, isKey, ...(timeouts === undefined ? {} : { timeouts }) })
  let issueToken: (() => string) | undefined
  let live: LiveDoor | undefined
  const close = async (withinMs: number, lingerMs?: number): Promise<void> => {
    await Promise.all([live?.close(withinMs), listener.close(withinMs, lingerMs)])
  }
  return {
    get url() {
      return listener.url
    },
    listen: () => listener.listen(),
    prepare: async (hearth) => {
      const [{ buildApp }, { openSessions }, { openLiveDoor }] = await Promise.all([
        import('./app.ts'),
        import('./sessions.ts'),
        import('../live/door.ts'),
      ])
      const sessions = openSessions({ folder: join(data, 'sessions'), owner: ownerKey.fingerprint })
      const attempts = createAttempts()
      const addressOf = clientAddress(config.proxies ?? [])
      const { addressRate: aMinute } = config
      const perAddress = aMinute === undefined ? {} : { perAddress: { buckets: createBuckets(), aMinute } }
      const known = hearth.known
      const who = authentication({ ownerKey, sessions, known, attempts, addressOf, ...perAddress })
      const signIn = (key: string, request: IncomingMessage): void => {
        if (!ownerKey.matches(key)) attempts.refuse(addressOf(request))
      }
      const recorder = createRecorder({ access, addressOf })
      const connections = (): number => live?.connections() ?? 0
      const about = { listener, hearth, recorder, log, authentication: who }
      const routes = await buildApp({ ...about, signIn, sessions, metrics, connections })
      issueToken = sessions.issueToken
      return () => {
        listener.serve(routes)
        live = openLiveDoor(about)
      }
    },
    signInLink: () => {
      if (issueToken === undefined) throw new Error('The door is not prepared yet.')
      return `${listener.url}/sign-in?token=${issueToken()}`
    },
    close,
    [Symbol.asyncDispose]: () => close(0),
  }
}
