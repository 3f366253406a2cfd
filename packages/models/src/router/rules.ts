import { dataPolicies } from '../catalog/facts.ts'
import { auto } from './asked.ts'
import { matches } from './pattern.ts'
import { defaultChoice, type Choice, type Condition } from './policy.ts'
import type { RouteInput } from './route.ts'

export interface Applied {
  /** Null where none of the rules was. */
  readonly index: number | null
  readonly name?: string
  readonly choice: Choice
}

/** The first rule that holds; for whoever names a model, of those that speak of what was asked. */
export function appliedRule(input: RouteInput, asked: string, task: string): Applied {
  const { rules = [], otherwise = defaultChoice } = input.policy
  for (const [index, { name, when, choose }] of rules.entries()) {
    if (asked !== auto && !when.some(({ type }) => type === 'asked')) continue
    if (!when.every((condition) => holds(condition, input, task))) continue
    return { index, choice: choose, ...(name === undefined ? {} : { name }) }
  }
  // A choice among models of its own says nothing of the one that was named.
  const isOfAny = otherwise.type === 'cheapest' || otherwise.type === 'fastest' || otherwise.type === 'best'
  if (asked === auto) return { index: null, choice: otherwise }
  return { index: null, choice: isOfAny ? { type: otherwise.type } : defaultChoice }
}

function holds(condition: Condition, { asked, needs, complexity, routedFor = {} }: RouteInput, task: string): boolean {
  switch (condition.type) {
    case 'task':
      return condition.any.includes(task)
    case 'complexity':
      return isWithin(complexity.score, condition)
    case 'tokens':
      return isWithin(needs.input, condition)
    case 'needs':
      return condition.all.every((ability) => needs.abilities.includes(ability))
    case 'tags':
      return (routedFor.tags ?? []).some((tag) => condition.any.includes(tag))
    case 'regions':
      return (routedFor.regions ?? []).some((region) => condition.any.includes(region))
    case 'data-policy':
      return (
        routedFor.dataPolicy !== undefined &&
        dataPolicies.indexOf(routedFor.dataPolicy) >= dataPolicies.indexOf(condition.atLeast)
      )
    case 'asked':
      return condition.any.some((pattern) => matches(pattern, asked))
  }
}

const isWithin = (
  value: number,
  { atLeast, atMost }: { readonly atLeast?: number | undefined; readonly atMost?: number | undefined },
): boolean => (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
