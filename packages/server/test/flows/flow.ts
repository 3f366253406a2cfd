import type { Tagged } from '@hearth/kernel'

/** The answers so far, by the name of their step. */
// oxlint-disable-next-line typescript/no-explicit-any -- steps look into answers of any shape
export type Answers = ReadonlyMap<string, any>

export interface Told {
  readonly answers: Answers
  /** An address of the outside world that answers in the way named: `ok`, `gone` (410), `down` (500) or `unsure` (500 once for each token). */
  readonly outside: (way: string) => string
}

export type Step =
  | {
      /** An operation, called under a key of its own by somebody whose home it is. */
      readonly type: 'call'
      readonly name: string
      readonly operation: string
      readonly home: string
      readonly input: (told: Told) => unknown
    }
  | {
      /** A command that no operation of today leads to. */
      readonly type: 'command'
      readonly name: string
      readonly home: string
      readonly kind: string
      readonly id: string | ((told: Told) => string)
      readonly command: Tagged
    }
  /** A command that no actor can take is set aside, and a person gives up whatever was. */
  | { readonly type: 'mend'; readonly name: string; readonly broken: Extract<Step, { readonly type: 'command' }> }
  /** Time passes; what comes due is done, each at its time. */
  | { readonly type: 'pass'; readonly ms: number }
  /** The server is stopped, and started again so much later. */
  | { readonly type: 'away'; readonly ms: number }

/** One thing that Hearth does, from the first call to the end. */
export interface Flow {
  readonly name: string
  readonly steps: readonly Step[]
  /** Answers of other homes are on their way until so long after the beginning. */
  readonly asksTakeUntil?: number
  /** The file of tombstones cannot be written until so long after the beginning. */
  readonly diskIsFullUntil?: number
  /** More than one where homes of several lanes have to do with each other: each costs a connection at every start. */
  readonly lanes?: number
}

export const call = (
  home: string,
  operation: string,
  input: object | ((told: Told) => unknown),
  name: string = operation,
): Step => ({
  type: 'call',
  name,
  operation,
  home,
  input: typeof input === 'function' ? (input as (told: Told) => unknown) : () => input,
})

export const pass = (ms: number): Step => ({ type: 'pass', ms })
export const away = (ms: number): Step => ({ type: 'away', ms })

/** When every flow begins. */
export const beginning = Date.UTC(2030, 0, 1, 8)
export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour
export const at = (ms: number): string => new Date(beginning + ms).toISOString()
