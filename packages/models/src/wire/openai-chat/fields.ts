import { HearthError } from '@hearth/protocol'

/** An object of a request. It came out of JSON, so that its values are what JSON can say. */
export type Fields = Readonly<Record<string, unknown>>

/** Reads a value of one kind, or throws `input.invalid` with the value's path. */
export type Kind<T> = (value: unknown, path: string) => T

export const invalid = (path: string, message: string): HearthError =>
  new HearthError('input.invalid', 'The input is not valid.', { issues: [{ path, message }] })

export const notSupported = (path: string, message: string): HearthError =>
  new HearthError('models.not-supported', message, { issues: [{ path, message }] })

/** Null is as good as absent, as it is to the servers of this protocol. */
export function optional<T>(from: Fields, name: string, at: string, kind: Kind<T>): T | undefined {
  const value = from[name]
  return value === undefined || value === null ? undefined : kind(value, pathTo(at, name))
}

export function needed<T>(from: Fields, name: string, at: string, kind: Kind<T>): T {
  const value = optional(from, name, at, kind)
  if (value === undefined) throw invalid(pathTo(at, name), 'is missing')
  return value
}

const pathTo = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`)

export const text: Kind<string> = (value, path) => {
  if (typeof value !== 'string') throw invalid(path, 'must be text')
  return value
}

export const filledText: Kind<string> = (value, path) => {
  if (text(value, path) === '') throw invalid(path, 'must not be empty')
  return value as string
}

/** JSON has no endless numbers, but `1e999` is read as one. */
export const number: Kind<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(path, 'must be a number')
  return value
}

export const wholeFrom =
  (least: number): Kind<number> =>
  (value, path) => {
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
    throw invalid(path, least === -Infinity ? 'must be a whole number' : `must be a whole number from ${least} on`)
  }

export const flag: Kind<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw invalid(path, 'must be true or false')
  return value
}

export const oneOf =
  <const W extends string>(words: readonly W[]): Kind<W> =>
  (value, path) => {
    const word = words.find((one) => one === value)
    if (word === undefined) throw invalid(path, `must be one of ${words.join(', ')}`)
    return word
  }

export const object: Kind<Fields> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(path, 'must be an object')
  return value as Fields
}

export const list: Kind<readonly unknown[]> = (value, path) => {
  if (!Array.isArray(value)) throw invalid(path, 'must be a list')
  return value
}

export const filledList: Kind<readonly unknown[]> = (value, path) => {
  if (list(value, path).length === 0) throw invalid(path, 'must not be empty')
  return value as readonly unknown[]
}

export const listOf =
  <T>(kind: Kind<T>): Kind<T[]> =>
  (value, path) =>
    list(value, path).map((one, index) => kind(one, `${path}[${index}]`))

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Without what is undefined: a field that is there and undefined is another thing to whoever lists them. */
export function present<T extends object>(fields: T): Present<T> {
  const left: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) left[name] = value
  return left as Present<T>
}

/** The same, and undefined where nothing is left. */
export function presentOrNone<T extends object>(fields: T): Present<T> | undefined {
  const left = present(fields)
  return Object.keys(left).length === 0 ? undefined : left
}
