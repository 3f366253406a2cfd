/** Pieces of words as the model was trained with them, each with the logarithm of how likely it is; its place is its number. */
export type Vocabulary = readonly (readonly [piece: string, score: number])[]

interface Node {
  readonly next: Map<string, Node>
  token: number
  score: number
}

/** What begins a word. */
const mark = '\u2581'
/** Of what no piece begins. */
const unknown = 0
/** The first of them are no pieces. */
const reserved = 6

/**
 * Cuts a text into the pieces that are likeliest together, as SentencePiece does with this vocabulary. The tokenizer of the model's own
 * package takes time by the square of a text's length, and does not know that line breaks part words.
 */
export function createTokenizer(vocabulary: Vocabulary): (text: string) => readonly number[] {
  const root = trieOf(vocabulary)
  return (text) => {
    const letters = Array.from(normalized(text))
    const best = new Float64Array(letters.length + 1).fill(Number.NEGATIVE_INFINITY)
    const from = new Int32Array(letters.length + 1)
    const tokens = new Int32Array(letters.length + 1)
    best[0] = 0
    for (let start = 0; start < letters.length; start += 1) {
      const reach = (end: number, token: number, score: number): void => {
        const sum = (best[start] ?? 0) + score
        if (sum < (best[end] ?? 0)) return
        best[end] = sum
        from[end] = start
        tokens[end] = token
      }
      let isKnown = false
      let node = root.next.get(letters[start] ?? '')
      for (let end = start + 1; node !== undefined; end += 1) {
        if (node.token !== unknown) {
          isKnown = true
          reach(end, node.token, node.score)
        }
        node = end >= letters.length ? undefined : node.next.get(letters[end] ?? '')
      }
      if (!isKnown) reach(start + 1, unknown, 0)
    }
    return backwards(letters.length, from, tokens)
  }
}

const normalized = (text: string): string => mark + text.toWellFormed().normalize('NFKC').trim().replace(/\s+/g, mark)

function trieOf(vocabulary: Vocabulary): Node {
  const root: Node = { next: new Map(), token: unknown, score: 0 }
  for (let token = reserved; token < vocabulary.length; token += 1) {
    const [piece, score] = vocabulary[token] ?? ['', 0]
    let node = root
    for (const letter of piece) {
      const next = node.next.get(letter) ?? { next: new Map<string, Node>(), token: unknown, score: 0 }
      node.next.set(letter, next)
      node = next
    }
    node.token = token
    node.score = score
  }
  return root
}

/** What is unknown in a row is one. */
function backwards(length: number, from: Int32Array, tokens: Int32Array): readonly number[] {
  const found: number[] = []
  for (let end = length; end > 0; end = from[end] ?? 0) {
    const token = tokens[end] ?? unknown
    if (token !== unknown || found.at(-1) !== unknown) found.push(token)
  }
  return found.reverse()
}
