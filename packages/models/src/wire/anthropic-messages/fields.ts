import { HearthError } from '@hearth/protocol'

/** An object of a request, of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>

export const invalid = (path: string, message: string): HearthError =>
  new HearthError('input.invalid', `${path === '' ? 'The request' : path} ${message}.`, { issues: [{ path, message }] })

export const unsupported = (path: string, what: string): HearthError =>
  new HearthError('models.not-supported', `${path}: ${what} cannot be used here.`)

const wrong = (value: unknown, path: string, wanted: string): HearthError =>
  invalid(path, value === undefined ? 'is required' : `must be ${wanted}`)

export function record(value: unknown, path: string): Fields {
  if (isRecord(value)) return value
  throw wrong(value, path, 'an object')
}

export const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function list(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw wrong(value, path, 'a list')
}

export function text(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw wrong(value, path, 'a text')
}

/** A text that is not empty. */
export function name(value: unknown, path: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw wrong(value, path, 'a text that is not empty')
}

export function flag(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value
  throw wrong(value, path, 'true or false')
}

export function wholeNumber(value: unknown, path: string, least = 0): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw wrong(value, path, `a whole number of at least ${least}`)
}

export function share(value: unknown, path: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw wrong(value, path, 'a number between 0 and 1')
}

export function oneOf<W extends string>(value: unknown, path: string, words: readonly W[]): W {
  const word = words.find((candidate) => candidate === value)
  if (word !== undefined) return word
  throw wrong(value, path, `one of ${words.join(', ')}`)
}

/** What is null says nothing, as what is left out. */
export const optional = <T>(value: unknown, path: string, read: (value: unknown, path: string) => T): T | undefined =>
  value === undefined || value === null ? undefined : read(value, path)

export const texts = (value: unknown, path: string): string[] =>
  list(value, path).map((item, at) => text(item, `${path}[${at}]`))

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without what is undefined. */
export function given<T extends object>(fields: T): Given<T> {
  const result: Given<T> = {}
  for (const key in fields) {
    const value = fields[key]
    if (value !== undefined) result[key] = value as Exclude<T[typeof key], undefined>
  }
  return result
}
