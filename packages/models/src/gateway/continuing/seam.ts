import { anchorOf } from './anchor.ts'

export interface SeamSetting {
  /** All that was said before. */
  readonly said: string
  /**
   * Whether the model was handed it as the beginning of its own answer, but for space at its end, which no provider takes there. Else it was
   * asked to repeat the last words before it goes on.
   */
  readonly prefilled: boolean
}

/** So far back a repetition is looked for, beside one of everything. */
const farthest = 2000
/** A repetition of so many characters is no chance, asked for or not. */
const surely = 16
const surelyUnasked = 32

const word = /[\p{L}\p{N}\p{M}_]/u

/**
 * Where a second model takes up what a first one said: what it repeats of the end is left out, and the space between both is told once.
 * Nothing comes out before it is known whether it is a repetition.
 */
export class Seam {
  readonly #base: string
  /** Behind the base, and told already. */
  readonly #space: string
  readonly #anchor: string
  readonly #prefilled: boolean
  #held = ''
  #stage: 'matching' | 'spacing' | 'through' = 'matching'

  constructor({ said, prefilled }: SeamSetting) {
    this.#base = said.trimEnd()
    this.#space = said.slice(this.#base.length)
    this.#anchor = anchorOf(said)
    this.#prefilled = prefilled
    if (this.#base === '') this.#stage = this.#space === '' ? 'through' : 'spacing'
  }

  /** What of it is new, as far as that is known. */
  push(delta: string): string {
    if (this.#stage === 'through') return delta
    this.#held += delta
    if (this.#stage === 'matching') {
      if (this.#mayRepeat()) return ''
      this.#settle()
    }
    return this.#released(false)
  }

  /** What was held, where nothing more comes. */
  end(): string {
    if (this.#stage === 'matching') this.#settle()
    return this.#released(true)
  }

  /** Whether what is held may be a repetition that has not come to its end. */
  #mayRepeat(): boolean {
    const held = this.#held.trimStart()
    if (held === '') return true
    if (this.#isAsAsked(held)) return false
    const last = this.#base.length - held.length
    for (let from = Math.max(0, this.#base.length - farthest); from < last; from += 1)
      if (this.#base.startsWith(held, from)) return true
    return last > 0 && this.#base.startsWith(held)
  }

  #settle(): void {
    const held = this.#held.trimStart()
    const repeated = this.#repeated(held)
    if (repeated > 0) this.#held = held.slice(repeated)
    this.#stage = repeated > 0 || this.#prefilled ? 'spacing' : 'through'
  }

  /** Length of the longest end of the base that it begins with, where that cannot be chance. */
  #repeated(held: string): number {
    if (this.#isAsAsked(held)) return this.#anchor.length
    const base = this.#base
    const from = Math.max(0, base.length - Math.min(held.length, farthest))
    const starts = held.length >= base.length ? [0] : []
    for (let at = from; at < base.length; at += 1) starts.push(at)
    const found = starts.find((at) => held.startsWith(base.slice(at)) && this.#isNoChance(held, at))
    return found === undefined ? 0 : base.length - found
  }

  /** A short word behind a space may well be said twice. */
  #isAsAsked(held: string): boolean {
    const isSure = this.#anchor.length >= surely || held === this.#held
    return !this.#prefilled && isSure && held.startsWith(this.#anchor)
  }

  #isNoChance(held: string, at: number): boolean {
    const length = this.#base.length - at
    if (this.#prefilled) return length >= surelyUnasked
    if (length >= surely) return true
    // Without a space between them two whole words would have become one.
    const isWord = at === 0 || !word.test(this.#base[at - 1] ?? '')
    const wouldMeet = held === this.#held && this.#space === '' && word.test(this.#base.at(-1) ?? '')
    return isWord && wouldMeet && word.test(held[0] ?? '') && !word.test(held[length] ?? ' ')
  }

  /** Of the space on both sides what the first did not tell. */
  #spaced(isOver: boolean): string {
    const rest = this.#held.trimStart()
    if (rest === '' && !isOver) return ''
    this.#stage = 'through'
    const space = this.#held.slice(0, this.#held.length - rest.length)
    this.#held = ''
    return (space.startsWith(this.#space) ? space.slice(this.#space.length) : '') + rest
  }

  #released(isOver: boolean): string {
    if (this.#stage === 'spacing') return this.#spaced(isOver)
    const held = this.#held
    this.#held = ''
    return held
  }
}
