import { builtInNames, variableTypes } from '@hearth/models'
import { schema } from '@hearth/protocol'
import * as z from 'zod'

export const templateName = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,62}$/, 'must begin with a letter and hold a-z, 0-9, ".", "_" and "-" only')

export const version = z.int().min(1).max(Number.MAX_SAFE_INTEGER)

const text = schema.text({ max: 65_536 })

export const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: text })

const reserved: ReadonlySet<string> = new Set([...builtInNames, 'examples', '__proto__'])

export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'must begin with a letter and hold letters, digits and "_" only')
  .refine((name) => !reserved.has(name), { error: 'is a word of the language' })

export const variable = z.strictObject({
  name: variableName,
  type: z.enum(variableTypes).optional(),
  /** True when absent, where there is no default. */
  required: z.boolean().optional(),
  default: schema.json().optional(),
})

export const example = z.strictObject({ input: text, output: text })

export const selection = z.strictObject({
  by: z.enum(['order', 'likeness']).optional(),
  as: z.enum(['turns', 'variable']).optional(),
  most: z.int().min(0).max(200).optional(),
  tokens: z.int().min(0).max(1_000_000).optional(),
  /** The variable that holds the question at hand. */
  input: variableName.optional(),
})

export const options = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  maxTokens: z.int().min(1).max(10_000_000).optional(),
  stop: z
    .array(schema.text({ max: 200 }))
    .max(16)
    .optional(),
  seed: z.int().min(0).max(2_147_483_647).optional(),
  effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).optional(),
  /** A JSON Schema that the answer has to keep to. */
  schema: schema.json().optional(),
})

export const modelName = schema.text({ max: 300 })

export const definitionInput = {
  /** One message of a person. */
  body: text.optional(),
  /** Several, in the place of `body`. */
  messages: z.array(message).min(1).max(50).optional(),
  variables: z.array(variable).max(50).optional(),
  examples: z.array(example).max(200).optional(),
  selection: selection.optional(),
  /** As a call names one; the policy chooses when absent. */
  model: modelName.optional(),
  options: options.optional(),
}

export const expectation = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('contains'), text: schema.text({ max: 4000 }) }),
  z.strictObject({ type: z.literal('equals'), text: schema.text({ max: 16_000 }) }),
  z.strictObject({ type: z.literal('matches'), pattern: schema.text({ max: 1000 }) }),
  z.strictObject({ type: z.literal('schema'), schema: schema.json() }),
])
