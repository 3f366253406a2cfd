import * as z from 'zod'

const wellFormed = (value: string): boolean => value.isWellFormed() && !value.includes('\u0000')

/** Text that every store and door can hold: no NUL, no half of a surrogate pair. */
export const text = (options: { readonly max: number; readonly min?: number }): z.ZodString =>
  z
    .string()
    .min(options.min ?? 1)
    .max(options.max)
    .refine(wellFormed, { error: 'must not hold NUL or half of a surrogate pair' })
    .meta({ pattern: '^[^\\u0000]*$' })

export const id = (): z.ZodString => text({ max: 200 })

export const instant = (): z.ZodString => z.string().max(40).meta({ format: 'date-time' })

/** The home that a call is about; the caller's own when it names none. */
export const home = (): z.ZodOptional<z.ZodString> =>
  text({ max: 200 })
    .refine((value) => !value.startsWith('~'), { error: 'homes whose names begin with ~ are Hearth’s own' })
    .meta({
      pattern: '^[^~\\u0000][^\\u0000]*$',
      description: 'The home that it is about; the caller’s own when absent.',
    })
    .optional()

/** A value whose shape belongs to somebody else (an event of any feature). One JSON scalar in GraphQL, text in protobuf. */
export const json = (): z.ZodType<unknown> => z.unknown().meta({ 'x-hearth': 'json' })

export const listInput = {
  limit: z.int().min(1).max(500).optional().meta({ description: 'How many at most; 100 when absent.' }),
  after: text({ max: 500 }).optional().meta({ description: 'Where the last page ended: its `next`.' }),
}

export const list = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() })
