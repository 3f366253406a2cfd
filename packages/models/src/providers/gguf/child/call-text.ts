import { callMarks, type Said } from '../words.ts'

const head = /^\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*(?=\S)/

/**
 * Takes calls apart as they are written: `{"name": …, "arguments": …}`, one behind the other, with marks between them. The text comes in
 * pieces and has the form that the grammar of the calls gives it.
 */
export class CallText {
  #phase: 'head' | 'input' | 'tail' = 'head'
  #kept = ''
  #depth = 0
  #inString = false
  #isEscaped = false
  /** Calls that have come to their end. */
  whole = 0
  /** Whether one has begun. */
  get begun(): boolean {
    return this.whole > 0 || this.#phase === 'input'
  }

  push(piece: string): readonly Said[] {
    const said: Said[] = []
    let text = this.#kept + piece
    this.#kept = ''
    while (text !== '') {
      if (this.#phase === 'head') text = this.#head(text, said)
      else if (this.#phase === 'input') text = this.#input(text, said)
      else text = this.#tail(text)
    }
    return said
  }

  #head(text: string, said: Said[]): string {
    const found = head.exec(text)
    if (found === null) {
      this.#kept = text
      return ''
    }
    said.push({ type: 'call', name: JSON.parse(found[1] ?? '""') as string })
    this.#phase = 'input'
    return text.slice(found[0].length)
  }

  #input(text: string, said: Said[]): string {
    for (let at = 0; at < text.length; at += 1) {
      if (!this.#closes(text.charAt(at))) continue
      said.push({ type: 'input', text: text.slice(0, at + 1) }, { type: 'called' })
      this.whole += 1
      this.#phase = 'tail'
      return text.slice(at + 1)
    }
    said.push({ type: 'input', text })
    return ''
  }

  #tail(text: string): string {
    const at = text.indexOf(callMarks.begin)
    if (at === -1) {
      this.#kept = text
      return ''
    }
    this.#phase = 'head'
    return text.slice(at + callMarks.begin.length)
  }

  /** Whether the input ends with this character. */
  #closes(character: string): boolean {
    if (this.#inString) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (character === '\\') this.#isEscaped = true
      else if (character === '"') this.#inString = false
      return false
    }
    if (character === '"') this.#inString = true
    else if (character === '{' || character === '[') this.#depth += 1
    else if (character === '}' || character === ']') {
      this.#depth -= 1
      return this.#depth === 0
    }
    return false
  }
}
