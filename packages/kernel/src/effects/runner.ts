import type { Json } from '@hearth/protocol'
import type { ResultEnvelope } from '../envelope.ts'
import { formatEffectId, type EffectRow } from '../ports/log.ts'
import type { AttemptResult, EffectKind } from './kind.ts'

export interface Runner {
  /** Starts the attempt that is recorded in the row, or queues it behind others of its kind. */
  start(row: EffectRow, request: () => Json | Promise<Json>): void
  /** Attempts started or queued, by kind. */
  counts(): ReadonlyMap<string, number>
  stop(): Promise<void>
}

interface Queued {
  readonly row: EffectRow
  readonly request: () => Json | Promise<Json>
}

interface Track {
  readonly kind: EffectKind
  readonly waiting: Queued[]
  running: number
}

/** Runs effects of all lanes, so that a kind's concurrency limit holds for the whole process. */
export function createRunner(options: {
  readonly kinds: readonly EffectKind[]
  readonly report: (result: ResultEnvelope) => void
}): Runner {
  const tracks = new Map(options.kinds.map((kind): [string, Track] => [kind.kind, { kind, waiting: [], running: 0 }]))
  const stopping = new AbortController()
  const attempts = new Set<Promise<void>>()

  const advance = (track: Track): void => {
    while (!stopping.signal.aborted && track.running < track.kind.concurrency) {
      const next = track.waiting.shift()
      if (next === undefined) return
      track.running += 1
      const attempt = run(track.kind, next).finally(() => {
        track.running -= 1
        attempts.delete(attempt)
        advance(track)
      })
      attempts.add(attempt)
    }
  }

  const run = async (kind: EffectKind, { row, request }: Queued): Promise<void> => {
    const result = await attemptOnce(kind, row, request, stopping.signal)
    // What was cut by our own stop has no result: it is still owed and runs again at the next start.
    if (stopping.signal.aborted && result.type !== 'done') return
    options.report({ type: 'result', effect: row, attempt: row.attempt, result: judge(kind, row.attempt, result) })
  }

  return {
    start: (row, request) => {
      const track = tracks.get(row.kind)
      if (track === undefined) {
        const outcome = { type: 'failed', reason: `no executor for effects of kind ${row.kind}` } as const
        options.report({ type: 'result', effect: row, attempt: row.attempt, result: { type: 'settle', outcome } })
        return
      }
      track.waiting.push({ row, request })
      advance(track)
    },
    counts: () => new Map([...tracks].map(([kind, track]) => [kind, track.running + track.waiting.length])),
    stop: async () => {
      stopping.abort()
      await Promise.allSettled(attempts)
    },
  }
}

async function attemptOnce(
  kind: EffectKind,
  row: EffectRow,
  request: Queued['request'],
  stopping: AbortSignal,
): Promise<AttemptResult> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(new Error(`no answer within ${kind.timeoutMs} ms`)), kind.timeoutMs)
  const signal = AbortSignal.any([stopping, timeout.signal])
  try {
    return await kind.run(await request(), {
      id: formatEffectId(row),
      attempt: row.attempt,
      address: row.address,
      signal,
    })
  } catch (error) {
    return { type: 'retryable', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

function judge(kind: EffectKind, attempt: number, result: AttemptResult): ResultEnvelope['result'] {
  switch (result.type) {
    case 'done':
      return { type: 'settle', outcome: { type: 'done', value: result.value } }
    case 'terminal':
      return { type: 'settle', outcome: { type: 'failed', reason: result.reason } }
    case 'retryable': {
      const backoff = kind.backoffMs(attempt + 1)
      if (backoff === null) return { type: 'settle', outcome: { type: 'failed', reason: result.reason } }
      return { type: 'retry', afterMs: Math.max(backoff, result.afterMs ?? 0), reason: result.reason }
    }
  }
}
