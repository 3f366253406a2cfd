import type { Clock } from './ports/clock.ts'
import type { StoreTrouble } from './ports/log.ts'

/** A lane waits for its store, and goes on by itself. */
export interface LaneWait {
  readonly trouble: StoreTrouble
  /** By the machine's clock. */
  readonly since: number
}

type By = 'question' | 'commit'

interface Current extends LaneWait {
  readonly by: By
}

/** Why a lane waits, and since when. What a failed commit began ends with a commit, not with any answer: a full disk can be read. */
export class Outage {
  readonly #clock: Clock
  readonly #onChange: (wait: LaneWait | null) => void
  #current: Current | null = null
  /** One that nothing waits for any more, and that no commit has shown to be over. */
  #rested: Current | null = null
  #silentFrom: number | null = null

  constructor(clock: Clock, onChange: (wait: LaneWait | null) => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  get wait(): LaneWait | null {
    return this.#current
  }

  /** How long nothing has been answered; 0 when something was since it last failed. */
  silentMs(): number {
    return this.#silentFrom === null ? 0 : this.#clock.elapsed() - this.#silentFrom
  }

  /** Something failed. A trouble that is not said is the one known, or else that the store cannot be reached. */
  failed(trouble: StoreTrouble | undefined, by: By): void {
    const before = this.#current ?? this.#rested
    const since = before?.since ?? this.#clock.now()
    this.#silentFrom ??= this.#clock.elapsed()
    const known = trouble ?? before?.trouble ?? 'unreachable'
    this.#set({ trouble: known, by: before?.by === 'commit' ? 'commit' : by, since })
  }

  /** A question takes too long. What was said before says more. */
  slow(): void {
    this.failed(this.#current?.trouble ?? 'slow', 'question')
  }

  answered(): void {
    this.#silentFrom = null
    if (this.#current?.by === 'question') this.#set(null)
  }

  committed(): void {
    this.#rested = null
    this.#silentFrom = null
    if (this.#current !== null) this.#set(null)
  }

  /** Nothing waits for a commit any more: the next one shows whether it goes. */
  rest(): void {
    this.#silentFrom = null
    if (this.#current === null) return
    this.#rested = this.#current
    this.#set(null)
  }

  #set(next: Current | null): void {
    const before = this.#current
    this.#current = next
    if (before?.trouble !== next?.trouble) this.#onChange(next)
  }
}
