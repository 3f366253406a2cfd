import { thoughtMarks } from '../words.ts'
import { Speech } from './speech.ts'

/** A piece of an answer: what of it was thought, and what is said. */
export interface Apart {
  readonly thought: string
  readonly rest: string
}

/** Keeps apart what a model thinks before it speaks, where it has learnt to. */
export class Thoughts {
  #phase: 'unsure' | 'thinking' | 'spoken' | 'over'
  readonly #begin = new Speech([thoughtMarks.begin])
  readonly #end = new Speech([thoughtMarks.end])
  /** Of the beginning, as long as it may be thought. */
  #blank = ''
  /** So many pieces were no part of what is said. */
  tokens = 0

  constructor(phase: 'unsure' | 'thinking' | 'over') {
    this.#phase = phase
  }

  push(piece: string): Apart {
    if (this.#phase === 'over') return { thought: '', rest: piece }
    if (this.#phase === 'unsure') return this.#unsure(piece)
    this.tokens += 1
    return this.#phase === 'thinking' ? this.#thinking(piece) : this.#spoken(piece)
  }

  end(): Apart {
    if (this.#phase === 'thinking') return { thought: this.#end.end(), rest: '' }
    const rest = this.#phase === 'unsure' ? this.#blank + this.#begin.end() : ''
    this.#phase = 'over'
    return { thought: '', rest }
  }

  #unsure(piece: string): Apart {
    const { text, met } = this.#begin.push(piece)
    const told = this.#blank + text
    if (told.trim() !== '') {
      // A mark in the middle of what is said is a part of it.
      this.#phase = 'over'
      const behind = met === undefined ? this.#begin.end() : met.mark + met.rest
      this.tokens = 0
      return { thought: '', rest: told + behind }
    }
    this.tokens += 1
    this.#blank = told
    if (met === undefined) return { thought: '', rest: '' }
    this.#phase = 'thinking'
    return this.#thinking(met.rest)
  }

  #thinking(piece: string): Apart {
    const { text, met } = this.#end.push(piece)
    if (met === undefined) return { thought: text, rest: '' }
    this.#phase = 'spoken'
    const { rest } = this.#spoken(met.rest)
    return { thought: text, rest }
  }

  /** The lines between what was thought and what is said are part of neither. */
  #spoken(piece: string): Apart {
    const rest = piece.trimStart()
    if (rest !== '') this.#phase = 'over'
    return { thought: '', rest }
  }
}
