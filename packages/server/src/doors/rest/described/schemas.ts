import { inputSchema, outputSchema, type JsonSchema, type OperationDefinition } from '@hearth/protocol'

/** Schemas that have a name of their own in the description, so that what is made from it has types with names. */
export interface NamedSchemas {
  /** A reference to it under this name. Objects within get names that begin with `inner`. */
  add(name: string, inner: string, schema: JsonSchema): JsonSchema
  all(): Readonly<Record<string, JsonSchema>>
}

type Properties = Readonly<Record<string, JsonSchema>>

export function namedSchemas(): NamedSchemas {
  const named = new Map<string, JsonSchema>()

  const add: NamedSchemas['add'] = (name, inner, schema) => {
    const { $schema: _, ...bare } = schema
    const lifted = withNames(bare, inner)
    const before = named.get(name)
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(lifted))
      throw new Error(`Two schemas of the description have the name ${name}.`)
    named.set(name, lifted)
    return { $ref: `#/components/schemas/${name}` }
  }
  /** The schema itself, its inner objects replaced by references. */
  const withNames = (schema: JsonSchema, inner: string): JsonSchema => {
    const { properties, items, anyOf, oneOf } = schema as {
      readonly properties?: Properties
      readonly items?: JsonSchema
      readonly anyOf?: readonly JsonSchema[]
      readonly oneOf?: readonly JsonSchema[]
    }
    return {
      ...schema,
      ...(properties && {
        properties: mapValues(properties, (field, name) => lifted(field, `${inner}${pascal(name)}`)),
      }),
      ...(items && { items: lifted(items, itemName(inner)) }),
      ...(anyOf && { anyOf: anyOf.map((option) => lifted(option, optionName(option, inner))) }),
      ...(oneOf && { oneOf: oneOf.map((option) => lifted(option, optionName(option, inner))) }),
    }
  }
  const lifted = (schema: JsonSchema, name: string): JsonSchema =>
    schema['properties'] === undefined ? withNames(schema, name) : add(name, name, schema)

  return { add, all: () => Object.fromEntries([...named].toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

/** What a list holds is an item of its operation, and no item of items. */
const itemName = (inner: string): string => (inner.endsWith('Items') ? inner.slice(0, -1) : `${inner}Item`)

function optionName(option: JsonSchema, inner: string): string {
  const tag = ((option['properties'] ?? {}) as Properties)['type']?.['const']
  return typeof tag === 'string' ? `${inner}${pascal(tag)}` : inner
}

const mapValues = (properties: Properties, change: (schema: JsonSchema, name: string) => JsonSchema): Properties =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, change(schema, name)]))

/** `reminders.set` → `RemindersSet`. */
export const pascal = (name: string): string =>
  name.replaceAll(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** An operation's schemas, taken apart the way that paths and bodies need them. */
export interface OperationSchemas {
  readonly input: JsonSchema
  /** Of the input. */
  readonly properties: Properties
  readonly required: readonly string[]
  readonly output: JsonSchema
  /** The fields that the path holds. */
  readonly inPath: readonly string[]
}

export function schemasOf(operation: OperationDefinition): OperationSchemas {
  const input = inputSchema(operation)
  return {
    input,
    properties: (input['properties'] ?? {}) as Properties,
    required: (input['required'] ?? []) as readonly string[],
    output: outputSchema(operation),
    inPath: [...operation.path.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string),
  }
}
