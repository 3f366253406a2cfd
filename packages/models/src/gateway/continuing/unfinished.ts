import type { Money } from '../../catalog/money.ts'
import type { FailureType, ModelFailure } from '../../failure.ts'
import type { WireStream } from '../../wire/protocol.ts'
import type { Exchange } from '../exchange.ts'
import type { Deployment } from '../setting.ts'
import type { Telling } from './telling.ts'

/** An answer whose model was lost when a part of it had gone out, and that another one can go on with. Nothing has been said of that yet. */
export interface Unfinished {
  readonly telling: Telling
  /** Encodes what comes behind what went out. */
  readonly stream: WireStream
  /** As it was asked. */
  readonly exchange: Exchange
  readonly deployment: Deployment
}

/** What a call has to know that goes on with an answer. */
export interface GoesOn extends Pick<Unfinished, 'telling' | 'stream'> {
  /** For which time. */
  readonly times: number
  /** How the answer was lost: what the client is told where nobody goes on. */
  readonly failure: ModelFailure
  /** What was taken by then; null where no price is known. */
  readonly cost: Money | null
}

/** After these another model may do better. */
export const isLoss: ReadonlySet<FailureType> = new Set(['away', 'lost', 'late', 'garbage', 'rate'])
