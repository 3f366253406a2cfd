import type { Json } from '@hearth/protocol'
import type { ResultEnvelope } from '../envelope.ts'
import type { Clock } from '../ports/clock.ts'
import { formatEffectId, type EffectRow } from '../ports/log.ts'
import type { AttemptResult, EffectKind } from './kind.ts'

/** Ends when the attempt does, when its time is up or when `cut` is aborted, whatever the executor makes of its signal. */
export async function attemptOnce(
  kind: EffectKind,
  row: EffectRow,
  request: Json,
  cut: AbortController,
  clock: Clock,
): Promise<AttemptResult> {
  const { signal } = cut
  const cancel = clock.after(kind.timeoutMs, () => cut.abort(new Error(`no answer within ${kind.timeoutMs} ms`)))
  try {
    const running = kind.run(request, { id: formatEffectId(row), attempt: row.attempt, address: row.address, signal })
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    return await Promise.race([running, aborted])
  } catch (error) {
    return { type: 'retryable', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    cancel()
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
