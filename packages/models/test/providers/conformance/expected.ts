import type { Call } from '../dialects/dialect.ts'
import * as canon from './canon.ts'
import type { ProviderSubject } from './subject.ts'

/** Tokens of an answer: all that went in, what of it was new and what was read from a cache, and all that came out. */
export interface ExpectedCounts {
  readonly input: number
  readonly fresh: number
  readonly cached: number
  readonly output: number
}

/** What the recordings of a subject say, where it is not what all others say. */
export interface Expected {
  readonly calls?: readonly Call[]
  readonly person?: string
  readonly textCounts?: ExpectedCounts
  readonly usageCounts?: ExpectedCounts
  /** Each token with how many others there are and the second of them. */
  readonly probabilities?: readonly (readonly [number, number, string])[]
  readonly embeddings?: readonly (readonly number[])[]
  /** What an error in a stream is read as: some servers only break off. */
  readonly errorInStream?: 'away' | 'lost'
  /** How many models it lists. */
  readonly listed?: number
}

const said: Required<Expected> = {
  calls: canon.calls,
  person: canon.person,
  textCounts: { input: 25, fresh: 25, cached: 0, output: 14 },
  usageCounts: { input: 1200, fresh: 176, cached: 1024, output: 96 },
  probabilities: [
    [-0.01, 2, 'Satur'],
    [-0.25, 2, 'days'],
    [-0.5, 2, '!'],
  ],
  embeddings: [
    [-0.75, 0.0625, 1],
    [0.5, -0.25, 0.125],
  ],
  errorInStream: 'away',
  listed: 2,
}

export const expectedOf = ({ expects }: ProviderSubject): Required<Expected> => ({ ...said, ...expects })
