import * as z from 'zod'
import type { Limit } from './limits.ts'

export const spans = ['day', 'month', 'total'] as const

/** In dollars. */
export const amount = z.number().min(0).max(1_000_000)

export const limitInput = z.strictObject({ usd: amount, per: z.enum(spans) })

/** Whole billionths of a dollar. */
export const nanoOf = (usd: number): number => Math.round(usd * 1e9)

export const limitOf = ({ usd, per }: z.infer<typeof limitInput>, kind: Limit['kind'] = 'hard'): Limit => ({
  per,
  nano: nanoOf(usd),
  kind,
})
