import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { KnownCaller } from '@hearth/features'
import type { Principal } from '@hearth/protocol'
import { HearthError } from '@hearth/protocol'
import type { AddressOf } from '../../access/address.ts'
import { unknownKey, type Attempts } from '../../access/attempts.ts'
import type { Buckets } from '../../access/buckets.ts'
import type { Known } from '../../access/known.ts'
import type { OwnerKey } from '../../platform/owner-key.ts'
import { isOwnPage } from './guard.ts'
import type { Sessions } from './sessions.ts'

export const owner: Principal = {
  tenant: 'main',
  kind: 'owner',
  id: 'owner',
  home: 'owner',
  scopes: ['*', 'network.private', 'files.local', 'texts.read'],
}

/** Browsers keep cookies by host alone: without the port two servers of one host would take each other's. */
export function sessionCookie({ headers, socket }: IncomingMessage): string {
  const port = /:(\d+)$/.exec(headers.host ?? '')?.[1] ?? socket.localPort
  return `hearth_session_${port}`
}

export interface Authentication {
  /** Who calls. Throws `auth.…` when nobody known does. */
  readonly once: (request: IncomingMessage) => Principal
  /** Who calls, where the connection has shown the same key before; undefined when that takes a closer look. */
  readonly known: (request: IncomingMessage) => Principal | undefined
  /** The same, trusting nothing that was found before: one more call over a connection that is open. */
  readonly again: (request: IncomingMessage) => Principal
  /** Whether whoever opened a connection is still known, without calling anything. */
  readonly still: (request: IncomingMessage) => Principal
}

export interface AuthenticationOptions {
  readonly ownerKey: OwnerKey
  readonly sessions: Sessions
  readonly known: Known
  readonly attempts: Attempts
  readonly addressOf: AddressOf
  /** What an address may call that is not the owner; without bound where absent. */
  readonly perAddress?: { readonly buckets: Buckets; readonly aMinute: number }
}

interface Shown {
  readonly authorization: string
  readonly caller: KnownCaller
}

const ownerCalls: KnownCaller = { principal: owner, isCurrent: () => true }

/** Tells who calls, by key or by the session of a browser. */
export function authentication(options: AuthenticationOptions): Authentication {
  const { ownerKey, sessions, known: callers, attempts, addressOf, perAddress } = options
  // Hashing is a twentieth of a small call's time. A connection that has shown the key may show the same again.
  const shown = new WeakMap<Socket, Shown>()

  const look = (request: IncomingMessage, isNew = true): KnownCaller => {
    const { authorization } = request.headers
    if (authorization === undefined) {
      if (hasSession(request, sessions)) return ownerCalls
      throw new HearthError('auth.key-missing', 'Send a key as "Authorization: Bearer <key>".')
    }
    const key = /^bearer +(\S+)$/i.exec(authorization)?.[1]
    if (key === undefined) throw new HearthError('auth.key-missing', 'Send a key as "Authorization: Bearer <key>".')
    if (ownerKey.matches(key)) return ownerCalls
    const caller = callers.find(key)
    if (caller !== undefined) return caller
    // A key that was good when the connection was opened is no guess.
    if (!isNew) throw unknownKey()
    return attempts.refuse(addressOf(request))
  }
  const seen = ({ headers: { authorization }, socket }: IncomingMessage): Principal | undefined => {
    const before = shown.get(socket)
    if (before === undefined || before.authorization !== authorization || !before.caller.isCurrent()) return undefined
    return before.caller.principal
  }
  const admit = (request: IncomingMessage, principal: Principal): Principal => {
    if (principal.kind === 'owner') return principal
    callers.note(principal)
    if (perAddress === undefined) return principal
    const { buckets, aMinute } = perAddress
    const { granted, waitMs } = buckets.take(addressOf(request), { requests: aMinute, withinMs: 60_000 })
    if (granted > 0) return principal
    throw new HearthError('rate.exceeded', `From one address ${aMinute} calls a minute are taken.`, {
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    })
  }
  return {
    again: (request) => admit(request, look(request, false).principal),
    still: (request) => look(request, false).principal,
    known: seen,
    once: (request) => {
      const before = seen(request)
      if (before !== undefined) return admit(request, before)
      const caller = look(request)
      const { authorization } = request.headers
      if (authorization !== undefined) shown.set(request.socket, { authorization, caller })
      return admit(request, caller.principal)
    },
  }
}

/** Throws when a session is used in a way that only another site's page would. */
export function hasSession(request: IncomingMessage, sessions: Sessions): boolean {
  const value = cookieOf(request)
  if (value === undefined || !sessions.has(value)) return false
  const isSafe = request.method === 'GET' || request.method === 'HEAD'
  if (isOwnPage(request.headers, isSafe)) return true
  if (isSafe) return false
  throw new HearthError('door.origin-refused', 'A session can only be used from the pages of this server.')
}

export function cookieOf(request: IncomingMessage): string | undefined {
  const { cookie } = request.headers
  const start = `${sessionCookie(request)}=`
  const pair = cookie?.split(/; */).find((part) => part.startsWith(start))
  return pair?.slice(start.length)
}
