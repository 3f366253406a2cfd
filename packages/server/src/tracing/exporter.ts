import type { Logger } from '../platform/logs.ts'
import { written, type Attributes, type Span } from './otlp.ts'
import { postTo, type Posted } from './post.ts'

export interface Exporter extends AsyncDisposable {
  add(span: Span): void
  counts(): { readonly sent: number; readonly dropped: number; readonly waiting: number }
}

export interface ExporterOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly resource: Attributes
  readonly version: string
  readonly log: Pick<Logger, 'warn' | 'info'>
  readonly limits?: Partial<ExportLimits>
}

export interface ExportLimits {
  readonly waiting: number
  readonly batch: number
  readonly everyMs: number
  readonly attempts: number
  readonly firstPauseMs: number
  readonly endWithinMs: number
}

const usual: ExportLimits = {
  waiting: 16_384,
  batch: 512,
  everyMs: 1000,
  attempts: 5,
  firstPauseMs: 1000,
  endWithinMs: 2000,
}

const longestPauseMs = 30_000

/** Sends spans many at a time. What a receiver does not take in time is dropped and counted: traces never hold up what they follow. */
export function createExporter(options: ExporterOptions): Exporter {
  const { url, headers, resource, version, log } = options
  const limits = { ...usual, ...options.limits }
  const post = postTo(url, headers)
  const ending = new AbortController()
  let waiting: Span[] = []
  let sending: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined
  let [sent, dropped] = [0, 0]
  let isTroubled = false

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        ending.signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms).unref()
      ending.signal.addEventListener('abort', end)
    })
  const told = (posted: Posted): void => {
    if (posted.type === 'taken' && isTroubled) log.info({}, 'traces are taken again')
    if (posted.type !== 'taken' && !isTroubled)
      log.warn({ reason: posted.reason }, 'traces are not taken where they are sent')
    isTroubled = posted.type !== 'taken'
  }
  const sendOne = async (spans: readonly Span[]): Promise<void> => {
    const body = written(spans, resource, { name: 'hearth', version })
    for (let attempt = 1, wait = limits.firstPauseMs; ; attempt += 1, wait = Math.min(wait * 2, longestPauseMs)) {
      const posted = await post(body)
      told(posted)
      if (posted.type === 'taken') {
        // A receiver may say anything, and counts never go back.
        const rejected = Math.trunc(Math.min(Math.max(posted.rejected, 0), spans.length))
        sent += spans.length - rejected
        dropped += rejected
        return
      }
      if (posted.type === 'refused' || attempt >= limits.attempts || ending.signal.aborted) {
        dropped += spans.length
        return
      }
      // Some chance, or all servers that were refused at once would come back at once.
      await pause(posted.afterMs ?? wait * (0.75 + Math.random() / 2))
    }
  }
  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) await sendOne(waiting.splice(0, limits.batch))
  }
  const send = (): void => {
    clearTimeout(timer)
    timer = undefined
    sending ??= sendAll().finally(() => {
      sending = null
    })
  }
  return {
    add: (span) => {
      if (waiting.length >= limits.waiting) {
        dropped += 1
        return
      }
      waiting.push(span)
      if (waiting.length >= limits.batch) send()
      else timer ??= setTimeout(send, limits.everyMs).unref()
    },
    counts: () => ({ sent, dropped, waiting: waiting.length }),
    [Symbol.asyncDispose]: async () => {
      ending.abort()
      send()
      const late = Promise.withResolvers<void>()
      const cut = setTimeout(late.resolve, limits.endWithinMs)
      await Promise.race([sending ?? Promise.resolve(), late.promise])
      clearTimeout(cut)
      dropped += waiting.length
      waiting = []
      post[Symbol.dispose]()
    },
  }
}
