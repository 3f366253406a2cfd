import { beyond, mostCharacters } from './bounds.ts'
import { markOf, mediaIn, sizeOf, withoutData } from './media.ts'

type Fields = Readonly<Record<string, unknown>>

/** How much more there may still be. */
interface Left {
  characters: number
}

const mostDeep = 64

/**
 * A copy of what was asked that has no more than about so many characters: without what is no text, the last that was said whole rather
 * than the first. What is left out says so.
 */
export function trimmedRequest(json: Fields, most = mostCharacters): unknown {
  const said = ['messages', 'input', 'prompt', 'call'].find((name) => Array.isArray(json[name]) || name in json)
  const left = { characters: most }
  const first = said === undefined ? undefined : trimmed(json[said], left, 0, 'last')
  const rest = Object.entries(json).filter(([name]) => name !== said)
  const others = rest.map(([name, value]) => [name, trimmed(value, left, 0, 'first')] as const)
  const all = new Map<string, unknown>(others)
  if (said !== undefined) all.set(said, first)
  return Object.fromEntries(Object.keys(json).map((name) => [name, all.get(name)]))
}

export const trimmedAnswer = (value: unknown, most: number): unknown => trimmed(value, { characters: most }, 0, 'first')

function trimmed(value: unknown, left: Left, deep: number, end: 'first' | 'last'): unknown {
  if (typeof value === 'string') return cut(withoutData(value), left)
  if (typeof value !== 'object' || value === null) {
    left.characters -= 8
    return value
  }
  if (deep > mostDeep) return '[too deep]'
  if (Array.isArray(value)) return list(value, left, deep, end)
  const media = mediaIn(value as Fields)
  const result: [string, unknown][] = []
  for (const [name, one] of Object.entries(value)) {
    if (left.characters <= 0) {
      result.push(['[cut]', 'more fields'])
      break
    }
    left.characters -= name.length + 4
    const kind = media.get(name)
    const isData = kind !== undefined && typeof one === 'string'
    result.push([name, isData ? markOf(kind, one.length) : trimmed(one, left, deep + 1, end)])
  }
  return Object.fromEntries(result)
}

/** Numbers of tokens are a text that nobody can look through; those of vectors tell of one. */
function list(value: readonly unknown[], left: Left, deep: number, end: 'first' | 'last'): unknown {
  if (value.length > 3 && value.every((one) => typeof one === 'number')) return `[${value.length} numbers]`
  const order = end === 'last' ? value.toReversed() : value
  const kept: unknown[] = []
  for (const one of order) {
    if (left.characters <= 0) break
    left.characters -= 2
    kept.push(trimmed(one, left, deep + 1, 'first'))
  }
  const missing = value.length - kept.length
  if (end === 'last') kept.reverse()
  if (missing === 0) return kept
  const mark = `[cut: ${missing} ${end === 'last' ? 'before' : 'more'}]`
  return end === 'last' ? [mark, ...kept] : [...kept, mark]
}

/** A little more is let through than there is room for, so that what begins within it is whole. */
function cut(text: string, left: Left): string {
  const room = Math.max(0, left.characters)
  left.characters -= text.length
  if (text.length <= room + beyond) return text
  return text.slice(0, room + beyond) + cutMark(text.length - room - beyond)
}

export const cutMark = (characters: number): string => `[cut: ${sizeOf(characters)} more]`
