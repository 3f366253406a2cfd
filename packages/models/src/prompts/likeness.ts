/**
 * How alike texts are by their words: the cosine of their vectors of term frequency and inverse document frequency. It asks no model, and
 * the same texts give the same order. Words of scripts without spaces count by pairs of letters.
 */
export function likenesses(query: string, texts: readonly string[]): readonly number[] {
  const counted = texts.map(countedTerms)
  const asked = countedTerms(query)
  const documents = new Map<string, number>()
  for (const terms of counted) for (const term of terms.keys()) documents.set(term, (documents.get(term) ?? 0) + 1)
  const rarity = (term: string): number =>
    worthOf(term) * Math.log(1 + (texts.length + 1) / ((documents.get(term) ?? 0) + 0.5))
  const weigh = (terms: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
    new Map([...terms].map(([term, count]) => [term, (1 + Math.log(count)) * rarity(term)]))
  const wanted = weigh(asked)
  const length = lengthOf(wanted)
  return counted.map((terms) => {
    const weights = weigh(terms)
    let product = 0
    for (const [term, weight] of weights) product += weight * (wanted.get(term) ?? 0)
    const lengths = length * lengthOf(weights)
    return lengths === 0 ? 0 : product / lengths
  })
}

/** Among few texts an article is as rare as a name. In most languages the words that say little are short. */
const worthOf = (term: string): number => (term.length > 3 || withoutSpaces.test(term) ? 1 : 0.25)

const lengthOf = (weights: ReadonlyMap<string, number>): number =>
  Math.sqrt([...weights.values()].reduce((sum, weight) => sum + weight * weight, 0))

/** Whoever asks with a whole book is compared by its beginning. */
const mostCompared = 20_000
const words = /[\p{L}\p{N}]+/gu
const withoutSpaces =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}]/u

function countedTerms(text: string): ReadonlyMap<string, number> {
  const terms = new Map<string, number>()
  const add = (term: string): void => void terms.set(term, (terms.get(term) ?? 0) + 1)
  for (const [word] of text.slice(0, mostCompared).normalize('NFKC').toLowerCase().matchAll(words)) {
    if (!withoutSpaces.test(word)) add(word)
    else {
      const letters = Array.from(word)
      if (letters.length === 1) add(word)
      for (let at = 0; at + 1 < letters.length; at += 1) add(`${letters[at]}${letters[at + 1]}`)
    }
  }
  return terms
}
