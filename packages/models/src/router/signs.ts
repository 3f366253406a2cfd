/** What a text holds that tells how hard it is to answer. */
export interface Signs {
  readonly questions: number
  readonly demands: number
  readonly analysis: number
  readonly mathematics: number
  readonly code: boolean
  readonly scripts: number
}

type Group = 'demands' | 'analysis' | 'mathematics'

/** In English, German, French and Spanish. */
const words: Readonly<Record<Group, string>> = {
  demands: `must should exactly least most without only never always ensure avoid muss müssen soll genau mindestens
    höchstens ohne nur immer doit doivent exactement sans seulement toujours debe deben exactamente solamente
    siempre nunca`,
  analysis: `compare comparison analyse analyze analysis evaluate evaluation derive design architecture debug refactor
    optimise optimize optimization plan strategy tradeoff tradeoffs diagnose justify vergleiche vergleichen
    analysiere analysieren entwirf entwerfen optimiere optimieren bewerte begründe comparer comparez analyser
    analysez concevoir optimiser comparar compara analiza analizar diseñar optimizar`,
  mathematics: `prove proof theorem lemma integral derivative equation equations probability matrix polynomial convergence
    beweise beweis satz gleichung ableitung wahrscheinlichkeit démontrer démontrez équation probabilité théorème
    demuestra ecuación probabilidad teorema`,
}
const chinese: readonly (readonly [word: string, group: Group])[] = [
  ['必须', 'demands'],
  ['不要', 'demands'],
  ['至少', 'demands'],
  ['最多', 'demands'],
  ['比较', 'analysis'],
  ['分析', 'analysis'],
  ['设计', 'analysis'],
  ['优化', 'analysis'],
  ['证明', 'mathematics'],
  ['方程', 'mathematics'],
  ['概率', 'mathematics'],
]

const codeSign =
  /```|[;{] {0,4}\n|=>|<\/\w|\b(?:function|const|class|def|import|return|struct|void) [\w$]{1,40} ?[({=:;]|\bselect\b[^\n]{1,80}\bfrom\b/i
const mathematicsSign = /[∑∫√≤≥∈∀∃∂∞≠]|\\(?:frac|int|sum|sqrt|begin)|\d ?\^ ?\d/
const otherScript = /[\u0370-\u1fff\u2e80-\ud7ff]{2}/

/** One pass for the words: by regular expressions, which try every word at every place, it took three times as long. */
export function signsOf(text: string): Signs {
  const found = { demands: 0, analysis: 0, mathematics: 0 }
  let questions = 0
  let letters = 0
  let hash = 0
  let lineStart = true
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0
    const letter = letterOf(code)
    if (letter !== 0) {
      hash = hashed(hash, letter)
      letters += 1
      lineStart = false
      continue
    }
    if (hash !== 0) {
      const group = mayBeWord[hash & 4095] === 1 ? groupOf.get(hash) : undefined
      if (group !== undefined) found[group] += 1
      hash = 0
    }
    if (code === 63 || code === 0xff1f) questions += 1
    else if (code === 10) lineStart = true
    else if (lineStart && isItem(text, at, code)) found.demands += 1
    if (code !== 10 && code !== 32) lineStart = false
  }
  const hasOthers = otherScript.test(text)
  if (hasOthers) for (const [word, group] of chinese) if (text.includes(word)) found[group] += 1
  if (mathematicsSign.test(text)) found.mathematics += 1
  return { ...found, questions, code: codeSign.test(text), scripts: (letters > 2 ? 1 : 0) + (hasOthers ? 1 : 0) }
}

/** A letter, in lower case; 0 for what is none. Latin-1 has its own 32 apart as well. */
function letterOf(code: number): number {
  if (code < 128) {
    const lower = code | 32
    return lower > 96 && lower < 123 ? lower : 0
  }
  return code > 0xbf && code < 0x100 ? code | 32 : 0
}

/** `-`, `*` or `•` and a space, `1.` or `1)`. */
function isItem(text: string, at: number, code: number): boolean {
  const next = text.charCodeAt(at + 1)
  if (code === 45 || code === 42 || code === 0x2022) return next === 32
  return code > 47 && code < 58 && (next === 46 || next === 41)
}

const hashed = (hash: number, letter: number): number => (Math.imul(hash ^ letter, 0x01000193) + 0x9e3779b9) | 0

/** By their hash: of a hundred words among four thousand million numbers, no other word is taken for one of them but by a rare chance. */
const groupOf: ReadonlyMap<number, Group> = new Map(
  (Object.keys(words) as Group[]).flatMap((group) =>
    words[group].split(/\s+/).map((word): [number, Group] => {
      let hash = 0
      for (let at = 0; at < word.length; at++) hash = hashed(hash, letterOf(word.charCodeAt(at)))
      return [hash, group]
    }),
  ),
)

/** Most words are none of them, and end here. */
const mayBeWord = new Uint8Array(4096)
for (const hash of groupOf.keys()) mayBeWord[hash & 4095] = 1
