import type { JsonSchema } from '@hearth/protocol'

type Convert = (text: string) => unknown
export type Query = Readonly<Record<string, string | readonly string[]>>

/** Query strings hold text only: this gives values the types that the schema asks for, and leaves the rest to its check. */
export function queryReader(schema: JsonSchema): (query: Query) => Record<string, unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>)
  const fields = new Map(properties.map(([name, field]) => [name, fieldReader(field)]))
  return (query) =>
    Object.fromEntries(Object.entries(query).map(([name, value]) => [name, fields.get(name)?.(value) ?? value]))
}

function fieldReader(schema: JsonSchema): (value: string | readonly string[]) => unknown {
  const types = typesOf(schema)
  const items = branches(schema).find((branch) => branch['items'] !== undefined)?.['items'] as JsonSchema | undefined
  if (items !== undefined) {
    const convert = converter(typesOf(items))
    return (value) => (typeof value === 'string' ? [value] : value).map(convert)
  }
  const convert = converter(types)
  return (value) => (typeof value === 'string' ? convert(value) : value)
}

function converter(types: ReadonlySet<unknown>): Convert {
  const isNumber = types.has('number') || types.has('integer')
  return (text) => {
    if (isNumber && /^-?\d{1,17}(\.\d{1,17})?$/.test(text)) return Number(text)
    if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true'
    return text
  }
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  const inner = (schema['anyOf'] ?? schema['oneOf'] ?? []) as readonly JsonSchema[]
  return [schema, ...inner.flatMap(branches)]
}

const typesOf = (schema: JsonSchema): ReadonlySet<unknown> =>
  new Set(branches(schema).flatMap((branch) => branch['type']))
