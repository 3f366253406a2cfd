import { HearthError } from '@hearth/protocol'
import type { Health } from '../health/health.ts'
import type { ChatCall } from '../language.ts'
import { auto } from '../router/asked.ts'
import type { Candidate } from '../router/candidate.ts'
import type { Explanation } from '../router/explanation.ts'
import { route, seen } from '../router/route.ts'
import {
  allowedOf,
  deploymentsOf,
  embedded,
  everyDeployment,
  type Knows,
  type Manifests,
  type ModelsOf,
} from './deployments.ts'
import type { Exchange } from './exchange.ts'
import { placesOf, type FactsOf, type Place } from './places.ts'
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
  if (exchange.protocol === 'openai-embeddings') return chooseEmbedder(choosing, exchange)
  return chooseNamed(choosing, exchange, exchange.model)
}

function chooseNamed(choosing: Choosing, exchange: Exchange, model: string): Chosen {
  const { settings, manifests, knows, factsOf, allowed } = choosing
  if (isOpen(settings, model)) return byPolicy(choosing, exchange, model)
  const deployments = allowedOf(deploymentsOf(settings, manifests, knows, model), allowed)
  const places = placesOf(deployments, factsOf)
  return { places: places.length < 2 ? places : balanced(places, choosing) }
}

/** What vectors are asked for by, where it is not to matter which model makes them. */
const anyEmbedder = 'embeddings'

/** The model that makes a tenant's vectors: the policy says so by an alias of this name. */
export const embedderOf = ({ policy }: Pick<Settings, 'policy'>): string =>
  policy?.aliases?.find(({ name }) => name === anyEmbedder)?.model ?? `${embedded.name}/${embedded.models?.[0] ?? ''}`

/** Vectors of two models cannot be compared, so that no other model may take the place of the one that is meant. */
function chooseEmbedder(choosing: Choosing, exchange: Exchange): Chosen {
  const { policy } = choosing.settings
  const isAlias = policy?.aliases?.some(({ name }) => name === exchange.model) ?? false
  const model = exchange.model === anyEmbedder && !isAlias ? embedderOf(choosing.settings) : exchange.model
  if (!isAlias && (model === auto || model.includes('*')))
    throw new HearthError('models.unknown', 'Vectors of two models cannot be compared: name one model for them.')
  const { places, ...why } = chooseNamed(choosing, exchange, model)
  const first = places[0]?.deployment.model
  return { places: places.filter(({ deployment }) => deployment.model === first), ...why }
}

/** Whether more than the name says who answers: the tenant's policy, or that the caller leaves it open. */
function isOpen({ policy }: Settings, model: string): boolean {
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
  const wanted = protocol === 'openai-embeddings' ? 'vectors' : 'answer'
  const places = allPlaces(choosing, model, wanted)
  const byCandidate = new Map(places.map((place) => [place.candidate, place]))
  const { needs: read, complexity } = seen(readOrNothing(exchange), stream)
  const needs = wanted === 'vectors' ? ({ ...read, vectors: true } as const) : read
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

/** Everything that there is, and what the name means where nobody has heard of it. */
function allPlaces(choosing: Choosing, asked: string, wanted: 'answer' | 'vectors'): readonly Place[] {
  const { settings, manifests, knows, modelsOf, factsOf, allowed } = choosing
  const all = everyDeployment(settings, manifests, modelsOf, wanted)
  const named = asked === auto || asked.includes('*') ? [] : unheardOf(settings, manifests, knows, asked)
  const known = new Set(all.map(({ entry, model }) => `${entry.name}/${model}`))
  const more = named.filter(({ entry, model }) => !known.has(`${entry.name}/${model}`))
  return placesOf(allowedOf([...all, ...more], allowed), factsOf)
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
