import { createBook, type Book } from './book.ts'
import { breakerSetting, type BreakerSetting } from './breaker.ts'
import { callHealth, type CallHealth, type Used } from './call.ts'
import type { Random } from './chance.ts'
import { coolingMs } from './cooling.ts'
import { begun, seenBy, standingOf, told, viewOf } from './state.ts'
import { merge, type DeploymentSummary, type Summary } from './summary.ts'
import type { HealthView, Standing } from './view.ts'

export interface HealthSetting {
  /** Its name among those who share what they see. */
  readonly worker: string
  /** In ms since 1970. */
  readonly now: () => number
  readonly random: Random
  readonly breaker?: BreakerSetting
}

/** How the deployments do, as one worker sees it. */
export interface Health {
  /** How it does at the moment, for a call with so many tokens. */
  view(used: Used, tokens: number): HealthView
  /** Whether it takes a call with so many tokens now. */
  standing(used: Used, tokens: number): Standing
  /** Takes a place for a call, or says why there is none. Whoever gets one ends it. */
  begin(used: Used, tokens: number): Admitted
  /** For the other workers, now and then. */
  summary(): Summary
  /** Takes over what another worker says. */
  absorb(summary: Summary): void
}

export type Admitted =
  | { readonly type: 'begun'; readonly call: CallHealth }
  | { readonly type: 'resting'; readonly standing: Standing & { readonly type: 'resting' } }

export function createHealth({ worker, now, random, breaker = breakerSetting }: HealthSetting): Health {
  const book = createBook()
  let probes = 0
  let version = 0
  const standing = ({ deployment, key }: Used, tokens: number, at: number): Standing => {
    const cooling = book.coolingOf(key)
    const forMs = coolingMs(cooling, at)
    if (forMs > 0) return { type: 'resting', why: cooling.isRefused === true ? 'refused' : 'key', forMs }
    return standingOf(book.stateOf(deployment), at, tokens, breaker)
  }
  return {
    standing: (used, tokens) => standing(used, tokens, now()),
    view: (used, tokens) => {
      const at = now()
      return viewOf(book.stateOf(used.deployment), standing(used, tokens, at), at)
    },
    begin: (used, tokens) => {
      const at = now()
      const stands = standing(used, tokens, at)
      if (stands.type === 'resting') return { type: 'resting', standing: stands }
      const probe = stands.type === 'probe' ? { id: (probes += 1), at } : null
      book.change(used.deployment, (state) => begun(state, at, tokens, probe))
      const call = callHealth({ book, used, began: at, probe: probe?.id ?? null, now, random, breaker })
      return { type: 'begun', call }
    },
    summary: () => {
      const at = now()
      book.forgetOld(at)
      version = Math.max(at, version + 1)
      return summaryOf(book, worker, version, at)
    },
    absorb: ({ deployments, keys }) => {
      const telling = { now: now(), worker, mostRestMs: breaker.mostRestMs }
      for (const one of deployments) book.change(one.id, (state) => told(state, one, telling))
      for (const { id, until, isRefused = false } of keys) {
        const own = book.coolingOf(id)
        if (until > own.until) book.setCooling(id, { ...own, until, isRefused })
      }
    },
  }
}

/** What was not used for so long is no news. */
const newsMs = 180_000

function summaryOf({ deployments, keys }: Book, worker: string, version: number, now: number): Summary {
  const used = [...deployments].filter(([, state]) => state.inFlight > 0 || now - state.used <= newsMs)
  const told = used.map(([id, state]): DeploymentSummary => {
    const { openings, until, since } = state.breaker
    return {
      id,
      breaker: { openings, until, since },
      limits: state.limits,
      seen: [seenBy(worker, version, state, now)],
    }
  })
  const cooling = [...keys].flatMap(([id, { until, isRefused }]) =>
    until > now ? [{ id, until, ...(isRefused === true ? { isRefused } : {}) }] : [],
  )
  // In the order that every summary has.
  return merge({ deployments: told, keys: cooling }, { deployments: [], keys: [] })
}
