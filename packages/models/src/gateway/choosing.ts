import { HearthError } from '@hearth/protocol'
import type { Health } from '../health/health.ts'
import type { ChatCall } from '../language.ts'
import { auto } from '../router/asked.ts'
import type { Candidate } from '../router/candidate.ts'
import type { Explanation } from '../router/explanation.ts'
import { route, seen } from '../router/route.ts'
import {
  deploymentsOf,
  everyDeployment,
  type Knows,
  type Manifests,
  type ModelsOf,
  type Wanted,
} from './deployments.ts'
import { embedderNamed, ofOneModel } from './embedder-choice.ts'
import type { Exchange } from './exchange.ts'
import { allowedOf, placesOf, type FactsOf, type Place } from './places.ts'
import type { Allowed, Settings } from './setting.ts'

export interface Chosen {
  /** The best first. */
  readonly places: readonly Place[]
  /** Where something was to be weighed. */
  readonly explanation?: Explanation
}

export interface Choosing {
  readonly settings: Settings
  readonly manifests: Manifests
  readonly knows: Knows
  readonly modelsOf: ModelsOf
  readonly factsOf: FactsOf
  readonly allowed: Allowed
  readonly health: Pick<Health, 'view'>
  readonly today: string
  readonly random: () => number
}

/** Who may answer a call, in order. Throws `models.…` where nobody may. */
export function choose(choosing: Choosing, exchange: Exchange): Chosen {
  if (exchange.protocol !== 'openai-embeddings') return chooseNamed(choosing, exchange, exchange.model)
  const chosen = chooseNamed(choosing, exchange, embedderNamed(choosing.settings, exchange.model))
  return { ...chosen, places: ofOneModel(chosen.places) }
}

function chooseNamed(choosing: Choosing, exchange: Exchange, model: string): Chosen {
  const { settings, allowed } = choosing
  if (isOpen(settings, model)) return byPolicy(choosing, exchange, model)
  const places = allowedOf(named(choosing, model), allowed)
  return { places: places.length < 2 ? places : balanced(places, choosing) }
}

const meant = new WeakMap<Settings, Map<string, readonly Place[]>>()
/** Names that callers make up are not kept for ever. */
const mostMeant = 1000

/** Where a name leads stays for as long as the settings do. */
function named({ settings, manifests, knows, factsOf }: Choosing, model: string): readonly Place[] {
  const names = meant.get(settings) ?? new Map<string, readonly Place[]>()
  meant.set(settings, names)
  const known = names.get(model)
  if (known !== undefined) return known
  const places = placesOf(deploymentsOf(settings, manifests, knows, model), factsOf)
  if (names.size >= mostMeant) names.clear()
  names.set(model, places)
  return places
}

/** Whether more than the name says who answers: the tenant's policy, or that the caller leaves it open. */
export function isOpen({ policy }: Pick<Settings, 'policy'>, model: string): boolean {
  if (model === auto || model.includes('*')) return true
  if (policy === null) return false
  const { aliases = [], rules = [], constraints } = policy
  return rules.length > 0 || constraints !== undefined || aliases.some(({ name }) => name === model)
}

/** Of one model at several places, or under several keys: those that fail often last, else the one that has least to do. */
function balanced(places: readonly Place[], { health, random }: Choosing): readonly Place[] {
  const judged = places.map((place) => {
    const { inFlight, errorRate = 0, standing } = health.view(place.used, 0)
    const band = standing.type === 'resting' ? 2 : errorRate >= failsOften ? 1 : 0
    return { place, band, inFlight, tie: random() }
  })
  return judged
    .sort((one, other) => one.band - other.band || one.inFlight - other.inFlight || one.tie - other.tie)
    .map(({ place }) => place)
}

const failsOften = 0.25

function byPolicy(choosing: Choosing, exchange: Exchange, model: string): Chosen {
  const { settings, health, today, random } = choosing
  const { protocol, stream } = exchange
  const wanted = wantedIn(protocol)
  const places = allPlaces(choosing, model, wanted)
  const byCandidate = new Map(places.map((place) => [place.candidate, place]))
  const { needs: read, complexity } = seen(readOrNothing(exchange), stream)
  const needs = wanted === 'answer' ? read : ({ ...read, [wanted]: true } as const)
  const healthOf = (candidate: Candidate) => {
    const place = byCandidate.get(candidate)
    return place === undefined ? undefined : health.view(place.used, needs.input)
  }
  const candidates = [...byCandidate.keys()]
  const policy = settings.policy ?? {}
  const routed = route({ asked: model, needs, complexity, policy, candidates, healthOf, today, random })
  const { explanation } = routed
  if (routed.type === 'chosen')
    return { places: routed.order.flatMap((candidate) => byCandidate.get(candidate) ?? []), explanation }
  const { code, detail, afterMs } = routed.refusal
  const later = afterMs === undefined ? {} : { retryAfterSeconds: afterMs / 1000 }
  throw new Unroutable(code, detail, later, explanation)
}

const wantedIn = (protocol: Exchange['protocol']): Wanted =>
  protocol === 'openai-embeddings' ? 'vectors' : protocol === 'rerank' ? 'ranking' : 'answer'

/** What can only go on as it is says nothing to choose by. */
function readOrNothing({ asked }: Exchange): ChatCall {
  try {
    return asked().call
  } catch (error) {
    if (error instanceof HearthError) return { prompt: [] }
    throw error
  }
}

/** A refusal that can be explained. */
export class Unroutable extends HearthError {
  readonly explanation: Explanation

  constructor(
    code: string,
    detail: string,
    options: { readonly retryAfterSeconds?: number },
    explanation: Explanation,
  ) {
    super(code, detail, options)
    this.explanation = explanation
  }
}

const verbs = { answer: 'chat', vectors: 'embed', ranking: 'rerank' } as const

/** Everything that there is, and what the name means where nobody has heard of it. */
function allPlaces(choosing: Choosing, asked: string, wanted: Wanted): readonly Place[] {
  const { settings, manifests, knows, modelsOf, factsOf, allowed } = choosing
  const every = everyDeployment(settings, manifests, modelsOf, wanted)
  const all = every.filter(({ manifest }) => manifest.does.includes(verbs[wanted]))
  const unheard = asked === auto || asked.includes('*') ? [] : unheardOf(settings, manifests, knows, asked)
  const known = new Set(all.map(({ entry, model }) => `${entry.name}/${model}`))
  const more = unheard.filter(({ entry, model }) => !known.has(`${entry.name}/${model}`))
  return allowedOf(placesOf([...all, ...more], factsOf), allowed)
}

function unheardOf(settings: Settings, manifests: Manifests, knows: Knows, asked: string) {
  try {
    return deploymentsOf(settings, manifests, knows, asked)
  } catch (error) {
    // An alias, for one; that nobody has it is for the choice to say.
    if (error instanceof HearthError) return []
    throw error
  }
}
