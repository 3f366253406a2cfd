import type { RecordedRefusal } from '../conformance/subject.ts'

type Means = RecordedRefusal['type']

const titled = (status: number, type: Means, message: unknown, body: unknown, more: object): RecordedRefusal => ({
  title: `${status}: ${String(message)}`,
  status,
  body,
  type,
  ...more,
})

/** `{"error": {…}}`, as OpenAI has it. */
export const refusal = (
  status: number,
  type: Means,
  error: Readonly<Record<string, unknown>>,
  more: Partial<RecordedRefusal> = {},
): RecordedRefusal => titled(status, type, error['message'], { error }, more)

/** A body of another form. */
export const bare = (
  status: number,
  type: Means,
  body: unknown,
  more: Partial<RecordedRefusal> = {},
): RecordedRefusal => titled(status, type, typeof body === 'string' ? body : JSON.stringify(body), body, more)
