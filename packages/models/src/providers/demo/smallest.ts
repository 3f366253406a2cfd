import { ModelError } from '../../failure.ts'
import type { JSONValue } from '../../language.ts'
import { isObject } from '../failures/chain.ts'
import { sampleOf } from './pattern.ts'

type Fields = Readonly<Record<string, unknown>>

const deepest = 40
/** Of values and letters together: no schema makes the demo fill the memory. */
const most = 20_000

/** The smallest value that a schema allows. Throws `ModelError` where it finds none. */
export function smallestFor(schema: unknown): JSONValue {
  const building = new Building(schema)
  const value = building.value(schema, 0)
  if (value === undefined) throw unbuildable()
  return value
}

const unbuildable = (): ModelError =>
  new ModelError({ type: 'refused', detail: 'the demo model finds no value for this schema' })

class Building {
  readonly #root: unknown
  #left = most

  constructor(root: unknown) {
    this.#root = root
  }

  /** Undefined where there is none on this way. */
  value(schema: unknown, depth: number): JSONValue | undefined {
    this.#spend(1)
    if (depth > deepest || schema === false) return undefined
    if (!isObject(schema)) return null
    if ('const' in schema) return schema['const'] as JSONValue
    if (Array.isArray(schema['enum'])) return (schema['enum'] as readonly JSONValue[])[0]
    if (typeof schema['$ref'] === 'string') return this.value(this.#referred(schema['$ref']), depth + 1)
    const choices = schema['anyOf'] ?? schema['oneOf']
    if (Array.isArray(choices)) return this.#first(schema, choices as readonly unknown[], depth)
    if (Array.isArray(schema['allOf'])) return this.value(this.#together(schema), depth + 1)
    return this.#typed(schema, depth)
  }

  #spend(count: number): void {
    this.#left -= count
    if (this.#left < 0) throw unbuildable()
  }

  #referred(reference: string): unknown {
    if (reference === '#') return this.#root
    let found: unknown = this.#root
    for (const step of reference.replace(/^#\//, '').split('/')) {
      const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
      if (!isObject(found) || !Object.hasOwn(found, name)) return false
      found = found[name]
    }
    return found
  }

  /** The plainest way first: a branch that may end here comes before one that goes on, perhaps without end. */
  #first(schema: Fields, choices: readonly unknown[], depth: number): JSONValue | undefined {
    const { anyOf: _any, oneOf: _one, ...rest } = schema
    for (const choice of choices.slice(0, 50).toSorted((one, other) => weightOf(one) - weightOf(other))) {
      const value = this.value(isObject(choice) ? merged(rest, choice) : choice, depth + 1)
      if (value !== undefined) return value
    }
    return undefined
  }

  #together(schema: Fields): Fields {
    const { allOf, ...rest } = schema
    return (allOf as readonly unknown[]).reduce<Fields>((all, one) => {
      const part = isObject(one) && typeof one['$ref'] === 'string' ? this.#referred(one['$ref']) : one
      return isObject(part) ? merged(all, part) : all
    }, rest)
  }

