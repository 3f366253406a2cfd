import type { Selection, TemplateDefinition, Values } from './definition.ts'
import { likenesses } from './likeness.ts'

export interface Chosen {
  /** Which of the examples. */
  readonly index: number
  /** How alike, where that was asked. */
  readonly likeness?: number
}

/** The examples that go with a call, in the order in which they stand in it. */
export function chooseExamples({ examples, selection }: TemplateDefinition, values: Values): readonly Chosen[] {
  const { by, most = examples.length, tokens = Infinity } = selection
  const ranked = by === 'order' ? examples.map((_, index) => ({ index })) : byLikeness(examples, selection, values)
  const chosen: Chosen[] = []
  let left = tokens
  for (const one of ranked) {
    const size = examples[one.index]?.tokens ?? 0
    if (chosen.length >= most) break
    // One that is too long leaves room for shorter ones after it.
    if (size > left) continue
    left -= size
    chosen.push(one)
  }
  return by === 'order' ? chosen : chosen.toReversed()
}

function byLikeness(examples: TemplateDefinition['examples'], selection: Selection, values: Values) {
  const likeness = likenesses(
    questionIn(selection, values),
    examples.map(({ input }) => input),
  )
  return likeness
    .map((value, index) => ({ index, likeness: Math.round(value * 10_000) / 10_000 }))
    .toSorted((one, other) => other.likeness - one.likeness || one.index - other.index)
}

function questionIn({ input }: Selection, values: Values): string {
  if (input !== undefined) return textOf(values[input])
  return Object.values(values)
    .filter((value) => typeof value === 'string')
    .join('\n')
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value)
