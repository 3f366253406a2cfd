/**
 * How many tokens a text is at most, without a tokenizer: one pass over its characters, some 300 MB a second.
 *
 * The figures below were fitted to what o200k_base and cl100k_base make of prose in thirty languages, of code, JSON, tables and
 * random text, and carry a tenth more than they need. What comes out is this many times the true count in o200k_base: English prose
 * 1.15 to 1.35, German and French 1.25 to 1.7, code 1.1 to 1.3 (Go, full of tabs and long names, 1.6), JSON 1.1 to 1.15, Chinese,
 * Japanese and Korean 1.45 to 1.85, Russian 2 to 2.4, Arabic 2.4 to 4.2, emoji 1.25 to 1.6, the scripts of India 3.6 to 5.9. These
 * err that far because older vocabularies, of which those of Llama and Qwen come, do need so many. Of 1,650 stretches of 2,000
 * characters the lowest came to 0.95 times the larger of both counts (base64). It is too low for what nobody writes: a salad of
 * random ASCII (0.8) or of random Chinese characters (0.6). How Anthropic's models count cannot be measured without asking them:
 * leave them a third more.
 */
export const estimateTextTokens = (text: string): number => boundTextTokens(text).most

export interface TokenBounds {
  readonly least: number
  readonly most: number
}

/** `least`: of the same texts none has fewer; it comes to 0.5 (English) to 0.9 times (Arabic, Hindi) their count in o200k_base. */
export function boundTextTokens(text: string): TokenBounds {
  const kinds = (kindOf ??= kindTable())
  const steps = (stepTable ??= makeSteps())
  let least = 0
  let most = 0
  let state = startOfText
  for (let at = 0; at < text.length; at++) {
    const step = steps[state + (kinds[text.charCodeAt(at)] as number)] as number
    most += step & 0xff
    least += (step >>> 8) & 0xff
    state = step >>> 16
  }
  return { least: Math.floor(least / 100), most: Math.ceil(most / 100) }
}

const kindsOfCharacters = [
  'lower',
  'upper',
  'digit',
  'space',
  'control',
  'mark',
  'accented',
  'greek',
  'cyrillic',
  'hebrew',
  'arabic',
  'thai',
  'script',
  'han',
  'hangul',
  'symbol',
] as const
type Kind = (typeof kindsOfCharacters)[number]

/** Ranges of UTF-16 units, later ones over earlier ones; the rest are scripts of many bytes a character, most of them of India. */
const ranges: readonly (readonly [from: number, to: number, kind: Kind])[] = [
  [0x00, 0x1f, 'control'],
  [0x20, 0x20, 'space'],
  [0x21, 0x7f, 'mark'],
  [0x30, 0x39, 'digit'],
  [0x41, 0x5a, 'upper'],
  [0x61, 0x7a, 'lower'],
  [0x80, 0x24f, 'accented'],
  [0x370, 0x3ff, 'greek'],
  [0x400, 0x52f, 'cyrillic'],
  [0x590, 0x5ff, 'hebrew'],
  [0x600, 0x7ff, 'arabic'],
  [0xe00, 0xe7f, 'thai'],
  [0x1100, 0x11ff, 'hangul'],
  [0x1e00, 0x1eff, 'accented'],
  [0x2000, 0x2e7f, 'symbol'],
  [0x2e80, 0xa4cf, 'han'],
  [0xac00, 0xd7ff, 'hangul'],
  // Halves of what lies beyond 0xffff: an emoji is two of them, and up to three tokens.
  [0xd800, 0xf8ff, 'symbol'],
  [0xf900, 0xfaff, 'han'],
  [0xfb50, 0xfdff, 'arabic'],
  [0xfe00, 0xfe0f, 'symbol'],
  [0xff00, 0xffef, 'han'],
  [0xfff0, 0xffff, 'symbol'],
]

