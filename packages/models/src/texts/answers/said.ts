import { beyond, mostCharacters } from '../bounds.ts'
import { cutMark, trimmedAnswer } from '../trimmed.ts'
import { fieldsOf, type Fields } from '../../fields.ts'

export const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : [])

/** A piece of what a model said. */
export interface SaidPart {
  readonly type: string
  /** Of a tool that was called. */
  readonly name?: string
  readonly text?: string
  /** Of several answers to one question: which of them, where it is not the first. */
  readonly choice?: number
  /** What is neither text nor a call, as it came. */
  readonly value?: unknown
}

interface Open {
  readonly type: string
  readonly choice: number
  name: string
  text: string
  value?: unknown
}

/** What a model says, put together as it comes, and no more of it than is kept. */
export class Said {
  readonly #parts = new Map<string, Open>()
  readonly #most: number
  #length = 0
  #dropped = 0

  constructor(most = mostCharacters) {
    this.#most = most
  }

  get isEmpty(): boolean {
    return this.#parts.size === 0
  }

  /** More of the part that has this key. */
  text(key: string, type: string, more: unknown, choice = 0): void {
    if (typeof more !== 'string' || more === '') return
    const part = this.#part(key, type, choice)
    const room = Math.max(0, this.#most + beyond - this.#length)
    const taken = more.length <= room ? more : more.slice(0, room)
    this.#dropped += more.length - taken.length
    this.#length += taken.length
    part.text += taken
  }

  call(key: string, name: unknown, input: unknown, choice = 0): void {
    const part = this.#part(key, 'call', choice)
    if (typeof name === 'string') part.name = name.slice(0, 200)
    this.text(key, 'call', typeof input === 'string' ? input : undefined, choice)
  }

  other(key: string, type: unknown, value: unknown): void {
    const part = this.#part(key, typeof type === 'string' ? type.slice(0, 100) : 'other', 0)
    const kept = trimmedAnswer(value, Math.max(0, this.#most - this.#length))
    this.#length += JSON.stringify(kept ?? null).length
    part.value = kept
  }

  parts(): readonly SaidPart[] {
    const parts = [...this.#parts.values()].map(({ type, name, text, choice, value }) => ({
      type,
      ...(name === '' ? {} : { name }),
      ...(text === '' && type !== 'call' ? {} : { text }),
      ...(choice === 0 ? {} : { choice }),
      ...(value === undefined ? {} : { value }),
    }))
    return this.#dropped === 0 ? parts : [...parts, { type: 'cut', text: cutMark(this.#dropped) }]
  }

  #part(key: string, type: string, choice: number): Open {
    const known = this.#parts.get(key)
    if (known !== undefined) return known
    const part: Open = { type, choice, name: '', text: '' }
    // Without bound there may be as many of them as a provider likes.
    if (this.#parts.size < mostParts) this.#parts.set(key, part)
    return part
  }
}

const mostParts = 500
