import type { Clock } from '@hearth/kernel'
import type { StepPart, StepText } from '@hearth/protocol'

/** Of a longer text the end is kept, for whoever comes in the middle. */
const mostKept = 1024 * 1024

export interface Flushing {
  readonly spacingMs: number
  flushed(part: StepText): void
}

type About = Pick<StepPart, 'turn' | 'step' | 'attempt' | 'offset'>

/** The text of a step while an attempt at it runs, as far as it was told. */
export class Step {
  readonly #turn: string
  readonly #step: string
  readonly #clock: Clock
  readonly #flushing: Flushing | null
  #attempt: number
  /** Where the kept text begins. */
  #begin: number
  #text = ''
  /** Written, and not told yet. */
  #pending = ''
  #flushedAt = Number.NEGATIVE_INFINITY
  #cancelFlush: (() => void) | null = null
  #cancelExpiry: (() => void) | null = null
  #silent = false

  /** `flushing`: what is written here is told so. */
  constructor({ turn, step, attempt, offset }: About, clock: Clock, flushing: Flushing | null = null) {
    this.#turn = turn
    this.#step = step
    this.#attempt = attempt
    this.#begin = offset
    this.#clock = clock
    this.#flushing = flushing
  }

  /** Of what was told. */
  get length(): number {
    return this.#begin + this.#text.length
  }

  write(delta: string): void {
    if (this.#flushing === null || this.#silent) return
    this.#pending += delta
    const wait = this.#flushedAt + this.#flushing.spacingMs - this.#clock.elapsed()
    if (wait <= 0) return this.#tell()
    this.#cancelFlush ??= this.#clock.after(wait, () => {
      this.#cancelFlush = null
      this.#tell()
    })
  }

  /** What is to be told before anything else is. */
  flush(): readonly StepText[] {
    if (this.#pending === '') return []
    const part = this.#part('text-delta', this.length, this.#pending)
    this.#pending = ''
    this.#flushedAt = this.#clock.elapsed()
    this.#append(part.text)
    return [part]
  }

  /** All that was told, for whoever has nothing or the wrong thing. */
  whole(): readonly StepText[] {
    if (this.length === 0 && this.#attempt === 1 && !this.#silent) return []
    return [this.#part('text-reset', this.#begin, this.#text)]
  }

  /** What another process told. `restarted`: the whole is to be told instead; `missing`: something before it never came. */
  take(part: StepPart): 'taken' | 'restarted' | 'missing' | 'old' {
    if (part.attempt < this.#attempt || this.#silent) return 'old'
    const isNew = part.attempt > this.#attempt
    const text = typeof part['text'] === 'string' ? part['text'] : ''
    if (part.type === 'text-reset') {
      this.#restart(part, text)
      return 'taken'
    }
    if (part.type !== 'text-delta') return isNew ? 'missing' : 'taken'
    if (isNew || part.offset === 0) {
      const isFirst = !isNew && this.length === 0
      if (part.offset > 0) return 'missing'
      this.#restart(part, text)
      return isFirst ? 'taken' : 'restarted'
    }
    if (part.offset !== this.length) return part.offset > this.length ? 'missing' : 'old'
    this.#append(text)
    return 'taken'
  }

  /** Whether this says more than is known here. */
  isBehind({ attempt, offset, text }: StepPart): boolean {
    if (attempt !== this.#attempt) return attempt > this.#attempt
    return offset + (typeof text === 'string' ? text.length : 0) > this.length
  }

  silence(): readonly StepText[] {
    this.#silent = true
    this.#text = ''
    this.#pending = ''
    this.#begin = 0
    this.#cancelFlush?.()
    return [this.#part('text-reset', 0, '')]
  }

  /** Calls it when nothing was taken for so long. */
  expire(afterMs: number, expired: () => void): void {
    this.#cancelExpiry?.()
    this.#cancelExpiry = this.#clock.after(afterMs, expired)
  }

  stop(): void {
    this.#cancelFlush?.()
    this.#cancelExpiry?.()
  }

  #tell(): void {
    for (const part of this.flush()) this.#flushing?.flushed(part)
  }

  #restart({ attempt, offset }: StepPart, text: string): void {
    this.#attempt = attempt
    this.#begin = offset
    this.#text = ''
    this.#append(text)
  }

  #append(text: string): void {
    this.#text += text
    const over = this.#text.length - mostKept
    // A long text is cut seldom, and by much.
    if (over < mostKept) return
    this.#text = this.#text.slice(over)
    this.#begin += over
  }

  #part<T extends StepText['type']>(type: T, offset: number, text: string): StepText & { readonly type: T } {
    return { type, turn: this.#turn, step: this.#step, attempt: this.#attempt, offset, text }
  }
}
