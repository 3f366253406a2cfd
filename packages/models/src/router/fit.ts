import { expectedCost } from '../catalog/cost.ts'
import { dataPolicies, type DataPolicy, type ModelFacts } from '../catalog/facts.ts'
import type { HealthView } from '../health/view.ts'
import type { Candidate, RoutedFor } from './candidate.ts'
import { abilities, has, type Ability, type Needs } from './needs.ts'
import { matchesModel, matchesProvider } from './pattern.ts'
import type { Choice, Constraints } from './policy.ts'

/**
 * Why a candidate is left out, one bit each, the first ones said first. `asked`: it is not what was asked for; `rule`: the rule
 * that was applied does not speak of it; `retired`: the provider does not serve it any more. Then what it lacks, where it would not
 * do, and why it rests.
 */
export const obstacles = [
  'asked',
  'rule',
  'model-not-allowed',
  'provider-not-allowed',
  'data-policy',
  'region',
  'no-chat',
  'no-vectors',
  'no-ranking',
  'retired',
  ...abilities,
  'too-long',
  'output',
  'price',
  'latency',
  'quality',
  'failing',
  'key',
  'key-refused',
  'limit',
] as const

export type Obstacle = (typeof obstacles)[number]

export const bitOf = Object.fromEntries(obstacles.map((name, index) => [name, 1 << index])) as Readonly<
  Record<Obstacle, number>
>

/** What passes by waiting. */
export const restingBits = bitOf.failing | bitOf.key | bitOf['key-refused'] | bitOf.limit

/** All that a candidate has to meet. */
export interface Demands {
  readonly needs: Needs
  /** Tokens of the answer that are reckoned with. */
  readonly output: number
  readonly constraints: Constraints
  /** In picodollars. */
  readonly mostPrice: number | undefined
  readonly routedFor: RoutedFor
  readonly choice: Choice
  readonly task: string
  /** `YYYY-MM-DD`. */
  readonly today: string | undefined
}

export interface Fit {
  /** Of `obstacles`; 0 where there is none. */
  readonly obstacles: number
  /** Of `obstacles`: what nobody knows whether it meets. */
  readonly unsure: number
  /** In picodollars, as expected. */
  readonly price: number | undefined
  /** For the whole answer, as expected. */
  readonly ms: number | undefined
  readonly quality: number | undefined
}

export function fit(candidate: Candidate, health: HealthView | undefined, demands: Demands): Fit {
  const { facts } = candidate
  const { needs } = demands
  const answer =
    needs.vectors === true || needs.ranking === true ? 0 : Math.min(demands.output, facts.output ?? demands.output)
  const price = expectedCost(facts.prices, needs.input, answer)
  const ms = expectedMs(health, demands.output)
  const quality = qualityOf(facts, demands.task)
  let missing = permission(candidate, demands) | standing(health)
  let unsure = 0
  for (const ability of abilitiesOf(demands)) {
    const can = has(facts.can, ability)
    if (can === false) missing |= bitOf[ability]
    else if (can === undefined) unsure |= bitOf[ability]
  }
  const [tooLong, perhapsTooLong] = length(facts, needs)
  missing |= tooLong
  unsure |= perhapsTooLong
  const { mostPrice, constraints, choice } = demands
  if (mostPrice !== undefined && !(price !== undefined && price <= mostPrice)) missing |= bitOf.price
  if (constraints.mostMs !== undefined && ms !== undefined && ms > constraints.mostMs) missing |= bitOf.latency
  if (choice.type === 'cheapest' && choice.quality !== undefined && !((quality ?? -1) >= choice.quality))
    missing |= bitOf.quality
  return { obstacles: missing, unsure, price, ms, quality }
}

const abilitiesOf = ({ needs, choice }: Demands): readonly Ability[] =>
  choice.type === 'cheapest' && choice.able !== undefined ? [...needs.abilities, ...choice.able] : needs.abilities

