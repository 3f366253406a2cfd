import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { HearthError } from '@hearth/protocol'

/** Throws unless the request names this server and comes from no other site's page. */
export function checkHostAndOrigin(request: IncomingMessage, acceptsHost: (header: string) => boolean): void {
  const { host, origin } = request.headers
  if (host === undefined || hasSecondHost(request.rawHeaders))
    throw new HearthError('door.request-malformed', 'A request needs one Host header.')
  if (!acceptsHost(host)) {
    const detail = 'This server does not answer for that Host. HEARTH_HOSTS lists the names that it answers for.'
    throw new HearthError('door.host-refused', detail)
  }
  // `https` as well: a proxy in front may speak it while this server does not.
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new HearthError('door.origin-refused', 'Pages of other sites may not call this server.')
  }
}

/** Node keeps the first and drops the others; a proxy in front may have gone by another one. */
function hasSecondHost(rawHeaders: readonly string[]): boolean {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count > 1
}

/** Whether the browser says that one of our own pages, or the person, made this request. */
export function isOwnPage(headers: IncomingHttpHeaders, isSafe: boolean): boolean {
  const site = headers['sec-fetch-site']
  if (!isSafe) return headers.origin !== undefined || site === 'same-origin'
  // A page on another port of this machine is the same *site*, and its requests carry our cookie.
  return site === undefined || site === 'same-origin' || site === 'none' || headers['sec-fetch-mode'] === 'navigate'
}
