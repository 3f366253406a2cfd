import type { Deciding } from './ground.ts'

const mostNamed = 1000

/** Actors that could not be folded when they were last needed, with what each needs, so that somebody sees them. */
export class ActorsAside {
  readonly #needs = new Map<string, string>()

  readonly #damaged = new Set<number>()

  /** The snapshot of an actor does not open: its whole history is read instead, until a new one takes its place. */
  damaged(actor: number): void {
    if (this.#damaged.size < mostNamed) this.#damaged.add(actor)
  }

  get damagedSnapshots(): number {
    return this.#damaged.size
  }

  /** What a decided batch met, after its commit. */
  note({ unfoldable, draft }: Pick<Deciding, 'unfoldable' | 'draft'>): void {
    if (this.#damaged.size > 0) for (const actor of draft.saved()) this.#damaged.delete(actor)
    if (this.#needs.size > 0) for (const { name } of draft.touched()) this.#needs.delete(name)
    for (const { name, needs } of unfoldable)
      if (this.#needs.has(name) || this.#needs.size < mostNamed) this.#needs.set(name, needs)
  }

  /** How many need what. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const needs of this.#needs.values()) counts.set(needs, (counts.get(needs) ?? 0) + 1)
    return counts
  }
}