function permission(candidate: Candidate, { needs, constraints, routedFor, today }: Demands): number {
  const { models, providers } = constraints
  const { until } = candidate.facts
  let missing = ofType(candidate.facts, needs)
  if (until !== undefined && today !== undefined && today > until) missing |= bitOf.retired
  if (models !== undefined && !isPermitted(models, (patterns) => matchesModel(patterns, candidate)))
    missing |= bitOf['model-not-allowed']
  if (providers !== undefined && !isPermitted(providers, (patterns) => matchesProvider(patterns, candidate)))
    missing |= bitOf['provider-not-allowed']
  const care = Math.max(careOf(constraints.dataPolicy), careOf(routedFor.dataPolicy))
  if (care > careOf(candidate.dataPolicy ?? candidate.facts.dataPolicy)) missing |= bitOf['data-policy']
  const regions = candidate.regions ?? candidate.facts.regions ?? []
  for (const allowed of [constraints.regions, routedFor.regions])
    if (allowed !== undefined && !isWithin(regions, allowed)) missing |= bitOf.region
  return missing
}

function ofType({ type, id }: ModelFacts, { vectors, ranking }: Needs): number {
  // Those that rank are few, and where nobody said what a model is, its name does.
  const ranks = type === 'rerank' || (type === undefined && /rerank/i.test(id))
  if (ranking === true) return ranks ? 0 : bitOf['no-ranking']
  if (vectors === true) return ranks || type === 'chat' ? bitOf['no-vectors'] : 0
  return ranks || type === 'embedding' ? bitOf['no-chat'] : 0
}

const isPermitted = (
  { allow, deny }: NonNullable<Constraints['models']>,
  has: (patterns: readonly string[]) => boolean,
): boolean => (allow === undefined || has(allow)) && !(deny !== undefined && has(deny))

/** -1: nobody knows. */
const careOf = (policy: DataPolicy | undefined): number => (policy === undefined ? -1 : dataPolicies.indexOf(policy))

/** One that may answer from any of several regions may answer from one that is not allowed. */
const isWithin = (regions: readonly string[], allowed: readonly string[]): boolean =>
  regions.length > 0 && regions.every((region) => allowed.includes(region))

function standing(health: HealthView | undefined): number {
  if (health?.standing.type !== 'resting') return 0
  return bitOf[health.standing.why === 'refused' ? 'key-refused' : health.standing.why]
}

/** No model that chats takes less: one of which nothing is known takes that. */
const leastContext = 4096

/**
 * What is certain, and what is possible. That a prompt is too long is certain where its least is; how providers take a limit of the
 * answer that is beyond what they do, or does not fit in beside the prompt, differs.
 */
function length({ context, input, output }: ModelFacts, needs: Needs): readonly [certain: number, possible: number] {
  // Of vectors each text counts for itself, and the model cuts or refuses it.
  if (needs.vectors === true || needs.ranking === true) return [0, 0]
  const asked = needs.output ?? 0
  const ofOutput = output !== undefined && asked > output ? bitOf.output : 0
  const window = Math.min(context ?? leastContext, input ?? Number.POSITIVE_INFINITY)
  if (context !== undefined && needs.least > window) return [bitOf['too-long'], ofOutput]
  const room = Math.min(window, (context ?? leastContext) - asked)
  return [0, needs.input > room ? ofOutput | bitOf['too-long'] : ofOutput]
}

export function expectedMs(health: HealthView | undefined, output: number): number | undefined {
  const { firstTokenMs, tokensPerSecond } = health ?? {}
  if (firstTokenMs === undefined && tokensPerSecond === undefined) return undefined
  return (firstTokenMs ?? 0) + (tokensPerSecond === undefined ? 0 : (output * 1000) / tokensPerSecond)
}

function qualityOf({ quality = [] }: ModelFacts, task: string): number | undefined {
  return (quality.find((one) => one.task === task) ?? quality.find((one) => one.task === 'any'))?.score
}
