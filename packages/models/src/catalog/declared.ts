import { schema } from '@hearth/protocol'
import * as z from 'zod'
import { dataPolicies } from './facts.ts'
import type { DeclaredFacts } from './layers.ts'

const tokens = z.int().min(1).max(1_000_000_000)
/** Micro-dollars for a million tokens: ten thousand dollars a million at most. */
const price = z.int().min(0).max(10_000_000_000).optional()
/** Picodollars for a search: ten dollars at most. */
const search = z.int().min(0).max(10_000_000_000_000).optional()
const yes = z.boolean().optional()

const rates = {
  input: price,
  cacheRead: price,
  cacheWrite: price,
  cacheWriteHour: price,
  audioInput: price,
  output: price,
  reasoning: price,
  audioOutput: price,
  search,
}
const long = z
  .array(z.strictObject({ above: tokens, ...rates }))
  .max(8)
  .refine((steps) => steps.every(({ above }, index) => index === 0 || above > (steps[index - 1]?.above ?? 0)), {
    error: 'must go up from step to step',
  })
const tariff = { ...rates, long: long.optional() }

/** What a person may say of a model, in operations. */
export const declaredFacts = z.strictObject({
  type: z.enum(['chat', 'embedding', 'rerank']).optional(),
  aliases: z
    .array(schema.text({ max: 200 }))
    .max(20)
    .optional(),
  context: tokens.optional(),
  input: tokens.optional(),
  output: tokens.optional(),
  gives: z
    .array(z.enum(['text', 'image', 'audio', 'video']))
    .max(4)
    .optional(),
  can: z
    .strictObject({
      tools: yes,
      parallelTools: yes,
      structured: z.enum(['schema', 'json', 'none']).optional(),
      streaming: yes,
      images: yes,
      audio: yes,
      pdf: yes,
      video: yes,
      reasoning: yes,
      logprobs: yes,
      caching: yes,
    })
    .optional(),
  prices: z.strictObject({ ...tariff, batch: z.strictObject(tariff).optional() }).optional(),
  embedding: z.strictObject({ dimensions: tokens.optional(), inputs: tokens.optional() }).optional(),
  regions: z
    .array(schema.text({ max: 40 }))
    .max(40)
    .optional(),
  dataPolicy: z.enum(dataPolicies).optional(),
  quality: z
    .array(
      z.strictObject({
        task: schema.text({ max: 40 }),
        score: z.number().min(0).max(1),
        source: schema.text({ max: 200 }),
      }),
    )
    .max(40)
    .optional(),
  until: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .optional(),
  source: schema.text({ max: 500 }).optional(),
})

/** Throws what zod throws. */
export const parseDeclaredFacts = (input: unknown): DeclaredFacts => declaredFacts.parse(input) as DeclaredFacts
