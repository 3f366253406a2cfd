import type { IncomingHttpHeaders } from 'node:http'
import { HearthError } from '@hearth/protocol'

/** Throws unless the request names this server and comes from no other site's page. */
export function checkHostAndOrigin(headers: IncomingHttpHeaders, acceptsHost: (header: string) => boolean): void {
  const { host, origin } = headers
  if (host === undefined) throw new HearthError('door.request-malformed', 'A request needs one Host header.')
  if (!acceptsHost(host)) {
    const detail = 'This server does not answer for that Host. HEARTH_HOSTS lists the names that it answers for.'
    throw new HearthError('door.host-refused', detail)
  }
  // `https` as well: a proxy in front may speak it while this server does not.
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new HearthError('door.origin-refused', 'Pages of other sites may not call this server.')
  }
}

/** Whether the browser says that one of our own pages, or the person, made this request. */
export function isOwnPage(headers: IncomingHttpHeaders, isSafe: boolean): boolean {
  const site = headers['sec-fetch-site']
  if (!isSafe) return headers.origin !== undefined || site === 'same-origin'
  // A page on another port of this machine is the same *site*, and its requests carry our cookie.
  return site === undefined || site === 'same-origin' || site === 'none' || headers['sec-fetch-mode'] === 'navigate'
}
