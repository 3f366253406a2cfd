import type * as zod from 'zod'
import type { Expectation } from './definition.ts'

/** What reads a JSON Schema. */
export type Schemas = Pick<typeof zod, 'fromJSONSchema'>

/** What an answer does not do of what was expected of it; empty where it does all. `z` is needed where a schema is. */
export const judge = (answer: string, expectations: readonly Expectation[], z?: Schemas): readonly string[] =>
  expectations.flatMap((one) => faultIn(answer, one, z) ?? [])

function faultIn(answer: string, expectation: Expectation, z: Schemas | undefined): string | undefined {
  switch (expectation.type) {
    case 'contains':
      return answer.includes(expectation.text) ? undefined : `It does not contain ${quoted(expectation.text)}.`
    case 'equals':
      return answer.trim() === expectation.text.trim() ? undefined : `It is not ${quoted(expectation.text)}.`
    case 'matches':
      return matches(answer, expectation.pattern)
    case 'schema':
      return z === undefined ? undefined : keepsTo(answer, expectation.schema, z)
  }
}

function matches(answer: string, pattern: string): string | undefined {
  let expression: RegExp
  try {
    expression = new RegExp(pattern, 'u')
  } catch {
    return `${quoted(pattern)} is no regular expression.`
  }
  return expression.test(answer) ? undefined : `It does not match ${quoted(pattern)}.`
}

function keepsTo(answer: string, schema: unknown, z: Schemas): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(answer)
  } catch {
    return 'It is not JSON.'
  }
  let type: zod.ZodType
  try {
    type = z.fromJSONSchema(schema as Parameters<typeof zod.fromJSONSchema>[0])
  } catch (error) {
    return `The schema cannot be read: ${error instanceof Error ? error.message : 'it is none'}`.slice(0, 300)
  }
  const parsed = type.safeParse(value)
  if (parsed.success) return undefined
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.') ?? ''
  return `It does not keep to the schema: ${path === '' ? '' : `${path}: `}${issue?.message ?? ''}`.slice(0, 300)
}

const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 99)}…` : text)
