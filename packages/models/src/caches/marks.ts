/**
 * What makes two sentences with nearly the same words say different things, which vectors hardly see: "increase the volume" and
 * "decrease the volume" are as near as two ways to ask for one thing. Numbers, negations, names, what stands in quotes and words that
 * have an opposite have to be the same in both. A word too many in here costs an answer that is not found, and no wrong one.
 */
export function marksOf(text: string): string {
  const words = text.normalize('NFKC').match(/[\p{L}\p{N}'’_.-]+/gu) ?? []
  const marks = words.flatMap((word, at) => markOf(word.replace(/[.'’-]+$/u, ''), at === 0))
  const quoted = [...text.matchAll(/["“«`]([^"”»`]*)["”»`]/gu)].map((match) => match[1] ?? '')
  return [...marks, ...quoted].sort().join('\n')
}

function markOf(word: string, isFirst: boolean): readonly string[] {
  const small = word.toLowerCase()
  if (/\p{N}/u.test(small)) return [small]
  if (negations.test(small)) return ['not']
  if (opposites.has(small) || turned.test(small)) return [small]
  // The first word of a sentence is written large whatever it is.
  return !isFirst && /^\p{Lu}/u.test(word) && small !== 'i' ? [small] : []
}

const negations = /^(?:not?|never|none|nothing|nobody|neither|nor|without|cannot|\w+n['’]t)$/u
const turned = /^(?:un|dis|non|anti|il|im|ir|mis|de|in)\p{L}{3,}$/u

const opposites = new Set(
  `on off up down in out over under above below before after earlier later first last next previous left right
  yes no true false all any some more less most least many few high low higher lower highest lowest big small
  large larger smaller long short longer shorter fast slow faster slower hot cold warm cool old new older newer
  good bad better worse best worst right wrong safe dangerous cheap expensive cheaper easy hard rich poor
  open close opened closed start stop begin end starts stops add remove adds removes insert delete create destroy
  enable disable enabled disabled allow deny grant revoke accept reject accepted rejected lock unlock
  increase decrease increased decreased raise reduce rise fall grow shrink gain lose win
  buy sell lend borrow give take send receive push pull import export upload download read write
  encode decode encrypt decrypt compress expand connect disconnect log sign show hide
  ascending descending asc desc minimum maximum min max positive negative even odd
  north south east west inside outside with against for from to and or if unless until since
  my your his her our their mine yours ours theirs me you him us them he she we they
  today tomorrow yesterday morning evening day night monday tuesday wednesday thursday friday saturday sunday
  january february march april may june july august september october november december`.split(/\s+/),
)
