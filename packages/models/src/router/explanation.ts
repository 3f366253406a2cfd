import type { Complexity } from './complexity.ts'
import { obstacles, type Obstacle } from './fit.ts'
import type { Ability } from './needs.ts'
import type { Placed } from './order.ts'
import type { Choice } from './policy.ts'

/** Why a call went where it went: plain data of less than 4 kB, however many candidates there were, kept with the call. */
export interface Explanation {
  readonly asked: string
  /** What the tenant's policy means by that. */
  readonly alias?: string
  /** Which of the policy's rules was applied, from 0; null where none was. */
  readonly rule: number | null
  readonly ruleName?: string
  readonly choice: Choice['type']
  readonly task: string
  readonly complexity: number
  readonly needs: readonly Ability[]
  /** Tokens, as estimated. */
  readonly input: number
  readonly output: number
  readonly candidates: number
  /** The first of those that may answer, in their order. */
  readonly order: readonly ExplainedPlace[]
  readonly fit: number
  /** The others, by the first thing that was against them. */
  readonly leftOut: readonly LeftOut[]
  /** `price`: of some of them no quality was known, and what they cost stood in for it. `median`: of some no speed. */
  readonly standIn?: 'price' | 'median'
}

export interface ExplainedPlace {
  readonly id: string
  /** In billionths of a dollar, as expected. */
  readonly nano?: number
  readonly ms?: number
  readonly quality?: number
  /** Of the last minute's calls, those that failed; where they were so many that it stands behind its equals. */
  readonly failing?: number
  readonly inFlight?: number
  /** What nobody knows whether it can; it stands behind those of whom it is known. */
  readonly unsure?: readonly Obstacle[]
  /** It was resting, and this call tries it. */
  readonly probe?: true
}

export interface LeftOut {
  readonly why: Obstacle
  readonly count: number
  /** Some of them, as many as there is room for. */
  readonly some: readonly string[]
}

export interface Explained {
  readonly asked: string
  readonly alias: string | undefined
  readonly rule: number | null
  readonly ruleName: string | undefined
  readonly choice: Choice
  readonly task: string
  readonly complexity: Complexity
  readonly needs: readonly Ability[]
  readonly input: number
  readonly output: number
  readonly order: readonly Placed[]
  readonly leftOut: readonly { readonly id: string; readonly obstacles: number }[]
}

const mostBytes = 4000
const longestName = 100
/** What all that is always there can come to, with the longest names. */
const ofHead = 900
const ofGroup = 45
const mostPlaces = 12

export function explain(facts: Explained): Explanation {
  const { alias, ruleName, complexity, choice } = facts
  const groups = groupsOf(facts.leftOut)
  let room = mostBytes - ofHead - groups.length * ofGroup
  const order: ExplainedPlace[] = []
  for (const placed of facts.order) {
    const explained = explainPlace(placed)
    const size = sizeOf(explained.id) + 120 + 16 * (explained.unsure?.length ?? 0)
    if (order.length === mostPlaces || size > room) break
    room -= size
    order.push(explained)
  }
  const standIn = standInOf(choice, facts.order)
  return {
    asked: short(facts.asked),
    ...(alias === undefined ? {} : { alias: short(alias) }),
    rule: facts.rule,
    ...(ruleName === undefined ? {} : { ruleName: short(ruleName) }),
    choice: choice.type,
    task: short(facts.task),
    complexity: complexity.score,
    needs: facts.needs,
    input: facts.input,
    output: facts.output,
    candidates: facts.order.length + facts.leftOut.length,
    order,
    fit: facts.order.length,
    leftOut: namedWithin(groups, room),
    ...(standIn === undefined ? {} : { standIn }),
  }
}

function explainPlace({ candidate, health, fit, band }: Placed): ExplainedPlace {
  return {
    id: short(candidate.id),
    ...(fit.price === undefined ? {} : { nano: Math.ceil(fit.price / 1000) }),
    ...(fit.ms === undefined ? {} : { ms: Math.round(fit.ms) }),
    ...(fit.quality === undefined ? {} : { quality: fit.quality }),
    ...(band === 1 ? { failing: health?.errorRate ?? 0 } : {}),
    ...(health === undefined || health.inFlight === 0 ? {} : { inFlight: health.inFlight }),
    ...(fit.unsure === 0 ? {} : { unsure: obstaclesOf(fit.unsure) }),
    ...(health?.standing.type === 'probe' ? { probe: true } : {}),
  }
}

export const obstaclesOf = (bits: number): readonly Obstacle[] =>
  obstacles.filter((_, index) => (bits & (1 << index)) !== 0)

const firstOf = (bits: number): number => 31 - Math.clz32(bits & -bits)

function groupsOf(leftOut: Explained['leftOut']): readonly (readonly [why: Obstacle, ids: readonly string[]])[] {
  const groups: string[][] = []
  for (const { id, obstacles: bits } of leftOut) (groups[firstOf(bits)] ??= []).push(id)
  return obstacles.flatMap((why, index) => (groups[index] === undefined ? [] : [[why, groups[index]] as const]))
}

/** A name of each group in turn, so that a large one leaves room for the others. */
function namedWithin(
  groups: readonly (readonly [why: Obstacle, ids: readonly string[]])[],
  bytes: number,
): readonly LeftOut[] {
  const named = groups.map(([why, ids]) => ({ why, count: ids.length, some: [] as string[] }))
  const longest = Math.max(0, ...groups.map(([, ids]) => ids.length))
  let room = bytes
  for (let turn = 0; turn < longest; turn++)
    for (const [index, [, ids]] of groups.entries()) {
      const id = ids[turn]
      if (id === undefined) continue
      const name = short(id)
      room -= sizeOf(name)
      if (room < 0) return named
      named[index]?.some.push(name)
    }
  return named
}

function standInOf(choice: Choice, order: readonly Placed[]): Explanation['standIn'] {
  if (choice.type === 'best' && order.some(({ fit }) => fit.quality === undefined)) return 'price'
  return choice.type === 'fastest' && order.some(({ fit }) => fit.ms === undefined) ? 'median' : undefined
}

const short = (name: string): string => (name.length <= longestName ? name : `${name.slice(0, longestName - 1)}…`)

const plain = /^[ !#-[\]-~]*$/

/** As JSON, with a comma; at the most, where it holds what JSON escapes or UTF-8 needs more for. */
const sizeOf = (name: string): number => (plain.test(name) ? name.length : name.length * 6) + 3
