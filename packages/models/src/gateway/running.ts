import { HearthError } from '@hearth/protocol'
import type { FailureType, ModelFailure } from '../failure.ts'
import type { Standing } from '../health/view.ts'
import type { Calling } from './calling.ts'
import type { Permit } from './gates.ts'
import { tryFrom } from './hedging.ts'
import { isAnotherLeft, waitingAt } from './patience.ts'
import type { Place } from './places.ts'
import type { Unfinished } from './continuing/unfinished.ts'
import type { Tried } from './tried.ts'
import { goesOn, type Entered, type RunPorts } from './try-once.ts'

/** All places are gone through so often, with a pause before each time but the first. */
const mostRounds = 3
const mostTries = 12
const firstWaitMs = 250
const longestWaitMs = 5_000

/** Of use at the same place, after a while. */
const passing: ReadonlySet<FailureType> = new Set(['away', 'lost', 'garbage', 'rate'])
/** Another key may do where this one does not; what else fails, fails under any. */
const ofKey: ReadonlySet<FailureType> = new Set(['rate', 'key'])

/** A part of an answer has gone out, and another model can go on with it. */
export type Lost = Extract<Tried, { readonly type: 'failed' }> & { readonly unfinished: Unfinished }

/** Asks one place after the other until one has answered, or begun to. Says to whoever asked where none does. Gives what is to be gone on with. */
export async function run(
  ports: RunPorts,
  call: Calling,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<Lost | null> {
  let last: ModelFailure | null = null
  let permit: Permit | null = null
  let left = places
  for (let round = 0; round < mostRounds; round += 1) {
    const { ended, failure, again, full, lost }: Passage = await goThrough(ports, call, left, signal, permit)
    permit = null
    left = places
    if (ended) return lost
    if (full !== null) {
      permit = await turnAt(ports, call, full, signal)
      if (permit === null) {
        call.failed(failure)
        return null
      }
      // To wait for one's turn is no try that failed, and those that were asked are not asked again by it.
      left = full
      round -= 1
      continue
    }
    last = failure
    const waitMs = again ? waitBefore(round, failure, ports.random) : null
    if (waitMs === null || round === mostRounds - 1) break
    await ports.pause(waitMs, signal)
    if (call.exchange.sink.isGone || signal.aborted) break
  }
  if (last !== null) call.failed(last)
  return null
}

interface Passage {
  readonly ended: boolean
  readonly failure: ModelFailure
  /** Whether any of them may do in a moment. */
  readonly again: boolean
  /** Of those that are left to ask these take no more calls at once. */
  readonly full: readonly Place[] | null
  readonly lost: Lost | null
}

/** Waits until one of these takes a call. */
function turnAt(
  { gates }: RunPorts,
  { exchange }: Calling,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<Permit | null> {
  const { asker, background = false, sink } = exchange
  const entries = [...new Set(places.map(({ deployment }) => deployment.entry))]
  return gates.wait({ asker, entries, background, signal, onGone: (then) => sink.onGone(then) })
}

const allTaken: ModelFailure = {
  type: 'rate',
  detail: 'as many calls as it takes at once are under way there',
  afterMs: 1000,
}

async function goThrough(
  ports: RunPorts,
  call: Calling,
  places: readonly Place[],
  signal: AbortSignal,
  given: Permit | null,
): Promise<Passage> {
  let permit = given
  try {
    return await passThrough(ports, call, places, signal, ({ entry }) => {
      const own = permit?.provider === entry.name ? permit : null
      if (own !== null) permit = null
      return own ?? ports.gates.enter(call.exchange.asker.tenant, entry)
    })
  } finally {
    permit?.leave()
  }
}

async function passThrough(
  ports: RunPorts,
  call: Calling,
  places: readonly Place[],
  signal: AbortSignal,
  enter: (deployment: Place['deployment']) => Permit | null,
): Promise<Passage> {
  const given = new Set<unknown>()
  const full: Place[] = []
  let failure: ModelFailure | null = null
  let rests: ModelFailure | null = null
  let refusal: HearthError | null = null
  let again = false
  const enterAt = (place: Place, index: number): Entered | null => {
    if (given.has(place.deployment)) return null
    // Looked at before a permit is taken: one that is given back unused goes to the next that waits, who would do the same.
    if (place.deployment.entry.concurrency !== undefined) {
      const standing = ports.health.standing(place.used, call.tokens)
      if (standing.type === 'resting') {
        rests = sooner(rests, atRest(standing))
        return null
      }
    }
    const permit = enter(place.deployment)
    if (permit === null) {
      full.push(place)
      return null
    }
    const admitted = ports.health.begin(place.used, call.tokens)
    if (admitted.type === 'begun') {
      const health = admitted.call
      const waiting = isAnotherLeft(ports, places, index, call.tokens) ? waitingAt(ports, call, place, health) : null
      return { place, permit, health, waiting }
    }
    permit.leave()
    rests = sooner(rests, atRest(admitted.standing))
    return null
  }
  for (const [index, place] of places.entries()) {
    const entered = enterAt(place, index)
    if (entered === null) continue
    const tried = await tryFrom(ports, call, entered, signal, () => {
      for (const [ahead, next] of places.slice(index + 1).entries()) {
        const other = next.deployment === place.deployment ? null : enterAt(next, index + 1 + ahead)
        if (other === null) continue
        given.add(next.deployment)
        return other
      }
      return null
    })
    if (tried instanceof HearthError) {
      refusal ??= tried
      continue
    }
    if (tried.type === 'done' || tried.begun)
      return { ended: true, failure: nothing, again: false, full: null, lost: isLost(tried) ? tried : null }
    failure = tried.failure
    const isOver = call.exchange.sink.isGone || signal.aborted || call.tries.length >= mostTries
    if (isOver || !goesOn.has(failure.type)) return { ended: false, failure, again: false, full: null, lost: null }
    again ||= passing.has(failure.type)
    if (!ofKey.has(failure.type)) given.add(place.deployment)
  }
  const left = full.length === 0 ? null : full
  if (failure !== null) return { ended: false, failure, again, full: left, lost: null }
  if (left !== null) return { ended: false, failure: allTaken, again: true, full: left, lost: null }
  // Of those that could be asked, none can be paid for.
  if (refusal !== null && rests === null) throw refusal
  return { ended: false, failure: rests ?? nothing, again: rests !== null, full: null, lost: null }
}

const isLost = (tried: Tried): tried is Lost => tried.type === 'failed' && tried.unfinished !== undefined

const nothing: ModelFailure = { type: 'away', detail: 'there is nobody to ask' }

const words: Readonly<Record<Extract<Standing, { type: 'resting' }>['why'], string>> = {
  failing: 'it has failed too often, and is left alone for a while',
  key: 'its key has had enough for now',
  refused: 'the provider did not take its key, which is asked seldom until it is replaced (providers.add)',
  limit: 'it has had as much as it takes for now',
}

const typeOf = { failing: 'away', key: 'rate', refused: 'key', limit: 'rate' } as const

const atRest = ({ why, forMs }: Extract<Standing, { type: 'resting' }>): ModelFailure => ({
  type: typeOf[why],
  detail: words[why],
  afterMs: Math.ceil(forMs),
})

const sooner = (one: ModelFailure | null, other: ModelFailure): ModelFailure =>
  one === null || (other.afterMs ?? 0) < (one.afterMs ?? 0) ? other : one

/** Before all are tried again; null where the provider wants to be left alone for longer than anybody would wait. */
function waitBefore(round: number, { afterMs }: ModelFailure, random: () => number): number | null {
  if (afterMs !== undefined && afterMs > longestWaitMs) return null
  const wait = Math.min(firstWaitMs * 2 ** round, longestWaitMs) * (0.5 + random() / 2)
  return Math.max(wait, afterMs ?? 0)
}
