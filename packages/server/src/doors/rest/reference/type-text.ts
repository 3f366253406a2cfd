import type { JsonSchema } from '@hearth/protocol'

/** A schema in words: `text of 1 to 200 characters`, `whole number from 1 to 500`, `list of objects`. */
export function typeText(schema: JsonSchema): string {
  if (schema['x-hearth'] === 'json') return 'any JSON'
  if ('const' in schema) return quoted(schema['const'])
  const {
    enum: values,
    anyOf,
    oneOf,
    type,
  } = schema as {
    readonly enum?: readonly unknown[]
    readonly anyOf?: readonly JsonSchema[]
    readonly oneOf?: readonly JsonSchema[]
    readonly type?: string | readonly string[]
  }
  if (values !== undefined) return values.map(quoted).join(' or ')
  const options = anyOf ?? oneOf
  if (options !== undefined) return [...new Set(options.map(typeText))].join(' or ')
  if (Array.isArray(type)) return type.map((one: string) => typeText({ ...schema, type: one })).join(' or ')
  switch (type) {
    case 'string':
      return textOf(schema)
    case 'integer':
      return `whole number${range(schema, 'minimum', 'maximum', (from, to) => ` from ${from} to ${to}`)}`
    case 'array':
      return `list of ${pluralOf(typeText((schema['items'] ?? {}) as JsonSchema))}`
    case 'object':
      return 'object'
    case 'boolean':
      return 'true or false'
    default:
      return String(type ?? 'any JSON')
  }
}

function textOf(schema: JsonSchema): string {
  if (schema['format'] === 'date-time') return 'instant'
  const { minLength = 0, maxLength } = schema as { readonly minLength?: number; readonly maxLength?: number }
  if (maxLength === undefined) return 'text'
  return minLength > 0 ? `text of ${minLength} to ${maxLength} characters` : `text of up to ${maxLength} characters`
}

function range(schema: JsonSchema, low: string, high: string, say: (from: number, to: number) => string): string {
  const [from, to] = [schema[low], schema[high]]
  const isGiven = typeof from === 'number' && typeof to === 'number' && from > Number.MIN_SAFE_INTEGER
  return isGiven ? say(from, to) : ''
}

const pluralOf = (type: string): string => (/^(object|text|instant)$/.test(type) ? `${type}s` : type)

const quoted = (value: unknown): string => JSON.stringify(value)
