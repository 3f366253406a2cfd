import { parseUsd } from '../catalog/money.ts'
import type { HealthView } from '../health/view.ts'
import type { ChatCall } from '../language.ts'
import { auto } from './asked.ts'
import type { Candidate, RoutedFor } from './candidate.ts'
import { complexityOf, type Complexity } from './complexity.ts'
import { explain, type Explanation } from './explanation.ts'
import { bitOf, fit, type Demands, type Fit } from './fit.ts'
import { needsOf, type Needs } from './needs.ts'
import { place, type Judged } from './order.ts'
import type { Policy } from './policy.ts'
import { refusalOf, type Refusal } from './refusal.ts'
import { appliedRule } from './rules.ts'
import { meant, placesOf } from './selection.ts'

export interface RouteInput {
  /** What was asked for: `auto`, an alias of the policy, `provider/model`, a model alone, or a pattern with `*`. */
  readonly asked: string
  readonly needs: Needs
  readonly complexity: Complexity
  /** The class of tasks, where somebody knows it; else what the call looks like. */
  readonly task?: string
  readonly routedFor?: RoutedFor
  readonly policy: Policy
  readonly candidates: readonly Candidate[]
  /** As of now. Undefined: it was never asked. */
  readonly healthOf?: (candidate: Candidate) => HealthView | undefined
  /** `YYYY-MM-DD`: what is not served any more then is left out. */
  readonly today?: string
  /** From 0 to 1, without 1. The same numbers give the same order. */
  readonly random: () => number
}

export type Routed =
  | { readonly type: 'chosen'; readonly order: readonly Candidate[]; readonly explanation: Explanation }
  | { readonly type: 'refused'; readonly refusal: Refusal; readonly explanation: Explanation }

/** What of a call a choice is made by. */
export const seen = (call: ChatCall, streaming = false): Pick<RouteInput, 'needs' | 'complexity'> => ({
  needs: needsOf(call, streaming),
  complexity: complexityOf(call),
})

/** Tokens of an answer that is not limited, as far as prices and durations are compared. */
export const usualOutput = 500

/** Who may answer a call, the best first, and why; or why nobody may. */
export function route(input: RouteInput): Routed {
  const { policy, candidates, needs, random } = input
  const alias = policy.aliases?.find(({ name }) => name === input.asked)?.model
  const asked = alias ?? input.asked
  const task = input.task ?? input.complexity.task
  const applied = appliedRule(input, asked, task)
  const isFree = asked === auto || applied.index !== null
  const named = isFree ? undefined : (meant(asked, candidates) ?? [])
  const demands: Demands = {
    needs,
    output: needs.output ?? usualOutput,
    constraints: policy.constraints ?? {},
    mostPrice: priceOf(policy.constraints?.mostUsd),
    routedFor: input.routedFor ?? {},
    choice: applied.choice,
    task,
    today: input.today,
  }
  const places = placesOf(applied.choice, candidates, random)
  const judged = candidates.map((candidate, index): Judged => {
    const at = places[index] ?? -1
    if (named !== undefined && named[index] !== true)
      return { candidate, health: undefined, place: at, fit: beside.asked }
    if (at === -1) return { candidate, health: undefined, place: at, fit: beside.rule }
    const health = input.healthOf?.(candidate)
    return { candidate, health, place: at, fit: fit(candidate, health, demands) }
  })
  const order = place(
    judged.filter((one) => one.fit.obstacles === 0),
    applied.choice,
    random,
  )
  const leftOut = judged.flatMap(({ candidate, fit: { obstacles } }) =>
    obstacles === 0 ? [] : [{ id: candidate.id, obstacles }],
  )
  const explanation = explain({
    asked: input.asked,
    alias,
    rule: applied.index,
    ruleName: applied.name,
    choice: applied.choice,
    task,
    complexity: input.complexity,
    needs: needs.abilities,
    input: needs.input,
    output: demands.output,
    order,
    leftOut,
  })
  if (order.length > 0) return { type: 'chosen', order: order.map(({ candidate }) => candidate), explanation }
  return { type: 'refused', refusal: refusalOf(input.asked, judged, demands), explanation }
}

const unmeasured = { unsure: 0, price: undefined, ms: undefined, quality: undefined }
/** Those that are not in question are not looked at. */
const beside: Readonly<Record<'asked' | 'rule', Fit>> = {
  asked: { ...unmeasured, obstacles: bitOf.asked },
  rule: { ...unmeasured, obstacles: bitOf.rule },
}

const priceOf = (usd: string | undefined): number | undefined =>
  usd === undefined ? undefined : Number(parseUsd(usd) ?? 0n)
