import type { IncomingMessage } from 'node:http'

const absolute = /^https?:\/\/([^/?#]*)([^]*)$/i

/**
 * A target may be a whole address, as proxies are sent: `GET http://name/path`. It then counts instead of the `Host` header
 * (RFC 9112, 3.2.2), so its name takes that header's place, for every check and for the routes.
 */
export function takeApartTarget(request: IncomingMessage): void {
  const { url = '/', headers } = request
  if (url.startsWith('/')) return
  const [, authority, rest = ''] = absolute.exec(url) ?? []
  if (authority === undefined) return
  // A request without the header stays one: it is refused for that.
  if (headers.host !== undefined) headers.host = authority
  request.url = rest.startsWith('/') ? rest : `/${rest}`
}
