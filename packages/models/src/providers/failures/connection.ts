import type { FailureType } from '../../failure.ts'
import type { Link } from './chain.ts'

interface Broken {
  readonly type: FailureType
  readonly detail: string
}

const unreached = (detail: string): Broken => ({ type: 'away', detail })
const lost: Broken = { type: 'lost', detail: 'the connection was lost' }
const late: Broken = { type: 'late', detail: 'it took too long' }
const stopped: Broken = { type: 'stopped', detail: 'nobody waits for it any more' }
const malformed: Broken = { type: 'garbage', detail: 'what it answered is not HTTP' }
const packed: Broken = { type: 'garbage', detail: 'its answer could not be unpacked' }

const byCode: Readonly<Record<string, Broken>> = {
  ECONNREFUSED: unreached('the connection was refused'),
  ENOTFOUND: unreached('there is no such host'),
  EAI_AGAIN: unreached('the name of its host could not be looked up'),
  EHOSTUNREACH: unreached('its host cannot be reached'),
  ENETUNREACH: unreached('its network cannot be reached'),
  EADDRNOTAVAIL: unreached('its address cannot be reached'),
  ETIMEDOUT: unreached('no connection came about'),
  UND_ERR_CONNECT_TIMEOUT: unreached('no connection came about'),
  UND_ERR_INVALID_ARG: unreached('its address is not valid'),
  ERR_INVALID_URL: unreached('its address is not valid'),
  EPROTO: unreached('no TLS connection came about'),
  ECONNRESET: lost,
  ECONNABORTED: lost,
  EPIPE: lost,
  UND_ERR_SOCKET: lost,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: lost,
  ERR_STREAM_PREMATURE_CLOSE: lost,
  UND_ERR_HEADERS_TIMEOUT: late,
  UND_ERR_BODY_TIMEOUT: late,
  ABORT_ERR: stopped,
  UND_ERR_ABORTED: stopped,
  UND_ERR_HEADERS_OVERFLOW: malformed,
}

const certificate = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)_)/

/** What became of the connection, where an error tells of that. */
export function brokenBy({ name, code }: Link): Broken | null {
  if (typeof code === 'string') {
    const known = byCode[code]
    if (known !== undefined) return known
    if (code.startsWith('HPE_')) return malformed
    if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_FORMAT')) return packed
    if (code.startsWith('ERR_SSL_')) return unreached('no TLS connection came about')
    if (certificate.test(code)) return unreached('its certificate is not accepted')
  }
  if (name === 'TimeoutError') return late
  return name === 'AbortError' ? stopped : null
}
