import type { FailureType } from '../failure.ts'
import type { Explanation } from '../router/explanation.ts'
import type { Ability } from '../router/needs.ts'
import type { Asker } from './exchange.ts'

/** One try at one deployment. */
export interface TriedRecord {
  readonly provider: string
  readonly model: string
  /** `ok`, or how it failed. */
  readonly outcome: 'ok' | FailureType
  readonly ms: number
  readonly status?: number
  /** So many calls went out in one request, this one included. */
  readonly together?: number
}

/** What is kept of every call. Nothing of what was said. */
export interface CallRecord {
  readonly id: string
  /** When it was asked, in ms since 1970. */
  readonly at: number
  readonly asker: Asker
  readonly requestId: string
  readonly door: string
  /** The model that was asked for. */
  readonly asked: string
  /** What the call was made from, as `name@version`, where it was made from a template. */
  readonly template?: string
  /** Who answered; those of the last try where nobody did. */
  readonly provider: string | null
  readonly model: string | null
  /** Of a model of the tenant's own: which version of it. */
  readonly version?: string
  readonly streamed: boolean
  /** Its bytes went as they were, in both directions. */
  readonly passed: boolean
  readonly outcome: 'done' | FailureType | 'refusal'
  /** A refusal's code, or what the last provider said. */
  readonly detail?: string
  readonly tokens: Tokens | null
  /** Exact, as a decimal number; null where no price is known. */
  readonly costUsd: string | null
  readonly ms: number
  /** To the first token, where it was streamed. */
  readonly firstMs: number | null
  readonly tries: readonly TriedRecord[]
  /** How often another model was asked to go on with an answer whose model was lost. Absent where none was. */
  readonly continued?: number
  /** `hit`: answered with what was answered before to the same; `semantic`: to what means the same; `replay`: to this very call, which was sent again. Absent where no cache was asked. */
  readonly cache?: 'hit' | 'semantic' | 'replay' | 'miss'
  /** What the answer had taken and cost when it was made. */
  readonly saved?: { readonly tokens: Tokens | null; readonly costUsd: string | null }
  /** Why they were asked in this order, where there was something to choose. */
  readonly explanation?: Explanation
  /** What it asked of a model; what was explained says it more exactly. Absent where it asked for nothing but words. */
  readonly wants?: readonly Ability[]
  /** Most tokens of the answer, where the call said so. */
  readonly most?: number
  /** What was taken from whose budgets, in billionths of a dollar. Absent where nobody has set any. */
  readonly charged?: { readonly nano: number; readonly accounts: readonly string[] }
}

export interface Tokens {
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly written: number
  readonly reasoning: number
}
