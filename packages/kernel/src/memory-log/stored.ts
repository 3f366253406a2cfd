/** What a store would say of data that it cannot write down. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/** A text as a database of UTF-8 keeps it: half a surrogate pair becomes the replacement character, and NUL has no place. */
export function text<T extends string | null>(value: T): T {
  if (value === null) return value
  if (value.includes('\u0000')) throw new Refused('a text holds a NUL')
  return value.toWellFormed() as T
}

export const withoutNul = (value: string): string => value.replaceAll('\u0000', '').toWellFormed()

const bounds = { smallint: 2 ** 15, integer: 2 ** 31, bigint: 2 ** 63 }

export function whole(value: number, type: keyof typeof bounds): number {
  if (!Number.isInteger(value) || value < -bounds[type] || value >= bounds[type])
    throw new Refused(`${value} is no ${type}`)
  return value
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function uuid(value: string): string {
  if (!uuidForm.test(value)) throw new Refused('not a UUID')
  return value.toLowerCase()
}
