import { schema } from '@hearth/protocol'
import * as z from 'zod'

export const cacheScopes = ['key', 'home', 'tenant'] as const

/** Whether answers are kept and given again, and to whom. What is absent is as narrow as it can be. */
export const cacheSchema = z.strictObject({
  when: z.enum(['always', 'asked', 'never']).optional().meta({
    description: 'asked: for calls that say so in x-hearth-cache. never: not even for those. always by default.',
  }),
  scope: z.enum(cacheScopes).optional().meta({
    description:
      'Who is answered with what was answered to whom: the same key, the same home, or anybody. key by default.',
  }),
  seconds: z
    .int()
    .min(1)
    .max(2_592_000)
    .optional()
    .meta({ description: 'How long an answer is good; an hour by default.' }),
  sampled: z.boolean().optional().meta({
    description: 'Answers that chance has a part in too, which is all but those that were asked for at temperature 0.',
  }),
  semantic: z
    .strictObject({ threshold: z.number().min(0.7).max(1).optional(), model: schema.text({ max: 200 }).optional() })
    .optional()
    .meta({
      description:
        'Questions that mean the same too: nearer to each other than the threshold, 0.97 by default, by vectors of the model, which are made here by default.',
    }),
  prompts: z.boolean().optional().meta({
    description: 'Long beginnings of prompts are marked for the cache of Anthropic, where a client has marked nothing.',
  }),
})

export type CacheSetting = z.infer<typeof cacheSchema>

/** What a tenant has set, and how often it was set: with each time what was kept is forgotten. */
export interface CachesSet {
  readonly setting: CacheSetting | null
  readonly version: number
}

/** What a call says of it: `refresh` asks anew, and keeps what comes. */
export type CacheUse = 'off' | 'use' | 'refresh'

export interface CacheTerms {
  readonly scope: (typeof cacheScopes)[number]
  readonly ms: number
  /** Whether it may be answered from what is kept. */
  readonly reads: boolean
  readonly sampled: boolean
  readonly threshold: number | null
  /** The model that makes vectors of questions; undefined: they are made here. */
  readonly embedder: string | undefined
}

/** Null where nothing is kept of a call, nor looked for. */
export function termsOf(setting: CacheSetting | null, use: CacheUse | undefined): CacheTerms | null {
  const {
    when = setting === null ? 'asked' : 'always',
    scope = 'key',
    seconds = 3600,
    sampled,
    semantic,
  } = setting ?? {}
  if (when === 'never' || use === 'off' || (when === 'asked' && use === undefined)) return null
  return {
    scope,
    ms: seconds * 1000,
    reads: use !== 'refresh',
    // Whoever asks for it knows what they ask for.
    sampled: sampled === true || use !== undefined,
    threshold: semantic === undefined ? null : (semantic.threshold ?? 0.97),
    embedder: semantic?.model,
  }
}
