/** A place of a flow where a process may stop: before or after the nth commit or effect of this name. */
export interface Boundary {
  readonly name: string
  readonly nth: number
  readonly when: 'before' | 'after'
}

export const boundaryName = ({ name, nth, when }: Boundary): string => `${when} ${name} ${nth}`

/** One run of a flow, over all its processes: what it came by, what it did outside, and where it was stopped. */
export class Course {
  readonly #stop: Boundary | null
  readonly #counts = new Map<string, number>()
  readonly #settled = new Set<string>()
  readonly boundaries: Boundary[] = []
  readonly faults: string[] = []
  readonly events = new Set<string>()
  readonly effects = new Set<string>()
  readonly operations = new Set<string>()
  hasStopped = false

  constructor(stop: Boundary | null) {
    this.#stop = stop
  }

  /** Counts what a commit holds, or an effect; says whether its process is to stop here. */
  come(names: readonly string[]): (when: Boundary['when']) => boolean {
    const places = names.map((name) => {
      const nth = (this.#counts.get(name) ?? 0) + 1
      this.#counts.set(name, nth)
      return { name, nth }
    })
    return (when) => {
      const here = places.map((place) => ({ ...place, when }))
      this.boundaries.push(...here)
      const stop = this.#stop === null ? null : boundaryName(this.#stop)
      const isHere = !this.hasStopped && here.some((each) => boundaryName(each) === stop)
      this.hasStopped ||= isHere
      return isHere
    }
  }

  settled(effect: string): void {
    this.#settled.add(effect)
  }

  /** An attempt at an effect is about to be made. */
  attempted(kind: string, effect: string): void {
    this.effects.add(kind)
    if (this.#settled.has(effect)) this.faults.push(`${kind} ${effect} was made again after its end was recorded`)
  }
}
