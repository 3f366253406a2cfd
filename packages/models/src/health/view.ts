/** Whether a deployment is to be asked at the moment. `probe`: it failed, and this call finds out whether it still does. */
export type Standing =
  | { readonly type: 'ready' }
  | { readonly type: 'probe' }
  | { readonly type: 'resting'; readonly why: RestingFor; readonly forMs: number }

/** `failing`: its breaker is open. `key`: its key is cooling down. `refused`: its key was not taken a while ago. `limit`: it would refuse, going by what it said of its limits. */
export type RestingFor = 'failing' | 'key' | 'refused' | 'limit'

/** How a deployment does, as of a moment. What was not measured, or too long ago, is absent. */
export interface HealthView {
  readonly standing: Standing
  readonly firstTokenMs?: number
  /** Of an answer that comes whole, its end. */
  readonly wholeMs?: number
  readonly tokensPerSecond?: number
  /** Of the calls of the last minute, from 0 to 1. */
  readonly errorRate?: number
  readonly inFlight: number
}
