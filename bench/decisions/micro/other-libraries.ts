import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export interface Checks {
  readonly probe: (input: unknown) => boolean
  readonly reminder: (input: unknown) => boolean
}

// The product does not need these libraries, so only what is used of them is described.
type Make = (...words: unknown[]) => unknown
interface TypeBox {
  readonly Type: Readonly<Record<'Object' | 'String' | 'Integer' | 'Optional' | 'Union' | 'Literal' | 'Refine', Make>>
  readonly Compile: (type: unknown) => { Check(input: unknown): boolean; Errors(input: unknown): unknown }
}
type Valibot = Readonly<
  Record<
    | 'strictObject'
    | 'pipe'
    | 'string'
    | 'number'
    | 'integer'
    | 'minValue'
    | 'maxValue'
    | 'minLength'
    | 'maxLength'
    | 'check'
    | 'optional'
    | 'union'
    | 'literal'
    | 'url'
    | 'picklist'
    | 'regex',
    Make
  >
> & { readonly safeParse: (schema: unknown, input: unknown) => { readonly success: boolean } }

const load = async (folder: string, path: string): Promise<Record<string, unknown>> =>
  (await import(pathToFileURL(join(folder, 'node_modules', path)).href)) as Record<string, unknown>

const wellFormed = (value: unknown): boolean =>
  (value as string).isWellFormed() && !(value as string).includes('\u0000')

const isHttp = (value: unknown): boolean => /^https?:$/.test(URL.parse(value as string)?.protocol ?? '')

/** Null when the folder has no TypeBox. Like the others, what it refuses it explains. */
export async function typeboxChecks(folder: string): Promise<Checks | null> {
  if (!existsSync(join(folder, 'node_modules', 'typebox'))) return null
  const type = await load(folder, 'typebox/build/type/index.mjs')
  const compile = await load(folder, 'typebox/build/compile/index.mjs')
  const { Type, Compile } = { Type: type, Compile: compile['Compile'] } as unknown as TypeBox
  const text = (max: number): unknown => Type.Refine(Type.String({ minLength: 1, maxLength: max }), wellFormed)
  const short = (max: number): unknown => Type.Optional(Type.String({ maxLength: max }))
  const strict = { additionalProperties: false }
  const probe = Compile(
    Type.Object(
      {
        stream: text(200),
        events: Type.Integer({ minimum: 1, maximum: 100 }),
        effect: Type.Optional(
          Type.Union([Type.Literal('none'), Type.Refine(Type.String({ maxLength: 2000 }), isHttp)]),
        ),
      },
      strict,
    ),
  )
  const catchUp = Type.Optional(Type.Union(['once', 'skip', 'each'].map((each) => Type.Literal(each))))
  const reminder = Compile(
    Type.Object(
      {
        text: text(2000),
        at: short(64),
        rule: short(500),
        start: short(64),
        zone: short(64),
        catchUp,
        home: Type.Optional(text(200)),
      },
      strict,
    ),
  )
  const explained = (check: typeof probe) => (input: unknown) => check.Check(input) || (void check.Errors(input), false)
  return { probe: explained(probe), reminder: explained(reminder) }
}

/** Null when the folder has no Valibot. */
export async function valibotChecks(folder: string): Promise<Checks | null> {
  if (!existsSync(join(folder, 'node_modules', 'valibot'))) return null
  const v = (await load(folder, 'valibot/dist/index.mjs')) as unknown as Valibot
  const text = (max: number): unknown => v.pipe(v.string(), v.minLength(1), v.maxLength(max), v.check(wellFormed))
  const short = (max: number): unknown => v.optional(v.pipe(v.string(), v.maxLength(max)))
  const address = v.pipe(v.string(), v.url(), v.regex(/^https?:/), v.maxLength(2000))
  const probe = v.strictObject({
    stream: text(200),
    events: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
    effect: v.optional(v.union([v.literal('none'), address])),
  })
  const reminder = v.strictObject({
    text: text(2000),
    at: short(64),
    rule: short(500),
    start: short(64),
    zone: short(64),
    catchUp: v.optional(v.picklist(['once', 'skip', 'each'])),
    home: v.optional(text(200)),
  })
  return {
    probe: (input) => v.safeParse(probe, input).success,
    reminder: (input) => v.safeParse(reminder, input).success,
  }
}
