import type { ModelFailure } from '../failure.ts'
import type { Book } from './book.ts'
import type { BreakerSetting } from './breaker.ts'
import type { Random } from './chance.ts'
import { cooled, warmed } from './cooling.ts'
import { learned, type HeaderValues } from './limits.ts'
import { carried, ended, firstSeen, heardAt, isSilentFor, type Outcome } from './state.ts'

/** A deployment, and the key that it is used with, which others may share. Neither name is a secret. */
export interface Used {
  readonly deployment: string
  readonly key: string
}

/** What becomes of a call, told as it happens. After its end nothing more is heard of it. */
export interface CallHealth {
  /** The head of the answer has come, whatever its status. */
  heard(headers: HeaderValues): void
  /** The first token has, of an answer that is streamed. */
  first(): void
  /** `tokens`: of the answer. */
  done(tokens?: number): void
  failed(failure: ModelFailure): void
  /** Whether nobody has heard anything of it for so long, though many wait, and it answered a moment before. */
  isSilent(ms: number): boolean
  /** Before it is asked: it goes out in the request of another call, which counts for both. */
  beside(): void
}

export interface Begun {
  readonly book: Book
  readonly used: Used
  readonly began: number
  /** Its number, where it is one. */
  readonly probe: number | null
  readonly now: () => number
  readonly random: Random
  readonly breaker: BreakerSetting
}

export function callHealth({ book, used: { deployment, key }, began, probe, now, random, breaker }: Begun): CallHealth {
  let firstAt: number | null = null
  let isOver = false
  const end = (outcome: Outcome, at: number): void => {
    isOver = true
    book.change(deployment, (state) => ended(state, outcome, { now: at, probe, random }, breaker))
  }
  return {
    heard: (headers) => {
      if (isOver) return
      const at = now()
      book.change(deployment, (state) => heardAt(state, learned(state.limits, headers, at), at))
    },
    first: () => {
      if (isOver || firstAt !== null) return
      const at = now()
      firstAt = at
      book.change(deployment, (state) => firstSeen(state, at - began, at))
    },
    done: (tokens) => {
      if (isOver) return
      const at = now()
      book.setCooling(key, warmed(book.coolingOf(key)))
      const isWhole = firstAt === null
      end({ type: 'done', ms: at - (firstAt ?? began), isWhole, ...(tokens === undefined ? {} : { tokens }) }, at)
    },
    failed: (failure) => {
      if (isOver) return
      const at = now()
      const { type } = failure
      if (type === 'rate' || type === 'key')
        book.setCooling(key, cooled(book.coolingOf(key), { ...failure, type }, at, random))
      end({ type: 'failed', failure }, at)
    },
    isSilent: (ms) => isSilentFor(book.stateOf(deployment), ms, { began, now: now() }),
    beside: () => {
      if (isOver) return
      isOver = true
      const at = now()
      book.change(deployment, (state) => carried(state, { now: at, began, probe }))
    },
  }
}
