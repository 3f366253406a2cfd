import { failureOf } from '../../failure-of.ts'
import { ModelError, type ModelFailure } from '../../failure.ts'
import type { ProviderSetting } from '../../provider.ts'
import { guarded, type Guard } from './guard.ts'

/** One call under way. */
export interface Asked {
  readonly guard: Guard
  failureOf(error: unknown): ModelFailure
  /** What the call ends with; closes the connection. */
  failed(error: unknown): ModelError
}

/** `request`: what must not stand in a failure. Throws `ModelError`. */
export function asked(
  setting: ProviderSetting,
  signal: AbortSignal | undefined,
  request: unknown,
  streams: boolean,
): Asked {
  const guard = guarded({ setting, signal, streams })
  const failure = (error: unknown): ModelFailure =>
    signal?.aborted === true
      ? whyStopped(signal)
      : failureOf(error, { key: setting.key, request, status: guard.status() })
  return {
    guard,
    failureOf: failure,
    failed: (error) => {
      guard.close()
      return new ModelError(failure(error))
    },
  }
}

/** Nobody waits any more, or not so long. */
export function whyStopped({ reason }: AbortSignal): ModelFailure {
  const why = failureOf(reason)
  return why.type === 'late' ? why : { type: 'stopped', detail: 'nobody waits for it any more' }
}
