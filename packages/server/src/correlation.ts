/** `version-trace-parent-flags` of W3C Trace Context; versions after the first may say more behind it. */
const traceparent = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/**
 * What everything that follows from a call carries on: the call's id and, where the caller follows it in a trace of its own, the place
 * in that, as `id@trace-parent-flags`. No id of a call holds an `@`.
 */
export function correlationOf(requestId: string, given: string | readonly string[] | undefined): string {
  const match = typeof given === 'string' && given.length < 200 ? traceparent.exec(given) : null
  if (match === null) return requestId
  const [, version, trace, parent, flags, more] = match
  if (version === '00' && more !== undefined) return requestId
  return `${requestId}@${trace}-${parent}-${flags}`
}

export const requestIdIn = (correlation: string): string => {
  const end = correlation.indexOf('@')
  return end === -1 ? correlation : correlation.slice(0, end)
}

export interface CallersTrace {
  readonly traceId: string
  readonly spanId: string
  readonly isSampled: boolean
}

/** Null where the caller follows it in no trace of its own. */
export function callersTraceIn(correlation: string): CallersTrace | null {
  const match = /@([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(correlation)
  const [, traceId = '', spanId = '', flags = ''] = match ?? []
  return match === null ? null : { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
