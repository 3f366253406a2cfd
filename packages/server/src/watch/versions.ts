import { jsonPatch, type Json } from '@hearth/protocol'
import type { Update } from './watcher.ts'

/** What a query answered, and where its slot stood then. */
export interface Reading {
  readonly position: string
  /** JSON. */
  readonly body: string
  /** Whether nothing was committed in its slot while it was read: only then the position alone says what was answered. */
  readonly exact: boolean
}

export interface Version {
  readonly position: string
  readonly exact: boolean
  /** What made it of the one before; null for the first. */
  readonly change: string | null
}

const mostVersions = 32
/** Of a short answer a change is sent also where the answer would be shorter. */
const slack = 1024

/** The last answers of one query: the present one whole, those before as what changed since. */
export class Versions {
  #versions: readonly Version[]
  #body: string

  constructor({ body, position, exact }: Reading) {
    this.#versions = [{ position, exact, change: null }]
    this.#body = body
  }

  get last(): Version {
    return this.#versions.at(-1) as Version
  }

  get bytes(): number {
    return this.#versions.reduce((sum, { change }) => sum + (change?.length ?? 0), this.#body.length)
  }

  /** False when the answer is what it was. */
  take({ body, position, exact }: Reading): boolean {
    if (body === this.#body) return false
    const change = JSON.stringify(patchOf(JSON.parse(this.#body) as Json, JSON.parse(body) as Json))
    this.#versions = [...this.#versions, { position, exact, change }].slice(-mostVersions)
    this.#body = body
    return true
  }

  /** The version that whoever was told this position has; undefined when that cannot be said. */
  at(position: string): Version | undefined {
    const found = this.#versions.filter((version) => version.position === position)
    return found.length === 1 && found[0]?.exact === true ? found[0] : undefined
  }

  /** What makes the present answer of one that somebody has: the changes since, or all of it where they are unknown or far longer. */
  since(had: Version | null): readonly Update[] {
    const index = had === null ? -1 : this.#versions.indexOf(had)
    const later = this.#versions.slice(index + 1)
    const bytes = later.reduce((sum, { change }) => sum + (change?.length ?? 0), 0)
    if (index === -1 || bytes > 2 * this.#body.length + slack) return [this.whole('reset')]
    return later.map(({ change, position }) => ({ type: 'change', body: change as string, position }))
  }

  whole(type: 'snapshot' | 'reset'): Update {
    return { type, body: this.#body, position: this.last.position }
  }
}

/** Without what was there before, which the watcher has. */
const patchOf = (from: Json, to: Json): readonly object[] =>
  jsonPatch(from, to).map((operation) =>
    operation.op === 'remove'
      ? { op: operation.op, path: operation.path }
      : { op: operation.op, path: operation.path, value: operation.value },
  )
