import { solidType, type JsonSchema } from '@hearth/protocol'

/** Which side of an operation a type is for: a caller may leave a field undefined, an answer does not have it then. */
export type Side = 'input' | 'output'

/** The TypeScript type of what a schema of the subset allows. */
export function typeOf(schema: JsonSchema, side: Side, indent = ''): string {
  if (schema['x-hearth'] === 'json') return 'unknown'
  if ('const' in schema) return literal(schema['const'])
  const options = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined
  if (options !== undefined) return options.map((option) => typeOf(option, side, indent)).join(' | ')
  const solid = solidTypeOf(schema, side, indent)
  return Array.isArray(schema['type']) && schema['type'].includes('null') ? `${solid} | null` : solid
}

function solidTypeOf(schema: JsonSchema, side: Side, indent: string): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map(literal).join(' | ')
  switch (solidType(schema)) {
    case 'object':
      return objectType(schema, side, indent)
    case 'array':
      return arrayType((schema['items'] ?? {}) as JsonSchema, side, indent)
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
      return schema['format'] === 'date-time' ? 'Instant' : 'string'
    case 'boolean':
      return 'boolean'
    case 'null':
      return 'null'
    default:
      throw new Error(`No type can be made of ${JSON.stringify(schema)}`)
  }
}

function objectType(schema: JsonSchema, side: Side, indent: string): string {
  const fields = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>)
  if (fields.length === 0) return 'Readonly<Record<string, never>>'
  const required = new Set((schema['required'] ?? []) as readonly string[])
  const inner = `${indent}  `
  const lines = fields.map(([name, field]) => {
    const type = typeOf(field, side, inner)
    const isOptional = !required.has(name)
    const or = isOptional && side === 'input' && type !== 'unknown' ? ' | undefined' : ''
    return `${inner}readonly ${nameOf(name)}${isOptional ? '?' : ''}: ${type}${or}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}

function arrayType(items: JsonSchema, side: Side, indent: string): string {
  const item = typeOf(items, side, indent)
  const isUnion = item.includes(' | ') && solidType(items) !== 'object'
  return isUnion || item.endsWith(' | null') ? `readonly (${item})[]` : `readonly ${item}[]`
}

const nameOf = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : literal(name))

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : JSON.stringify(value)
