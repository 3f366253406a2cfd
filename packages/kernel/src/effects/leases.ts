import { formatEffectId, type EffectId, type EffectRow } from '../ports/log.ts'
import { leaseMs } from './kind.ts'

const beatMs = leaseMs / 3

/** The attempts of a lane that run under a lease, and when the leases are to be renewed. */
export class Leases {
  readonly #running = new Map<string, EffectId>()
  /** By the clock that only goes forward. */
  #next = 0

  add(effect: EffectId, elapsed: number): void {
    if (this.#running.size === 0) this.#next = elapsed + beatMs
    this.#running.set(formatEffectId(effect), effect)
  }

  remove(effect: EffectId): void {
    if (this.#running.size > 0) this.#running.delete(formatEffectId(effect))
  }

  /** How long until leases are to be renewed; null when none is held. */
  waitMs(elapsed: number): number | null {
    return this.#running.size === 0 ? null : Math.max(0, this.#next - elapsed)
  }

  /** The leases to renew now, as they stand, and those that are over already: nothing was committed for too long. */
  take(
    { elapsed, now }: { readonly elapsed: number; readonly now: number },
    find: (effect: EffectId) => EffectRow | undefined,
  ): { readonly renew: readonly EffectRow[]; readonly over: readonly EffectRow[] } {
    if (this.#running.size === 0 || elapsed < this.#next) return { renew: [], over: [] }
    this.#next = elapsed + beatMs
    const rows = [...this.#running.values()].flatMap((effect) => find(effect) ?? [])
    const over = rows.filter(({ due }) => due <= now)
    for (const row of over) this.remove(row)
    return { renew: rows.filter(({ due }) => due > now), over }
  }
}
