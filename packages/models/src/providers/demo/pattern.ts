const candidates = ['', 'a', 'A', '0', 'a0', 'A0', '-', '_', ' ']
const longest = 500

/** A text that a pattern matches, of at least so many letters; undefined where none is found. */
export function sampleOf(pattern: string, fewest: number): string | undefined {
  try {
    const expression = new RegExp(pattern, 'u')
    const tried = [...candidates, new Sampling(pattern).sample(), new Sampling(pattern).sample(fewest)]
    return tried.find((text) => text.length >= fewest && text.length <= longest + fewest && expression.test(text))
  } catch {
    return undefined
  }
}

const escapes: Readonly<Record<string, string>> = { d: '0', w: 'a', s: ' ', D: 'a', W: '-', S: 'a', t: '\t', n: '\n' }

/** Walks the simpler part of the language of patterns: letters, classes, groups, choices and counts. What it makes is checked afterwards. */
class Sampling {
  readonly #pattern: string
  #at = 0
  #more = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  /** `more`: how often at least a part that may come without limit comes. */
  sample(more = 0): string {
    this.#more = Math.min(more, longest)
    return this.#choice()
  }

  #choice(): string {
    let text = ''
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#peek())) text += this.#counted()
    while (this.#peek() === '|') {
      this.#at += 1
      this.#choice()
    }
    return text
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? ''
  }

  #counted(): string {
    const one = this.#one()
    const count = /^(?:[*+?]|\{(\d{1,4})(,\d{0,4})?\})\??/.exec(this.#pattern.slice(this.#at))
    if (count === null) return one
    this.#at += count[0].length
    const least = count[1] === undefined ? Number(count[0].startsWith('+')) : Number(count[1])
    const isOpen = /^[*+]/.test(count[0]) || count[2] === ','
    return one.repeat(Math.min(isOpen ? Math.max(least, this.#more) : least, longest))
  }

  #one(): string {
    const letter = this.#peek()
    this.#at += 1
    switch (letter) {
      case '^':
      case '$':
        return ''
      case '.':
        return 'a'
      case '(':
        return this.#group()
      case '[':
        return this.#class()
      case '\\':
        return this.#escaped()
      default:
        return letter
    }
  }

  #group(): string {
    const kind = /^\?(?:[:=!]|<[=!]|<\w+>)/.exec(this.#pattern.slice(this.#at))?.[0] ?? ''
    this.#at += kind.length
    const text = this.#choice()
    this.#at += 1
    return /[=!]$/.test(kind) ? '' : text
  }

  #class(): string {
    const end = this.#pattern.indexOf(']', this.#at + 1)
    const inside = this.#pattern.slice(this.#at, end === -1 ? undefined : end)
    this.#at = end === -1 ? this.#pattern.length : end + 1
    if (inside.startsWith('^')) return ['a', '0', ' ', '-', '_'].find((letter) => !inside.includes(letter)) ?? '~'
    return inside.startsWith('\\') ? (escapes[inside[1] ?? ''] ?? inside[1] ?? '') : (inside[0] ?? '')
  }

  #escaped(): string {
    const letter = this.#peek()
    this.#at += 1
    return letter === 'b' || letter === 'B' ? '' : (escapes[letter] ?? letter)
  }
}
