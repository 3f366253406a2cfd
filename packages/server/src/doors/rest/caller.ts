import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Principal } from '@hearth/protocol'
import { HearthError } from '@hearth/protocol'
import type { OwnerKey } from '../../platform/owner-key.ts'
import { isOwnPage } from './guard.ts'
import type { Sessions } from './sessions.ts'

export const owner: Principal = { tenant: 'main', id: 'owner', home: 'owner', scopes: ['*'] }

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
  /** The same, trusting nothing that was found before. */
  readonly again: (request: IncomingMessage) => Principal
}

/** Tells who calls, by key or by the session of a browser. */
export function authentication(ownerKey: OwnerKey, sessions: Sessions): Authentication {
  // Hashing is a twentieth of a small call's time. A connection that has shown the key may show the same again.
  const shown = new WeakMap<Socket, string>()
  const again = (request: IncomingMessage): Principal => {
    const { authorization } = request.headers
    if (authorization === undefined) {
      if (hasSession(request, sessions)) return owner
      throw new HearthError('auth.key-missing', 'Send a key as "Authorization: Bearer <key>".')
    }
    const key = /^bearer +(\S+)$/i.exec(authorization)?.[1]
    if (key === undefined) throw new HearthError('auth.key-missing', 'Send a key as "Authorization: Bearer <key>".')
    if (!ownerKey.matches(key)) throw new HearthError('auth.key-unknown', 'This key is not known here.')
    return owner
  }
  const known = ({ headers: { authorization }, socket }: IncomingMessage): Principal | undefined =>
    authorization !== undefined && shown.get(socket) === authorization ? owner : undefined
  return {
    again,
    known,
    once: (request) => {
      const before = known(request)
      if (before !== undefined) return before
      const { authorization } = request.headers
      const principal = again(request)
      if (authorization !== undefined) shown.set(request.socket, authorization)
      return principal
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
