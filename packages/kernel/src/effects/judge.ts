import type { Json } from '@hearth/protocol'
import type { ResultEnvelope } from '../envelope.ts'
import { beginsApart, type AttemptResult, type EffectKind, type Finding } from './kind.ts'

type Judgement = ResultEnvelope['result']

export const firstLookMs = 2000
const longestLookMs = 600_000

/** What follows from how an attempt ended. */
export function judge(kind: EffectKind, attempt: number, request: Json, result: AttemptResult): Judgement {
  switch (result.type) {
    case 'done':
      return { type: 'settle', outcome: { type: 'done', value: result.value } }
    case 'terminal':
      return failed(result.reason)
    case 'retryable':
      return again(kind, attempt, request, result)
    case 'unknown':
      return judgeUnknown(kind, attempt, request, result.reason)
  }
}

const failed = (reason: string): Judgement => ({ type: 'settle', outcome: { type: 'failed', reason } })

function again(
  kind: EffectKind,
  attempt: number,
  request: Json,
  { reason, afterMs = 0 }: { readonly reason: string; readonly afterMs?: number },
): Judgement {
  const backoff = backoffOf(kind, attempt + 1, request)
  if (backoff === null) return failed(reason)
  return { type: 'retry', afterMs: Math.max(backoff, afterMs), reason, recorded: !beginsApart(kind) }
}

/**
 * What follows where nobody knows whether the attempt was made: also for one that was recorded before this process began.
 * A kind that is looked up is looked up first, however often it takes.
 */
export function judgeUnknown(kind: EffectKind, attempt: number, request: Json, reason: string): Judgement {
  if (kind.delivery === 'reconcilable') return { type: 'look-later', afterMs: firstLookMs, reason }
  if (kind.delivery === 'unsafe' && unsure(kind, request) === 'park')
    return { type: 'stuck', reason: `whether attempt ${attempt} reached the other side is not known: ${reason}` }
  if (attempt >= (kind.mostUnknown ?? 10)) return { type: 'dead', reason }
  const next = again(kind, attempt, request, { reason })
  // A schedule at its end says that the effect has failed: of an attempt that must not be made twice nobody knows that.
  return next.type === 'settle' && kind.delivery === 'unsafe' ? { type: 'dead', reason } : next
}

/** What follows from looking for an attempt, for the `looks`-th time in this process. */
export function judgeFinding(kind: EffectKind, found: Finding, looks: number): Judgement {
  switch (found.type) {
    case 'made':
      return { type: 'settle', outcome: { type: 'done', value: found.value } }
    case 'not-made':
      return { type: 'retry', afterMs: 0, reason: 'it had not reached the other side', recorded: !beginsApart(kind) }
    case 'unknown': {
      const afterMs = Math.min(firstLookMs * 2 ** Math.min(looks, 20), longestLookMs)
      return { type: 'look-later', afterMs, reason: found.reason }
    }
  }
}

/** A policy that throws has not said that it may be repeated. */
function unsure(kind: EffectKind, request: Json): 'repeat' | 'park' {
  try {
    return kind.unsure?.(request) ?? 'park'
  } catch {
    return 'park'
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
