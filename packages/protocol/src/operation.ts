import * as z from 'zod'

/** What an operation can do to the world, mildest first. A marked turn needs a person's approval from `shared` upward. */
export const consequences = ['read', 'own', 'shared', 'send', 'spend', 'destroy'] as const
export type Consequence = (typeof consequences)[number]

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface OperationExample<I> {
  readonly title: string
  readonly input: I
}

/** The outside of an operation. Every door is made from this and nothing else. */
export interface OperationDefinition<I = unknown, O = unknown> {
  readonly name: string
  readonly summary: string
  readonly input: z.ZodType<I>
  readonly output: z.ZodType<O>
  readonly permission: string
  /** `tenant`: it concerns more than the one home that its input names, or the caller's own. Who is bound to a home may not call it. */
  readonly reach?: 'tenant'
  readonly consequence: Consequence
  readonly path: { readonly method: Method; readonly path: string }
  readonly examples: readonly OperationExample<I>[]
  /** Codes that it may answer with besides those of every call. Where it says none, they are all of its feature. */
  readonly errors?: readonly string[]
}

export type JsonSchema = { readonly [key: string]: unknown }

export const inputSchema = (definition: OperationDefinition): JsonSchema =>
  z.toJSONSchema(definition.input, { io: 'input' }) as JsonSchema

export const outputSchema = (definition: OperationDefinition): JsonSchema =>
  z.toJSONSchema(definition.output, { io: 'output' }) as JsonSchema
