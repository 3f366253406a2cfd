import { formatEffectId, type EffectRow, type Line } from '../ports/log.ts'

/**
 * Effects with the same order run one at a time, as they were asked for. The one whose turn it is is known here; those behind it
 * lie in the database until it has ended, however many they are.
 */
export class Lines {
  readonly #first = new Map<string, string>()
  readonly #byEffect = new Map<string, Line>()
  readonly #wanted = new Map<string, Line>()

  /** Whether it may run now. If not, its turn is asked after when what is before it has ended. */
  mayRun(row: EffectRow): boolean {
    if (row.order === undefined) return true
    const first = this.#first.get(row.order)
    if (first === undefined) this.#wanted.set(row.order, { slot: row.slot, order: row.order })
    return first === formatEffectId(row)
  }

  /** It is owed no more, or set aside: the next of its line is asked after. */
  ended(name: string): void {
    const line = this.#byEffect.get(name)
    if (line === undefined) return
    this.#byEffect.delete(name)
    this.#first.delete(line.order)
    this.#wanted.set(line.order, line)
  }

  /** Somebody was forgotten, and with them what they were owed: whoever is not held may be gone, and the first of their line another. */
  lookAgain(isHeld: (name: string) => boolean): void {
    for (const name of this.#byEffect.keys()) if (!isHeld(name)) this.ended(name)
  }

  /** Whether nothing here stands in a line. */
  get isEmpty(): boolean {
    return this.#byEffect.size === 0
  }

  get wants(): boolean {
    return this.#wanted.size > 0
  }

  /** Lines whose first is not known. Each is given out once. */
  takeWanted(): readonly Line[] {
    const wanted = [...this.#wanted.values()]
    this.#wanted.clear()
    return wanted
  }

  /** They could not be asked after. */
  wantAgain(lines: readonly Line[]): void {
    for (const line of lines) this.#wanted.set(line.order, line)
  }

  /** The first of its line: it is the next to run, also where it lies in the database until its time comes. */
  first(row: EffectRow): void {
    if (row.order === undefined) return
    const name = formatEffectId(row)
    this.#first.set(row.order, name)
    this.#byEffect.set(name, { slot: row.slot, order: row.order })
  }
}
