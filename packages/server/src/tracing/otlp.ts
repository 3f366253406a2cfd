export const spanKinds = { internal: 1, server: 2, client: 3 } as const

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parent: string | undefined
  readonly name: string
  readonly kind: keyof typeof spanKinds
  /** By `performance.now()`. */
  readonly began: number
  readonly ended: number
  readonly attributes: Readonly<Record<string, string | number | undefined>>
  readonly isError?: boolean
}

export type Attributes = Readonly<Record<string, string | number>>

const error = 2

/** A request of OTLP over HTTP, in its JSON. */
export function written(
  spans: readonly Span[],
  resource: Attributes,
  scope: { name: string; version: string },
): string {
  return JSON.stringify({
    resourceSpans: [
      { resource: { attributes: pairs(resource) }, scopeSpans: [{ scope, spans: spans.map(writtenSpan) }] },
    ],
  })
}

function writtenSpan({ traceId, spanId, parent, name, kind, began, ended, attributes, isError }: Span): object {
  return {
    traceId,
    spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name,
    kind: spanKinds[kind],
    startTimeUnixNano: nanoseconds(began),
    endTimeUnixNano: nanoseconds(Math.max(began, ended)),
    attributes: pairs(attributes),
    status: isError === true ? { code: error } : {},
  }
}

const pairs = (attributes: Span['attributes']): readonly object[] =>
  Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : { key, value: typeof value === 'string' ? { stringValue: value } : numberValue(value) },
  )

const numberValue = (value: number): object =>
  Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }

/** More digits than a number holds. */
function nanoseconds(at: number): string {
  const ms = performance.timeOrigin + at
  const whole = Math.floor(ms)
  return `${whole}${String(Math.floor((ms - whole) * 1e6)).padStart(6, '0')}`
}

/** `name=value` with commas between, percent-encoded, as `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_HEADERS` have it. */
export function pairsIn(text = ''): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const pair of text.split(',')) {
    const end = pair.indexOf('=')
    const name = pair.slice(0, end).trim()
    if (end > 0 && name !== '') found[name] = decoded(pair.slice(end + 1).trim())
  }
  return found
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
