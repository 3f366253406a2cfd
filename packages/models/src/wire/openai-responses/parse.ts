import { HearthError, type ErrorIssue } from '@hearth/protocol'
import type * as z from 'zod'

const mostIssues = 20

export const invalid = (path: string, message: string): HearthError =>
  new HearthError('input.invalid', 'The input is not valid.', { issues: [{ path, message }] })

export const notSupported = (path: string, detail: string): HearthError =>
  new HearthError('models.not-supported', detail, { issues: [{ path, message: 'is not supported' }] })

/** Issues name the place in the whole request: `path` is where `value` stands in it. */
export function parse<S extends z.ZodType>(schema: S, value: unknown, path = ''): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues: ErrorIssue[] = parsed.error.issues
    .slice(0, mostIssues)
    .map((issue) => ({ path: issue.path.reduce(within, path), message: issue.message }))
  throw new HearthError('input.invalid', 'The input is not valid.', { issues })
}

/** As OpenAI names a place: `input[0].content[1].type`. */
function within(path: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${path}[${step}]`
  return path === '' ? String(step) : `${path}.${String(step)}`
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined | null> }

/** Without what is undefined or null: the protocol takes a null for every field that may be left out. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as Present<T>
}

/** For a union, whose own message says nothing of what is expected. */
export const expected = (what: string): { readonly error: string } => ({ error: `Invalid input: expected ${what}` })