  #typed(schema: Fields, depth: number): JSONValue | undefined {
    switch (typeIn(schema)) {
      case 'object':
        return this.#object(schema, depth)
      case 'array':
        return this.#array(schema, depth)
      case 'string':
        return this.#string(schema)
      case 'integer':
      case 'number':
        return numberFor(schema)
      case 'boolean':
        return false
      default:
        return null
    }
  }

  #object(schema: Fields, depth: number): JSONValue | undefined {
    const properties = isObject(schema['properties']) ? schema['properties'] : {}
    const required = Array.isArray(schema['required']) ? (schema['required'] as readonly unknown[]) : []
    const built: Record<string, JSONValue> = Object.create(null) as Record<string, JSONValue>
    for (const name of required) {
      if (typeof name !== 'string') continue
      const value = this.value(Object.hasOwn(properties, name) ? properties[name] : {}, depth + 1)
      if (value === undefined) return undefined
      built[name] = value
    }
    const fewest = Number(schema['minProperties'] ?? 0)
    for (const name of Object.keys(properties)) {
      if (Object.keys(built).length >= fewest) break
      const value = Object.hasOwn(built, name) ? undefined : this.value(properties[name], depth + 1)
      if (value !== undefined) built[name] = value
    }
    return { ...built }
  }

  #array(schema: Fields, depth: number): JSONValue | undefined {
    const items = schema['prefixItems'] ?? schema['items']
    const tuple = Array.isArray(items) ? (items as readonly unknown[]) : []
    const count = Math.max(Number(schema['minItems'] ?? 0), 0)
    this.#spend(count)
    const built: JSONValue[] = []
    for (let index = 0; index < count; index++) {
      const value = this.value(tuple[index] ?? (Array.isArray(items) ? {} : items), depth + 1)
      if (value === undefined) return undefined
      built.push(schema['uniqueItems'] === true ? distinct(value, index) : value)
    }
    return built
  }

  #string(schema: Fields): string | undefined {
    const fewest = Math.max(Number(schema['minLength'] ?? 0), 0)
    this.#spend(fewest)
    if (typeof schema['pattern'] === 'string') return sampleOf(schema['pattern'], fewest)
    const form = typeof schema['format'] === 'string' ? formats[schema['format']] : undefined
    return form ?? 'a'.repeat(fewest)
  }
}

function weightOf(choice: unknown): number {
  if (!isObject(choice)) return 0
  if ('const' in choice || 'enum' in choice) return 0
  if ('$ref' in choice || 'anyOf' in choice || 'oneOf' in choice || 'allOf' in choice) return 3
  return ['null', 'boolean', 'integer', 'number', 'string'].indexOf(String(choice['type'])) === -1 ? 2 : 1
}

function typeIn({ type, properties, required, items }: Fields): unknown {
  if (Array.isArray(type)) {
    const types = type as readonly unknown[]
    return types.includes('null') ? 'null' : types[0]
  }
  if (type !== undefined) return type
  if (properties !== undefined || required !== undefined) return 'object'
  return items === undefined ? 'null' : 'array'
}

const formats: Readonly<Record<string, string>> = {
  'date-time': '1970-01-01T00:00:00Z',
  date: '1970-01-01',
  time: '00:00:00Z',
  duration: 'PT0S',
  email: 'a@example.com',
  hostname: 'example.com',
  ipv4: '127.0.0.1',
  ipv6: '::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function numberFor(schema: Fields): number | undefined {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = schema
  const step = typeof multipleOf === 'number' && multipleOf > 0 ? multipleOf : typeIn(schema) === 'integer' ? 1 : 0
  const allows = (value: number): boolean =>
    !(typeof minimum === 'number' && value < minimum) &&
    !(typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) &&
    !(typeof maximum === 'number' && value > maximum) &&
    !(typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
  const edges = [0, minimum, exclusiveMinimum, maximum, exclusiveMaximum].filter((edge) => typeof edge === 'number')
  const [low = 0, high = 0] = [edges[1], edges[2]]
  const near = step === 0 ? [...edges, ...edges.map((edge) => edge + 1), (low + high) / 2] : onSteps(edges, step)
  return near.find(allows)
}

const onSteps = (edges: readonly number[], step: number): readonly number[] =>
  edges.flatMap((edge) => [0, 1, -1].map((more) => (Math.round(edge / step) + more) * step + 0))

/** Items that must differ do so by a number, where they can. */
function distinct(value: JSONValue, index: number): JSONValue {
  if (typeof value === 'number') return value + index
  return typeof value === 'string' ? `${value}${index}` : value
}

function merged(one: Fields, other: Fields): Fields {
  const properties = { ...fieldsOf(one['properties']), ...fieldsOf(other['properties']) }
  const required = [...listOf(one['required']), ...listOf(other['required'])]
  return {
    ...one,
    ...other,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  }
}

const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {})
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : [])
