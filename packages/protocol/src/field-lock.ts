import type { JsonSchema, OperationDefinition } from './operation.ts'
import { inputSchema, outputSchema } from './operation.ts'
import { solidType } from './subset.ts'

/** Field numbers, given once and never given again: message path → field → number and shape. */
export type FieldLock = Readonly<
  Record<string, Readonly<Record<string, { readonly number: number; readonly shape: string }>>>
>

interface Message {
  readonly path: string
  readonly fields: ReadonlyMap<string, string>
}

/** The lock with what is new numbered after what was there, and the changes that break a client. */
export function lockFields(
  operations: readonly OperationDefinition[],
  before: FieldLock,
): { readonly lock: FieldLock; readonly breaking: readonly string[] } {
  const messages = operations.flatMap((operation) => [
    ...messagesOf(`${operation.name}.input`, inputSchema(operation)),
    ...messagesOf(`${operation.name}.output`, outputSchema(operation)),
  ])
  const breaking: string[] = []
  const lock: Record<string, Record<string, { number: number; shape: string }>> = {}
  for (const [path, fields] of Object.entries(before)) lock[path] = { ...fields }
  for (const message of messages) {
    const fields = (lock[message.path] ??= {})
    let last = Object.values(fields).reduce((top, field) => Math.max(top, field.number), 0)
    for (const [name, shape] of message.fields) {
      const held = fields[name]
      if (held !== undefined && held.shape !== shape)
        breaking.push(`${message.path}.${name}: ${held.shape} became ${shape}`)
      fields[name] = held ?? { number: (last += 1), shape }
    }
  }
  return { lock, breaking: [...breaking, ...removed(messages, before)] }
}

function removed(messages: readonly Message[], before: FieldLock): readonly string[] {
  const now = new Map(messages.map((message) => [message.path, message.fields]))
  return Object.entries(before).flatMap(([path, fields]) =>
    Object.keys(fields)
      .filter((name) => !now.get(path)?.has(name))
      .map((name) => `${path}.${name}: removed`),
  )
}

function messagesOf(path: string, schema: JsonSchema): readonly Message[] {
  const solid = unwrap(schema)
  if (solid['type'] === 'array') return messagesOf(path, solid['items'] as JsonSchema)
  const properties = solid['properties'] as Readonly<Record<string, JsonSchema>> | undefined
  if (properties === undefined) return []
  const fields = new Map(Object.entries(properties).map(([name, inner]) => [name, shapeOf(inner)]))
  const nested = Object.entries(properties).flatMap(([name, inner]) => messagesOf(`${path}.${name}`, inner))
  return [{ path, fields }, ...nested]
}

function shapeOf(schema: JsonSchema): string {
  const solid = unwrap(schema)
  if (solid['x-hearth'] === 'json') return 'json'
  if (solid['type'] === 'array') return `${shapeOf(solid['items'] as JsonSchema)}[]`
  if (solid['anyOf'] !== undefined || solid['oneOf'] !== undefined) return 'union'
  return String(solidType(solid) ?? 'string')
}

function unwrap(schema: JsonSchema): JsonSchema {
  const options = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined
  const solid = options?.filter((option) => option['type'] !== 'null')
  return solid?.length === 1 ? unwrap(solid[0] as JsonSchema) : schema
}
