import { formatEffectId, type EffectId, type EffectRow, type LogWriter } from '../ports/log.ts'
import { Schedule } from './schedule.ts'

/** All that may be held is read in so many parts, as long as it is wanted soon. */
const pages = 2

/** While what is held lasts so long, the rest is read in small parts: whoever waits is not kept waiting for a large one. */
const calmMs = 2_000
const calmPage = 256

/** What a lane owes: timers and the rest apart, so that a backlog of deliveries never keeps a reminder from ringing. */
export class OwedEffects {
  readonly #page: number
  readonly #timers: Schedule
  readonly #others: Schedule

  constructor(limit: number) {
    this.#page = Math.ceil(limit / pages)
    this.#timers = new Schedule(limit)
    this.#others = new Schedule(limit)
  }

  find(effect: EffectId): EffectRow | undefined {
    return this.#held(formatEffectId(effect))
  }

  holds(name: string): boolean {
    return this.#held(name) !== undefined
  }

  ofHome(tenant: string, home: string): readonly EffectRow[] {
    return [...this.#timers.all(), ...this.#others.all()].filter(
      ({ address }) => address.home === home && address.tenant === tenant,
    )
  }

  forget(effect: EffectId): void {
    const name = formatEffectId(effect)
    this.#timers.remove(name)
    this.#others.remove(name)
  }

  /** An effect that waits for its time. */
  wait(row: EffectRow): void {
    this.#of(row).add(row)
  }

  /** Whether an effect that is due may start at once; if not, its turn comes with a later load. */
  mayStart(row: EffectRow): boolean {
    return this.#of(row).hold(row)
  }

  /** The attempt of a held effect began, or its lease was renewed. */
  renew(row: EffectRow): void {
    this.#of(row).renew(row)
  }

  nextDue(): number | null {
    const dues = [this.#timers.nextDue(), this.#others.nextDue()].filter((due) => due !== null)
    return dues.length === 0 ? null : Math.min(...dues)
  }

  /** What is due, timers first, each in order of due time. */
  takeDue(now: number, most: number): readonly EffectRow[] {
    const taken: EffectRow[] = []
    for (const schedule of [this.#timers, this.#others]) {
      for (let left = most; left > 0; left -= 1) {
        const row = schedule.takeDue(now)
        if (row === null) break
        taken.push(row)
      }
    }
    return taken
  }

  /** Reads on while there is more in the database and room for it; of what is not due soon only a little at once. */
  async extend(writer: Pick<LogWriter, 'owed'>, slots: readonly number[], now: number): Promise<true> {
    for (const [which, schedule] of [
      ['timers', this.#timers],
      ['others', this.#others],
    ] as const) {
      while (schedule.wantsMore) {
        const isCalm = schedule.edge !== null && schedule.edge.due > now + calmMs
        const page = isCalm ? Math.min(calmPage, this.#page) : this.#page
        schedule.extend(await writer.owed(slots, which, schedule.edge, page), page)
        if (isCalm) break
      }
    }
    return true
  }

  /** The database may hold something that was missed. */
  readAgain(): void {
    this.#timers.readAgain()
    this.#others.readAgain()
  }

  #held(name: string): EffectRow | undefined {
    return this.#timers.held(name) ?? this.#others.held(name)
  }

  #of(row: EffectRow): Schedule {
    return row.kind === 'timer' ? this.#timers : this.#others
  }
}
