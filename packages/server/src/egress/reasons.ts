/** What became of a call that got no answer, in words that name no address: where a name leads is not told to whoever gave it. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed without an answer',
  EPIPE: 'the connection was closed without an answer',
  ETIMEDOUT: 'the connection was not made in time',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  EADDRNOTAVAIL: 'its network cannot be reached',
  ENOTFOUND: 'its name was not found',
  EAI_AGAIN: 'its name could not be looked up',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  HPE_HEADER_OVERFLOW: 'the head of its answer is too large',
  UND_ERR_HEADERS_OVERFLOW: 'the head of its answer is too large',
  UND_ERR_CONNECT_TIMEOUT: 'the connection was not made in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not begin to answer in time',
  UND_ERR_BODY_TIMEOUT: 'it stopped in the middle of its answer',
  UND_ERR_SOCKET: 'the connection was closed before the answer was whole',
}

const certificate = /CERT|SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY|CHAIN/

/** One that says in its own words why there was no answer. */
export class Unanswered extends Error {}

export function unanswered(error: unknown): Unanswered {
  if (error instanceof Unanswered) return error
  return new Unanswered(reasonOf(error), { cause: error })
}

export function reasonOf(error: unknown): string {
  if (error instanceof Unanswered) return error.message
  // A name with several addresses fails with all that happened at each.
  const first = error instanceof AggregateError ? error.errors[0] : error
  const code = String((first as { readonly code?: unknown } | null)?.code ?? '')
  const known = words[code]
  if (known !== undefined) return known
  if (code.startsWith('HPE_')) return 'its answer is not HTTP'
  if (certificate.test(code)) return `its certificate is not trusted (${code})`
  if (/SSL|TLS|EPROTO/.test(code)) return `no secure connection could be made (${code})`
  return code === '' ? 'the call failed' : `the call failed (${code})`
}
