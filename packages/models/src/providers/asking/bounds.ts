import { ModelError, type ModelFailure } from '../../failure.ts'
import { Breaths, longestQuietMs, type Quiet } from '../../wire/sse/breaths.ts'

const mebibyte = 1_048_576
/** Of an answer that comes whole: a picture in it is as large as this at most. */
const mostWhole = 64 * mebibyte
/** Of one event of a stream, which is kept until its end has come. */
const mostOfEvent = 32 * mebibyte
/** Of a stream whose answer has not begun, all of which is kept until it does. */
const mostBefore = 32 * mebibyte
/** Of a refusal: enough to know what it says. */
const mostOfRefusal = 262_144

const endless = (detail: string): ModelError => new ModelError({ type: 'garbage', detail })

type Check = (chunk: Uint8Array) => 'go on' | 'enough'

interface Silences {
  /** For the next piece of it; undefined: as long as the network waits. */
  readonly idleMs: number | undefined
  /** For the next piece that says something. */
  readonly quiet: Quiet
}

const longest: Silences = { idleMs: undefined, quiet: { headMs: longestQuietMs, idleMs: longestQuietMs } }

/** The same answer with bounds on what comes, and on how long the next piece of it takes. A refusal that is too long ends where it is cut. */
export function bounded(response: Response, hasBegun: () => boolean, { idleMs, quiet }: Silences = longest): Response {
  const { status, headers, body } = response
  const type = headers.get('content-type') ?? ''
  const check = status >= 300 ? refusal() : speaking(checkOf(type, hasBegun), quiet)
  // What `Response` takes ends at 599, and some servers do not.
  const known = status >= 200 && status <= 599 ? status : 502
  const isBare = body === null || [204, 205, 304].includes(known)
  return new Response(isBare ? null : checkedBody(body, check, idleMs), { status: known, headers })
}

function speaking(check: Check, quiet: Quiet): Check {
  const breaths = new Breaths(quiet, () => performance.now())
  return (chunk) => {
    if (breaths.isTooLong(chunk))
      throw new ModelError({ type: 'late', detail: 'it held the connection and said nothing' })
    return check(chunk)
  }
}

function checkOf(type: string, hasBegun: () => boolean): Check {
  if (type.includes('text/event-stream')) return events(hasBegun)
  // Who reads them knows how long one may be.
  return type.includes('application/vnd.amazon.eventstream') ? frames(hasBegun) : whole()
}

function checkedBody(
  body: ReadableStream<Uint8Array>,
  check: Check,
  idleMs: number | undefined,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const next = (): ReturnType<typeof reader.read> => (idleMs === undefined ? reader.read() : within(reader, idleMs))
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await next()
        if (done) return controller.close()
        try {
          const checked = check(value)
          controller.enqueue(value)
          if (checked === 'go on') return
          controller.close()
        } catch (error) {
          controller.error(error)
        }
        await reader.cancel().catch(() => undefined)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

const silent: ModelFailure = { type: 'late', detail: 'it fell silent in the middle of its answer' }

/** Nothing is read before it is wanted, so that a slow reader is not taken for a silent provider. */
async function within(reader: ReadableStreamDefaultReader<Uint8Array>, ms: number) {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new ModelError(silent))
    reader.cancel().catch(() => undefined)
  }, ms)
  try {
    return await Promise.race([reader.read(), promise])
  } finally {
    clearTimeout(timer)
  }
}

function refusal(): Check {
  let length = 0
  return (chunk) => {
    length += chunk.length
    return length > mostOfRefusal ? 'enough' : 'go on'
  }
}

function whole(): Check {
  let length = 0
  return (chunk) => {
    length += chunk.length
    if (length > mostWhole) throw endless('its answer is too large')
    return 'go on'
  }
}

function frames(hasBegun: () => boolean): Check {
  let before = 0
  return (chunk) => {
    if (!hasBegun()) before += chunk.length
    if (before > mostBefore) throw endless('its answer does not begin')
    return 'go on'
  }
}

const [lineFeed, carriageReturn] = [10, 13]

function events(hasBegun: () => boolean): Check {
  let before = 0
  let event = 0
  let line = 0
  return (chunk) => {
    if (!hasBegun()) before += chunk.length
    for (let from = 0; from < chunk.length;) {
      const end = chunk.indexOf(lineFeed, from)
      const length = (end === -1 ? chunk.length : end) - from
      line += length
      event += length
      if (event > mostOfEvent) throw endless('a part of its answer has no end')
      if (end === -1) break
      // A line with nothing on it ends the event.
      if (line === 0 || (line === 1 && chunk[end - 1] === carriageReturn)) event = 0
      line = 0
      from = end + 1
    }
    if (before > mostBefore) throw endless('its answer does not begin')
    return 'go on'
  }
}
