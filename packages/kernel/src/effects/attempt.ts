import type { Json } from '@hearth/protocol'
import type { ResultEnvelope } from '../envelope.ts'
import type { Clock } from '../ports/clock.ts'
import { formatEffectId, type EffectRow } from '../ports/log.ts'
import type { Attempt, AttemptResult, EffectKind } from './kind.ts'

export interface RunningAttempt {
  /** Never rejects. */
  readonly ended: Promise<AttemptResult>
  /** Ends it now, whatever the executor makes of its signal. */
  cut(reason: Error): void
}

/** Ends when the attempt does, when its time is up or when it is cut. */
export function startAttempt(kind: EffectKind, row: EffectRow, request: Json, clock: Clock): RunningAttempt {
  const ending = Promise.withResolvers<AttemptResult>()
  const signal = new LateSignal()
  const fail = (error: unknown): void =>
    ending.resolve({ type: 'retryable', reason: error instanceof Error ? error.message : String(error) })
  const cut = (reason: Error): void => {
    signal.abort(reason)
    fail(reason)
  }
  const attempt: Attempt = {
    id: formatEffectId(row),
    attempt: row.attempt,
    address: row.address,
    get signal() {
      return signal.made()
    },
  }
  const cancel = clock.after(kind.timeoutMs, () => cut(new Error(`no answer within ${kind.timeoutMs} ms`)))
  try {
    kind.run(request, attempt).then(ending.resolve, fail)
  } catch (error) {
    fail(error)
  }
  const ended = ending.promise.then((result) => {
    cancel()
    return result
  })
  return { ended, cut }
}

/** A signal that is made when somebody asks for it: many an executor never does, and making one costs more than it does. */
class LateSignal {
  #controller: AbortController | null = null
  #reason: Error | null = null

  made(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason !== null) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  abort(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

export function judge(
  kind: EffectKind,
  attempt: number,
  request: Json,
  result: AttemptResult,
): ResultEnvelope['result'] {
  switch (result.type) {
    case 'done':
      return { type: 'settle', outcome: { type: 'done', value: result.value } }
    case 'terminal':
      return { type: 'settle', outcome: { type: 'failed', reason: result.reason } }
    case 'retryable': {
      const backoff = backoffOf(kind, attempt + 1, request)
      if (backoff === null) return { type: 'settle', outcome: { type: 'failed', reason: result.reason } }
      return { type: 'retry', afterMs: Math.max(backoff, result.afterMs ?? 0), reason: result.reason }
    }
  }
}

/** A kind whose own schedule throws ends the effect: there is nothing to wait for. */
function backoffOf(kind: EffectKind, next: number, request: Json): number | null {
  try {
    return kind.backoffMs(next, request)
  } catch {
    return null
  }
}
