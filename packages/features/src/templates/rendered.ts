import { auto, estimateTokens, type Rendered, type TemplateDefinition, type Values } from '@hearth/models'
import { HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import type { Caller } from '../feature.ts'
import { callOf } from './calling.ts'
import { askRenderer } from './rendering.ts'
import { valuesOf } from './values.ts'

/** The values of the variables, by their names. */
export const variablesInput = schema.json().optional()

/** Characters of all values together. No prompt may be longer. */
const mostOfValues = 1_000_000

const sizeOf = (values: Values): number =>
  Object.values(values).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value.length : JSON.stringify(value).length),
    0,
  )

/** What of a template goes out with these values. Throws `input.invalid` or `templates.…`. */
export function rendered(
  caller: Pick<Caller, 'attach' | 'principal'>,
  name: string,
  definition: TemplateDefinition,
  given: unknown,
): Promise<Rendered> {
  const values = valuesOf(definition, given)
  if (sizeOf(values) > mostOfValues)
    throw new HearthError('templates.too-much', 'The variables hold more than a prompt may.')
  return askRenderer<'render'>(caller, name, { type: 'render', definition, values })
}

export const tokensOf = ({ messages }: Pick<Rendered, 'messages'>, { options }: TemplateDefinition): number =>
  estimateTokens(callOf(messages, options))

export const modelOf = ({ model }: Pick<TemplateDefinition, 'model'>): string => model ?? auto

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

export const renderedOutput = {
  version: count,
  /** As the gateway would ask for it: `auto` where the policy chooses. */
  model: z.string(),
  messages: z.array(
    z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string(), example: z.boolean().optional() }),
  ),
  /** Which of the examples were chosen, counted from 0, in the order in which they stand. */
  examples: z.array(z.object({ index: count, likeness: z.number().optional() })),
  /** Of the prompt, estimated high. */
  tokens: count,
}