/** Outside of ASCII a character costs the same wherever it stands. In hundredths of a token, as all that follows. */
const each: Partial<Readonly<Record<Kind, number>>> = {
  accented: 210,
  greek: 110,
  cyrillic: 66,
  hebrew: 132,
  arabic: 132,
  thai: 110,
  script: 220,
  han: 138,
  hangul: 133,
  symbol: 154,
}

/** What is certain of that: the hundredth part of it that every character costs at the least. */
const certain: Partial<Readonly<Record<Kind, number>>> = {
  greek: 40,
  cyrillic: 32,
  hebrew: 35,
  arabic: 19,
  thai: 35,
  script: 13,
  han: 48,
  hangul: 42,
  accented: 40,
}
const certainOfOthers = 50

const isWord = (kind: Kind): boolean => kind === 'lower' || kind === 'upper' || kind === 'digit'

/** What starts a run, by what is before it: a word takes the space before it along, and often a mark. */
function first(before: Kind, kind: Kind): number {
  switch (kind) {
    case 'lower':
    case 'upper':
      return before === 'space' ? 62 : before === 'control' ? 50 : before === 'mark' ? 94 : 55
    case 'digit':
      return 110
    case 'space':
      return 41
    case 'control':
      return before === 'digit' ? 100 : 50
    default:
      return before === 'space' ? 62 : before === 'control' ? 50 : 61
  }
}

/**
 * What continues one, at its n-th character from 0. Vocabularies hold words of everyday length whole and indentation of any, but
 * nothing of a run that goes on and on: there, two characters make a token.
 */
function later(before: Kind, kind: Kind, n: number): number {
  const by = (four: number, eight: number, sixteen: number, more: number): number =>
    n < 4 ? four : n < 8 ? eight : n < 16 ? sixteen : more
  switch (kind) {
    case 'lower':
      if (before === 'digit') return 110
      return before === 'upper' ? by(6, 15, 28, 72) : by(6, 17, 32, 63)
    case 'upper':
      if (before === 'digit') return 110
      return before === 'lower' ? by(66, 66, 66, 100) : by(17, 33, 33, 72)
    case 'digit':
      return before === 'digit' ? by(37, 37, 37, 44) : 94
    case 'space':
      return n < 4 ? 33 : 4
    case 'control':
      return 17
    default:
      return n < 4 ? 28 : 55
  }
}

/** Longer runs cost as this one does. */
const longestRun = 16
const startOfText = stateOf('control', 0)

/** A state is the kind of the last character and how many of its run came before it; each has a row of 16 steps. */
function stateOf(kind: Kind, run: number): number {
  return (kindsOfCharacters.indexOf(kind) * (longestRun + 1) + run) << 4
}

let kindOf: Uint8Array | undefined
let stepTable: Uint32Array | undefined

function kindTable(): Uint8Array {
  const table = new Uint8Array(65_536).fill(kindsOfCharacters.indexOf('script'))
  for (const [from, to, kind] of ranges) table.fill(kindsOfCharacters.indexOf(kind), from, to + 1)
  return table
}

/**
 * For every state and the kind of the next character: the state that follows, and in the lower half what the character costs, at
 * the least and at the most.
 */
function makeSteps(): Uint32Array {
  const table = new Uint32Array((kindsOfCharacters.length * (longestRun + 1)) << 4)
  for (const before of kindsOfCharacters)
    for (let run = 0; run <= longestRun; run++)
      for (const [index, kind] of kindsOfCharacters.entries()) {
        const goesOn = before === kind || (isWord(before) && isWord(kind))
        const n = goesOn ? Math.min(run + 1, longestRun) : 0
        const cost = each[kind] ?? (goesOn ? later(before, kind, n) : first(before, kind))
        const least = Math.floor((cost * (certain[kind] ?? certainOfOthers)) / 100)
        table[stateOf(before, run) + index] = (stateOf(kind, n) << 16) | (least << 8) | cost
      }
  return table
}
