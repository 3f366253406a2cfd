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
}

/** Apart from its version, which whoever has it may hold for long. */
interface Step {
  readonly version: Version
  /** What made it of the one before; null for the first. */
  readonly change: string | null
}

const mostVersions = 32
/** Of a short answer a change is sent also where the answer would be shorter. */
const slack = 1024

/** The last answers of one query: the present one whole, those before as what changed since. */
export class Versions {
  #steps: readonly Step[]
  #body: string
  #isPast = false

  constructor({ body, position, exact }: Reading) {
    this.#steps = [{ version: { position, exact }, change: null }]
    this.#body = body
  }

  get last(): Version {
    return (this.#steps.at(-1) as Step).version
  }

  get bytes(): number {
    return this.#steps.reduce((sum, { change }) => sum + (change?.length ?? 0), this.#body.length)
  }

  /** Whether a person went since the last answer, so that it is told to nobody any more. */
  get isPast(): boolean {
    return this.#isPast
  }

  /** Drops what changed so far. The last answer stays only to be compared with the next. */
  forget(): void {
    this.#steps = [{ version: this.last, change: null }]
    this.#isPast = true
  }

  /** False when the answer is what it was, and nobody has been kept waiting for it. */
  take({ body, position, exact }: Reading): boolean {
    const wasPast = this.#isPast
    this.#isPast = false
    if (body === this.#body) return wasPast
    const version = { position, exact }
    // What is past is not gone on from.
    if (wasPast) this.#steps = [{ version, change: null }]
    else this.#steps = [...this.#steps, { version, change: changeOf(this.#body, body) }].slice(-mostVersions)
    this.#body = body
    return true
  }

  /** The version that whoever was told this position has; undefined when that cannot be said. */
  at(position: string): Version | undefined {
    const found = this.#steps.filter(({ version }) => version.position === position)
    return found.length === 1 && found[0]?.version.exact === true ? found[0].version : undefined
  }

  /** What makes the present answer of one that somebody has: the changes since, or all of it where they are unknown or far longer. */
  since(had: Version | null): readonly Update[] {
    const index = this.#steps.findIndex(({ version }) => version === had)
    const later = this.#steps.slice(index + 1)
    const bytes = later.reduce((sum, { change }) => sum + (change?.length ?? 0), 0)
    if (index === -1 || bytes > 2 * this.#body.length + slack) return [this.whole('reset')]
    return later.map(({ change, version }) => ({ type: 'change', body: change as string, position: version.position }))
  }

  whole(type: 'snapshot' | 'reset'): Update {
    return { type, body: this.#body, position: this.last.position }
  }
}

const changeOf = (from: string, to: string): string =>
  JSON.stringify(patchOf(JSON.parse(from) as Json, JSON.parse(to) as Json))

/** Without what was there before, which the watcher has. */
const patchOf = (from: Json, to: Json): readonly object[] =>
  jsonPatch(from, to).map((operation) =>
    operation.op === 'remove'
      ? { op: operation.op, path: operation.path }
      : { op: operation.op, path: operation.path, value: operation.value },
  )
