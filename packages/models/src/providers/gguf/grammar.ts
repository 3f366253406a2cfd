import { ModelError } from '../../failure.ts'
import { isObject } from '../failures/chain.ts'

/** A grammar of llama.cpp’s, made of rules that are written once. */
export class Grammar {
  readonly #rules = new Map<string, string>()
  #letters = 0
  #numbered = 0

  /** The name of a rule with this body. */
  rule(body: string, name?: string): string {
    const called = name ?? `r${(this.#numbered += 1)}`
    this.set(called, body)
    return called
  }

  set(name: string, body: string): void {
    this.#letters += body.length
    if (this.#letters > mostLetters) throw refusal('is too large')
    this.#rules.set(name, body)
  }

  /** A rule that is the same wherever it is used. */
  common(name: keyof typeof commons): string {
    if (this.#rules.has(name)) return name
    const { body, needs } = commons[name]
    this.set(name, body)
    for (const need of needs) this.common(need)
    return name
  }

  text(root: string): string {
    const rules = [...this.#rules].map(([name, body]) => `${name} ::= ${body}`)
    return [`root ::= ${root}`, ...rules].join('\n')
  }
}

/** What llama.cpp makes of a grammar grows with it, and whoever asks says what it is. */
const mostLetters = 200_000

type Common = 'value' | 'object' | 'array' | 'string' | 'char' | 'number' | 'integer' | 'ws'

const commons: Readonly<Record<Common, { readonly body: string; readonly needs: readonly Common[] }>> = {
  ws: { body: '| " " | "\\n" [ ]{0,16}', needs: [] },
  char: { body: '[^"\\\\\\x00-\\x1F\\x7F] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4})', needs: [] },
  string: { body: '"\\"" char* "\\""', needs: ['char'] },
  integer: { body: '"-"? ("0" | [1-9] [0-9]{0,15})', needs: [] },
  number: { body: '"-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?', needs: [] },
  array: { body: '"[" ws (value ("," ws value)*)? ws "]"', needs: ['value', 'ws'] },
  object: {
    body: '"{" ws (string ":" ws value ("," ws string ":" ws value)*)? ws "}"',
    needs: ['string', 'value', 'ws'],
  },
  value: {
    body: 'object | array | string | number | "true" | "false" | "null"',
    needs: ['object', 'array', 'string', 'number'],
  },
}

export const refusal = (what: string): ModelError =>
  new ModelError({ type: 'refused', detail: `the schema ${what.slice(0, 200)}, which this model cannot be held to` })

/** A text that stands there as it is. */
export const literal = (text: string): string =>
  `"${text.replace(/["\\\u0000-\u001f\u007f]/g, (one) =>
    one === '"' || one === '\\' ? `\\${one}` : `\\x${(one.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  )}"`

type Schema = Readonly<Record<string, unknown>>

/** Deeper than any that is meant. */
const mostDeep = 40
/** Repetitions are written out where a grammar is read. */
const mostRepeated = 1000

/** What cannot be left away without letting through what the schema forbids, and no grammar says. */
const beyond = [
  'not',
  'if',
  'patternProperties',
  'propertyNames',
  'dependentSchemas',
  'dependentRequired',
  'contains',
  'unevaluatedProperties',
  'unevaluatedItems',
  '$dynamicRef',
] as const

/** The rule of all JSON that a schema lets through, but for the bounds of numbers, patterns and formats. Throws `refused`. */
export function ruleOf(grammar: Grammar, schema: unknown): string {
  const root = schema
  const named = new Map<string, string>()

  const rule = (of: unknown, deep: number): string => {
    if (deep > mostDeep) throw refusal('is nested too deeply')
    if (of === true || of === undefined) return grammar.common('value')
    if (!isObject(of)) throw refusal('holds what is no schema')
    const strange = beyond.find((name) => of[name] !== undefined)
    if (strange !== undefined) throw refusal(`has "${strange}"`)
    if (typeof of['$ref'] === 'string') return reference(of['$ref'], deep)
    if ('const' in of) return grammar.rule(literal(JSON.stringify(of['const']) ?? 'null'))
    if (Array.isArray(of['enum']))
      return either((of['enum'] as readonly unknown[]).map((one) => literal(JSON.stringify(one))))
    const some = of['anyOf'] ?? of['oneOf']
    if (Array.isArray(some)) return either((some as readonly unknown[]).map((one) => rule(one, deep + 1)))
    if (Array.isArray(of['allOf'])) return rule(merged(of), deep + 1)
    return byType(of, deep)
  }

  const either = (bodies: readonly string[]): string => {
    if (bodies.length === 0) throw refusal('lets nothing through')
    return grammar.rule(bodies.join(' | '))
  }

  const reference = (path: string, deep: number): string => {
    const known = named.get(path)
    if (known !== undefined) return known
    const name = `d${named.size + 1}`
    named.set(path, name)
    grammar.set(name, rule(resolved(root, path), deep + 1))
    return name
  }

  const byType = (of: Schema, deep: number): string => {
    const type = of['type'] ?? impliedType(of)
    if (Array.isArray(type))
      return either((type as readonly unknown[]).map((one) => byType({ ...of, type: one }, deep)))
    switch (type) {
      case undefined:
        return grammar.common('value')
      case 'object':
        return objectRule(of, deep)
      case 'array':
        return arrayRule(of, deep)
      case 'string':
        return stringRule(of)
      case 'integer':
      case 'number':
        return grammar.common(type === 'integer' ? 'integer' : 'number')
      case 'boolean':
        return grammar.rule('"true" | "false"')
      case 'null':
        return grammar.rule('"null"')
      default:
        throw refusal('has a type that JSON has not')
    }
  }

  const stringRule = (of: Schema): string => {
    const [least, most] = bounds(of, 'minLength', 'maxLength')
    if (least === 0 && most === undefined) return grammar.common('string')
    return grammar.rule(`"\\"" ${repeated(grammar.common('char'), least, most)} "\\""`)
  }

  const arrayRule = (of: Schema, deep: number): string => {
    const ws = grammar.common('ws')
    const [least, most] = bounds(of, 'minItems', 'maxItems')
    const prefix = Array.isArray(of['prefixItems']) ? (of['prefixItems'] as readonly unknown[]) : []
    if (prefix.length > 0) {
      const fixed = prefix.map((one) => rule(one, deep + 1)).join(` "," ${ws} `)
      return grammar.rule(`"[" ${ws} ${fixed} ${ws} "]"`)
    }
    if (most === 0) return grammar.rule('"[]"')
    const item = rule(of['items'], deep + 1)
    const more = repeated(`("," ${ws} ${item})`, Math.max(0, least - 1), most === undefined ? undefined : most - 1)
    const items = least > 0 ? `${item} ${more}` : `(${item} ${more})?`
    return grammar.rule(`"[" ${ws} ${items} ${ws} "]"`)
  }

  const objectRule = (of: Schema, deep: number): string => {
    const properties = isObject(of['properties']) ? of['properties'] : {}
    const required = new Set(Array.isArray(of['required']) ? (of['required'] as readonly unknown[]) : [])
    const ws = grammar.common('ws')
    const pairs = Object.entries(properties).map(([name, value]) => ({
      body: `${literal(`${JSON.stringify(name)}:`)} ${ws} ${rule(value, deep + 1)}`,
      needed: required.has(name),
    }))
    const unknown = [...required].find((name) => typeof name === 'string' && !Object.hasOwn(properties, name))
    const others = of['additionalProperties'] ?? (pairs.length === 0 ? true : false)
    if (unknown !== undefined) throw refusal('requires a property that it does not describe')
    if (pairs.length === 0 && others === true) return grammar.common('object')
    if (others !== false) {
      const other = `${grammar.common('string')} ":" ${ws} ${rule(others, deep + 1)}`
      if (pairs.length === 0) return grammar.rule(`"{" ${ws} (${other} ("," ${ws} ${other})*)? ${ws} "}"`)
    }
    return grammar.rule(`"{" ${ws} ${membersOf(grammar, pairs, ws)} ${ws} "}"`)
  }

  return rule(schema, 0)
}

interface Pair {
  readonly body: string
  readonly needed: boolean
}

/** The members in their order, those that need not be there with their comma or without. */
function membersOf(grammar: Grammar, pairs: readonly Pair[], ws: string): string {
  if (pairs.length === 0) return ''
  // From the last to the first: what may follow a member, and what may follow where none came before.
  let after = ''
  let first = ''
  let mayBeEmpty = true
  for (const { body, needed } of pairs.toReversed()) {
    const member = grammar.rule(`${body}${after === '' ? '' : ` ${after}`}`)
    const comma = `"," ${ws} ${member}`
    const skipped = after
    first = needed ? member : first === '' ? member : grammar.rule(`${member} | ${first}`)
    mayBeEmpty &&= !needed
    after = grammar.rule(needed ? comma : skipped === '' ? `(${comma})?` : `${comma} | ${skipped}`)
  }
  return mayBeEmpty ? `(${first})?` : first
}

function repeated(body: string, least: number, most: number | undefined): string {
  if (most === undefined) return least === 0 ? `${body}*` : `${body}{${least},}`
  if (most < least) throw refusal('lets nothing through')
  return `${body}{${least},${most}}`
}

function bounds(of: Schema, low: string, high: string): readonly [number, number | undefined] {
  const whole = (value: unknown): number | undefined =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  const [least, most] = [whole(of[low]) ?? 0, whole(of[high])]
  if (least > mostRepeated) throw refusal(`has a ${low} of more than ${mostRepeated}`)
  // Longer than that an answer is seldom, and what bounds it then is its tokens.
  return [least, most !== undefined && most > mostRepeated ? undefined : most]
}

function impliedType(of: Schema): string | undefined {
  if (of['properties'] !== undefined) return 'object'
  return of['items'] !== undefined || of['prefixItems'] !== undefined ? 'array' : undefined
}

/** Several that all hold, as far as they are objects that add to each other. */
function merged({ allOf, ...rest }: Schema): Schema {
  const all = [rest, ...(allOf as readonly unknown[])].filter(isObject)
  if (all.length === 2 && Object.keys(rest).every((key) => ['title', 'description', 'default', '$defs'].includes(key)))
    return all[1] as Schema
  if (all.some((one) => one['$ref'] !== undefined || one['anyOf'] !== undefined || one['oneOf'] !== undefined))
    throw refusal('has an "allOf" of more than objects')
  const properties = Object.assign({}, ...all.map((one) => one['properties'] ?? {})) as Schema
  const required = all.flatMap((one) => (Array.isArray(one['required']) ? (one['required'] as readonly unknown[]) : []))
  return { ...Object.assign({}, ...all), type: 'object', properties, required } as Schema
}

function resolved(root: unknown, path: string): unknown {
  if (path === '#') return root
  if (!path.startsWith('#/')) throw refusal('refers to another one')
  let at: unknown = root
  for (const step of path.slice(2).split('/')) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~')
    at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
  }
  if (at === undefined) throw refusal('refers to what is not there')
  return at
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}
