import type { CallHealth } from '../health/call.ts'
import type { HealthView } from '../health/view.ts'
import type { Calling } from './calling.ts'
import type { Place } from './places.ts'
import type { RunPorts } from './try-once.ts'
import { Waiting } from './waiting.ts'
import { askedMost } from './worst-cost.ts'

/** How long is waited for a provider. */
export interface Patience {
  /** For the head of an answer, where another place is left to ask. */
  readonly headMs?: number | undefined
  /** For the next piece of it. */
  readonly idleMs?: number | undefined
}

/** Nobody who thinks for a while is taken for one who never answers. */
const leastMs = 10_000
/** Of a place that nobody knows yet: it may have to load its model. */
const unknownMs = 60_000
/** Times of what it usually takes. */
const [factor, silentFactor, speedFactor] = [8, 20, 3]
const leastSilentMs = 2000
/** Tokens of an answer of which nobody says how long it may be. */
const usualMost = 1000
/** A prompt is read at two thousand tokens a second at least. */
const msOfToken = 0.5

/** Of a try at a place, where another is left to ask; as long as anything may take where nothing better is known. */
export function waitingAt(ports: RunPorts, call: Calling, place: Place, health: CallHealth): Waiting {
  const view = ports.health.view(place.used, 0)
  const { deployment } = place
  const { headWithinMs } = ports.limits
  const set = deployment.entry.patience?.headMs ?? ports.patience?.headMs
  const headMs = set ?? learnt(ports, call, place, view) ?? headWithinMs
  const silentMs = call.exchange.stream
    ? silenceOf(view.firstTokenMs)
    : silenceOfWhole(view, askedMost(call.exchange.json))
  return new Waiting({ headMs: Math.min(headMs, headWithinMs), silentMs, health, now: ports.now })
}

function learnt({ facts }: RunPorts, call: Calling, { deployment }: Place, view: HealthView): number | undefined {
  const { exchange, prompt } = call
  if (exchange.stream) return headOfStream(view, prompt)
  return headOfWhole(view, prompt, askedMost(exchange.json) ?? facts(deployment).output)
}

const silenceOf = (usualMs: number | undefined): number | undefined =>
  usualMs === undefined ? undefined : Math.max(leastSilentMs, silentFactor * usualMs)

/** Of what comes whole nothing is heard while it is made: after short answers a long one is no silence. */
export function silenceOfWhole(
  { wholeMs, tokensPerSecond }: Pick<HealthView, 'wholeMs' | 'tokensPerSecond'>,
  most = usualMost,
): number | undefined {
  const silentMs = silenceOf(wholeMs)
  if (silentMs === undefined || tokensPerSecond === undefined) return silentMs
  return Math.max(silentMs, (1000 * most) / tokensPerSecond)
}

/** How long the head of a stream is waited for, by what its place usually takes to its first word. */
export const headOfStream = ({ firstTokenMs }: Pick<HealthView, 'firstTokenMs'>, prompt: number): number =>
  prompt * msOfToken + (firstTokenMs === undefined ? unknownMs : Math.max(leastMs, factor * firstTokenMs))

/** What comes whole comes when it is done: of an answer of so many tokens at most. Undefined where nobody knows how long that is. */
export function headOfWhole(
  { wholeMs = 0, tokensPerSecond }: Pick<HealthView, 'wholeMs' | 'tokensPerSecond'>,
  prompt: number,
  most: number | undefined,
): number | undefined {
  if (tokensPerSecond === undefined || most === undefined) return undefined
  return prompt * msOfToken + Math.max(leastMs, factor * wholeMs, (speedFactor * 1000 * most) / tokensPerSecond)
}

/** Whether another place than this is left, and may be asked now. */
export function isAnotherLeft(
  { health }: Pick<RunPorts, 'health'>,
  places: readonly Place[],
  index: number,
  tokens: number,
): boolean {
  for (let next = index + 1; next < places.length; next += 1) {
    const place = places[next] as Place
    if (place.deployment !== places[index]?.deployment && health.standing(place.used, tokens).type !== 'resting')
      return true
  }
  return false
}
