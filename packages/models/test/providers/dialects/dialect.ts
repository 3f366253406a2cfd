import type { Expected } from '../conformance/expected.ts'
import type { RecordedRefusal } from '../conformance/subject.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface Counts {
  readonly input: number
  readonly cached: number
  readonly output: number
  readonly reasoning: number
}

export interface Call {
  readonly name: string
  readonly input: object
}

export interface Probability {
  readonly token: string
  readonly logprob: number
  readonly other: string
  readonly otherLogprob: number
}

/** How one server writes what all recordings say: what is not named here it has as OpenAI has it. */
export interface Dialect {
  readonly kind: string
  readonly model: string
  /** Whether a filter can stop its answers. */
  readonly filters?: false
  /** What its recordings say otherwise. */
  readonly expects?: Expected
  /** Beside the choices, of each event and of what comes whole. */
  readonly head?: Fields
  readonly wholeHead?: Fields
  /** Events that say nothing, before all others. */
  readonly prelude?: readonly Fields[]
  /** What the first event says; null: it begins with the answer. */
  readonly opening?: Fields | null
  /** In each delta, or beside it. */
  readonly inDelta?: Fields
  readonly inChoice?: Fields
  readonly text?: (text: string) => Fields
  readonly thought?: (text: string) => Fields
  readonly last?: Fields
  /** The deltas of calls. */
  readonly calls?: (calls: readonly Call[]) => readonly Fields[]
  readonly wholeCalls?: (calls: readonly Call[]) => readonly Fields[]
  /** The message of an answer that comes whole. */
  readonly message?: (said: Said) => Fields
  readonly probabilities?: (list: readonly Probability[]) => unknown
  readonly finish?: Readonly<Partial<Record<Finish, string>>>
  readonly usage?: (counts: Counts) => Fields
  /** `behind`: in an event without choices; `last`: with the reason why it ended; `repeated`: in one that says the reason again. */
  readonly usageComes?: 'behind' | 'last' | 'repeated'
  /** Besides usage in the event that has it. */
  readonly withUsage?: (usage: Fields) => Fields
  readonly lineEnd?: string
  /** Comments before the first event, and behind each. */
  readonly before?: string
  readonly between?: string
  /** An error in the place of an answer, as the data of an event and as a body. */
  readonly error?: unknown
  readonly errorWhole?: unknown
  readonly errors: readonly RecordedRefusal[]
  readonly models: unknown
  readonly embeddings?: (vectors: readonly (readonly number[])[]) => unknown
}

export type Finish = 'stop' | 'length' | 'filtered' | 'calls'

export interface Said {
  readonly text?: string
  readonly thought?: string
  readonly calls?: readonly Call[]
}
