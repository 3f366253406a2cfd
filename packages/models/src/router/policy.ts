import { schema } from '@hearth/protocol'
import * as z from 'zod'
import { dataPolicies } from '../catalog/facts.ts'
import { parseUsd } from '../catalog/money.ts'
import { abilities } from './needs.ts'

const word = schema.text({ max: 60 })
/** `provider/model` or a model alone, with `*` for anything. */
const pattern = schema.text({ max: 200 })
const patterns = z.array(pattern).min(1).max(100)
const words = z.array(word).min(1).max(50)
const share = z.number().min(0).max(1)
const tokens = z.int().min(0).max(1_000_000_000)
const able = z.array(z.enum(abilities)).min(1).max(abilities.length)

/** Of what was asked, and who asked. What is absent holds. */
const condition = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('task'), any: words }),
  z.strictObject({ type: z.literal('complexity'), atLeast: share.optional(), atMost: share.optional() }),
  z.strictObject({ type: z.literal('tokens'), atLeast: tokens.optional(), atMost: tokens.optional() }),
  z.strictObject({ type: z.literal('needs'), all: able }),
  z.strictObject({ type: z.literal('tags'), any: words }),
  z.strictObject({ type: z.literal('regions'), any: words }),
  z.strictObject({ type: z.literal('data-policy'), atLeast: z.enum(dataPolicies) }),
  z.strictObject({ type: z.literal('asked'), any: patterns }),
])

const choice = z.discriminatedUnion('type', [
  /** Wherever this model is to be had. */
  z.strictObject({ type: z.literal('pinned'), model: pattern }),
  /** Of those that are good enough. */
  z.strictObject({
    type: z.literal('cheapest'),
    among: patterns.optional(),
    quality: share.optional(),
    able: able.optional(),
  }),
  z.strictObject({ type: z.literal('fastest'), among: patterns.optional() }),
  z.strictObject({ type: z.literal('best'), among: patterns.optional() }),
  z.strictObject({
    type: z.literal('weighted'),
    models: z
      .array(z.strictObject({ model: pattern, weight: z.int().min(1).max(1000) }))
      .min(1)
      .max(50),
  }),
  z.strictObject({ type: z.literal('chain'), models: patterns }),
])

const permitted = z.strictObject({ allow: patterns.optional(), deny: patterns.optional() })

/** What holds whatever is chosen. What nobody knows of a model does not meet it. */
const constraints = z.strictObject({
  models: permitted.optional(),
  providers: permitted.optional(),
  dataPolicy: z.enum(dataPolicies).optional(),
  regions: words.optional(),
  mostUsd: z
    .string()
    .max(32)
    .refine((text) => (parseUsd(text) ?? -1n) >= 0n, { error: 'must be an amount in dollars, like 0.05' })
    .optional()
    .meta({ description: 'What one call may be expected to cost.' }),
  mostMs: z
    .int()
    .min(1)
    .max(86_400_000)
    .optional()
    .meta({ description: 'How long an answer may be expected to take, as far as it was measured.' }),
})

/** How long is waited for a provider. Where nobody says so it goes by what was measured, and is never less than ten seconds. */
export const patienceSchema = z.strictObject({
  headMs: z
    .int()
    .min(100)
    .max(300_000)
    .optional()
    .meta({ description: 'For an answer to begin, where another place is left to ask.' }),
  idleMs: z.int().min(100).max(600_000).optional().meta({ description: 'For the next piece of an answer.' }),
})

/**
 * How a tenant has its models chosen. The first rule whose conditions all hold says how; `otherwise` where none does. Whoever names
 * a model gets that one, but for rules that speak of what was asked.
 */
export const policySchema = z.strictObject({
  aliases: z
    .array(z.strictObject({ name: word, model: pattern }))
    .max(200)
    .optional(),
  rules: z
    .array(z.strictObject({ name: word.optional(), when: z.array(condition).max(20), choose: choice }))
    .max(50)
    .optional(),
  otherwise: choice.optional(),
  constraints: constraints.optional(),
  hedge: z
    .strictObject({ afterMs: z.int().min(20).max(120_000) })
    .optional()
    .meta({
      description:
        'Where nothing of an answer has come by then, the next place is asked too: who speaks first answers, and both are paid.',
    }),
  patience: patienceSchema
    .optional()
    .meta({ description: 'How long is waited for a provider, where it says nothing of that itself.' }),
  lost: z.enum(['end', 'continue']).optional().meta({
    description:
      'What becomes of a streamed answer whose provider is lost after its first token: it ends with an error (`end`, as where nothing is said), or the next place goes on with it unseen (`continue`), and both are paid.',
  }),
  batch: z.boolean().optional().meta({
    description:
      'Texts whose vectors are asked for while others are under way go out together with those that come within a few milliseconds.',
  }),
})

export type Policy = z.infer<typeof policySchema>
export type Rule = NonNullable<Policy['rules']>[number]
export type Condition = Rule['when'][number]
export type Choice = Rule['choose']
export type Constraints = NonNullable<Policy['constraints']>

export const defaultChoice: Choice = { type: 'cheapest' }
