import { Flights } from './flights.ts'
import { bytesOf, type KeptAnswer, type KeptEntry, type KeptQuestion } from './kept-answer.ts'

/** Compared with each of these, one after the other. */
const mostInGroup = 1000

/** The answers of one tenant, the one that was used last standing last. Nothing in it leads to another tenant’s. */
export class TenantCache {
  /** What is asked for it at this moment. */
  readonly flights = new Flights()
  readonly #entries = new Map<string, KeptEntry>()
  /** Under which key something is kept that answers the same in another form. */
  readonly #kin = new Map<string, string>()
  readonly #groups = new Map<string, Map<string, KeptQuestion>>()
  readonly #changed: (bytes: number) => void
  readonly #isForgotten: (answer: KeptAnswer) => boolean
  #bytes = 0

  /** `changed` hears of all that it takes more, or less. */
  constructor(
    changed: (bytes: number) => void = () => undefined,
    isForgotten: (answer: KeptAnswer) => boolean = () => false,
  ) {
    this.#changed = changed
    this.#isForgotten = isForgotten
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#entries.size
  }

  find(key: string, now: number): KeptAnswer | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (this.#isOver(entry.answer, now)) {
      this.#remove(entry)
      return undefined
    }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.answer
  }

  findKin(kin: readonly string[], now: number): KeptAnswer | undefined {
    for (const one of kin) {
      const key = this.#kin.get(one)
      const answer = key === undefined ? undefined : this.find(key, now)
      if (answer !== undefined) return answer
    }
    return undefined
  }

  /** Whether there is anything that a question could be compared with. */
  hasGroup(group: string): boolean {
    return this.#groups.has(group)
  }

  /** The nearest question of the group that is near enough. Vectors are of length 1. */
  near(asked: KeptQuestion, threshold: number, now: number): KeptAnswer | undefined {
    let best: string | undefined
    let nearest = threshold
    for (const [key, { vector, marks, model }] of this.#groups.get(asked.group) ?? []) {
      if (marks !== asked.marks || model !== asked.model || vector.length !== asked.vector.length) continue
      const product = dot(vector, asked.vector)
      const answer = this.#entries.get(key)?.answer
      if (product < nearest || answer === undefined || this.#isOver(answer, now)) continue
      nearest = product
      best = key
    }
    return best === undefined ? undefined : this.find(best, now)
  }

  put(entry: KeptEntry): void {
    const former = this.#entries.get(entry.key)
    if (former !== undefined) this.#remove(former)
    this.#entries.set(entry.key, entry)
    for (const one of entry.kin) this.#kin.set(one, entry.key)
    this.#count(bytesOf(entry))
    if (entry.question === null) return
    const group = this.#groups.get(entry.question.group) ?? new Map<string, KeptQuestion>()
    this.#groups.set(entry.question.group, group)
    group.set(entry.key, entry.question)
    const [oldest] = group.keys()
    if (group.size > mostInGroup && oldest !== undefined) this.#removeAt(oldest)
  }

  /** False where there is none. */
  dropOldest(): boolean {
    const [oldest] = this.#entries.keys()
    if (oldest === undefined) return false
    this.#removeAt(oldest)
    return true
  }

  clear(): void {
    while (this.dropOldest());
  }

  /** Its time is over, or whose it was is not here any more. */
  #isOver(answer: KeptAnswer, now: number): boolean {
    return answer.until <= now || this.#isForgotten(answer)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#changed(bytes)
  }

  #removeAt(key: string): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#remove(entry)
  }

  #remove(entry: KeptEntry): void {
    this.#entries.delete(entry.key)
    for (const one of entry.kin) if (this.#kin.get(one) === entry.key) this.#kin.delete(one)
    this.#count(-bytesOf(entry))
    if (entry.question === null) return
    const group = this.#groups.get(entry.question.group)
    group?.delete(entry.key)
    if (group?.size === 0) this.#groups.delete(entry.question.group)
  }
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0
  for (let at = 0; at < one.length; at += 1) sum += (one[at] ?? 0) * (other[at] ?? 0)
  return sum
}
