import type { Json } from './json.ts'

/** RFC 6902. `was` is what stood there before, for whoever reads it; a program that applies patches passes over it. */
export type PatchOperation =
  | { readonly op: 'add'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string; readonly was: Json }
  | { readonly op: 'replace'; readonly path: string; readonly value: Json; readonly was: Json }

type Members = Readonly<Record<string, Json | undefined>>

/**
 * What makes `from` into `to`, applied in order. Members are visited in the order of their names. Of arrays what is alike at both
 * ends stays; between those ends items are compared place by place, then removed from the last or added at the end of that part.
 */
export function jsonPatch(from: Json, to: Json): readonly PatchOperation[] {
  const operations: PatchOperation[] = []
  compare(from, to, '', operations)
  return operations
}

function compare(from: Json, to: Json, path: string, found: PatchOperation[]): void {
  if (isSame(from, to)) return
  if (Array.isArray(from) && Array.isArray(to)) compareItems(from, to, path, found)
  else if (isObject(from) && isObject(to)) compareMembers(from, to, path, found)
  else found.push({ op: 'replace', path, value: to, was: from })
}

const isObject = (value: Json): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)

function compareMembers(from: Members, to: Members, path: string, found: PatchOperation[]): void {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted()
  for (const name of names) {
    const [before, after] = [own(from, name), own(to, name)]
    const place = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (before !== undefined && after !== undefined) compare(before, after, place, found)
    else if (after !== undefined) found.push({ op: 'add', path: place, value: after })
    else if (before !== undefined) found.push({ op: 'remove', path: place, was: before })
  }
}

const own = (members: Members, name: string): Json | undefined =>
  Object.hasOwn(members, name) ? members[name] : undefined

function compareItems(from: readonly Json[], to: readonly Json[], path: string, found: PatchOperation[]): void {
  const shorter = Math.min(from.length, to.length)
  let start = 0
  while (start < shorter && isSame(from[start] as Json, to[start] as Json)) start += 1
  let end = 0
  while (end < shorter - start && isSame(from.at(-1 - end) as Json, to.at(-1 - end) as Json)) end += 1
  const both = shorter - end
  for (let index = start; index < both; index += 1)
    compare(from[index] as Json, to[index] as Json, `${path}/${index}`, found)
  for (let index = from.length - end - 1; index >= both; index -= 1)
    found.push({ op: 'remove', path: `${path}/${index}`, was: from[index] as Json })
  for (let index = both; index < to.length - end; index += 1)
    found.push({ op: 'add', path: `${path}/${index}`, value: to[index] as Json })
}

/** As JSON: a member that is undefined is not there, and the order of members does not count. */
function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true
  if (one === undefined || other === undefined || one === null || other === null) return false
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]))
  if (!isObject(one) || !isObject(other)) return false
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => isSame(own(one, name), own(other, name)))
}
