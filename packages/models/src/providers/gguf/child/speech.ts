/** What became of a piece of an answer. */
export interface Heard {
  /** To be told. What may yet turn out to be the beginning of a mark is kept back. */
  readonly text: string
  /** What was met, and what stood behind it. */
  readonly met?: { readonly mark: string; readonly rest: string }
}

/** Looks for marks in a text that comes in pieces: stop sequences, the end of a turn, the beginning of a call. */
export class Speech {
  readonly #marks: readonly string[]
  #kept = ''

  constructor(marks: readonly string[]) {
    this.#marks = marks.filter((mark) => mark !== '')
  }

  push(piece: string): Heard {
    const text = this.#kept + piece
    const found = this.#first(text)
    if (found !== null) {
      this.#kept = ''
      return {
        text: text.slice(0, found.at),
        met: { mark: found.mark, rest: text.slice(found.at + found.mark.length) },
      }
    }
    const kept = this.#keeps(text)
    this.#kept = text.slice(text.length - kept)
    return { text: text.slice(0, text.length - kept) }
  }

  /** Nothing more comes. */
  end(): string {
    const rest = this.#kept
    this.#kept = ''
    return rest
  }

  /** The one that begins first; of those that begin together the longest. */
  #first(text: string): { readonly at: number; readonly mark: string } | null {
    let first: { readonly at: number; readonly mark: string } | null = null
    for (const mark of this.#marks) {
      const at = text.indexOf(mark)
      if (at === -1) continue
      if (first === null || at < first.at || (at === first.at && mark.length > first.mark.length)) first = { at, mark }
    }
    return first
  }

  #keeps(text: string): number {
    let most = 0
    for (const mark of this.#marks)
      for (let length = Math.min(mark.length - 1, text.length); length > most; length -= 1)
        if (text.endsWith(mark.slice(0, length))) most = length
    return most
  }
}
