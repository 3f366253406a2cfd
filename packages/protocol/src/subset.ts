import type { JsonSchema } from './operation.ts'

/** Paths of a schema that REST, GraphQL, protobuf and model tools cannot all express; empty when it is fine. */
export function outsideSubset(schema: JsonSchema, path = '$'): readonly string[] {
  if (schema['x-hearth'] === 'json' || 'const' in schema) return []
  if ('$ref' in schema || '$defs' in schema) return [`${path}: recursion`]
  const options = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined
  if (options !== undefined) return unionOutsideSubset(options, path)
  switch (solidType(schema)) {
    case 'object':
      return objectOutsideSubset(schema, path)
    case 'array':
      return outsideSubset((schema['items'] ?? {}) as JsonSchema, `${path}[]`)
    case 'integer':
      return fitsDouble(schema) ? [] : [`${path}: integer without safe bounds`]
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return []
    default:
      return [`${path}: no type`]
  }
}

/** The type of a schema that may also be null. */
export function solidType(schema: JsonSchema): unknown {
  const type = schema['type']
  const solid = Array.isArray(type) ? type.filter((one) => one !== 'null') : [type]
  return solid.length === 1 ? solid[0] : undefined
}

function objectOutsideSubset(schema: JsonSchema, path: string): readonly string[] {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined
  if (properties === undefined || 'patternProperties' in schema) return [`${path}: free-form map`]
  const extra = schema['additionalProperties']
  const map = extra !== undefined && extra !== false ? [`${path}: free-form map`] : []
  return [...map, ...Object.entries(properties).flatMap(([name, inner]) => outsideSubset(inner, `${path}.${name}`))]
}

function unionOutsideSubset(options: readonly JsonSchema[], path: string): readonly string[] {
  const solid = options.filter((option) => option['type'] !== 'null')
  const inner = solid.flatMap((option, index) => outsideSubset(option, `${path}|${index}`))
  if (solid.length <= 1) return inner
  const tagged = solid.every((option) => {
    const type = (option['properties'] as Record<string, JsonSchema> | undefined)?.['type']
    return type !== undefined && 'const' in type
  })
  return tagged ? inner : [...inner, `${path}: union without a type tag`]
}

const fitsDouble = (schema: JsonSchema): boolean =>
  typeof schema['minimum'] === 'number' &&
  typeof schema['maximum'] === 'number' &&
  Math.abs(schema['minimum']) <= Number.MAX_SAFE_INTEGER &&
  schema['maximum'] <= Number.MAX_SAFE_INTEGER
