/** A text as it is read: the same letters and digits, however they are written, and where each of them stands in the text. */
export interface Folded {
  readonly text: string
  /** Of each place where it begins and ends in what was folded. */
  start(at: number): number
  end(at: number): number
}

const escapes = String.raw`\\{1,4}u00[2-7][\da-f]|\\{1,4}[nrt"'/]|%[2-7][\da-f]|&#(?:\d{2,3}|x[2-7][\da-f]);|&commat;`
const spaces = String.raw`[\u00a0\u2000-\u200a\u202f\u205f\u3000]`
const dashes = String.raw`[\u2010-\u2015\u2212\ufe63]`
/** Wide ones, and those that mathematicians write. */
const otherForms = String.raw`[\uff01-\uff5e]|[\u{1d400}-\u{1d7ff}]`
const unseen = String.raw`\p{Default_Ignorable_Code_Point}|\u20e3`
const digits = String.raw`[^\P{Nd}0-9]`
const special = new RegExp([escapes, spaces, dashes, otherForms, unseen, digits].join('|'), 'giu')

/** Null where it is written plainly, as most are. */
export function foldedOf(text: string): Folded | null {
  if (!/[^\x00-\x7f]|[\\%&]/.test(text)) return null
  const pieces: string[] = []
  /** Places behind which the distance changes: in the folded text, and by how much the text is then ahead. */
  const places: { readonly at: number; readonly length: number; readonly from: number; readonly until: number }[] = []
  let [read, written] = [0, 0]
  for (const match of text.matchAll(special)) {
    const meant = plainOf(match[0])
    if (meant === match[0]) continue
    const before = text.slice(read, match.index)
    pieces.push(before, meant)
    written += before.length
    read = match.index + match[0].length
    places.push({ at: written, length: meant.length, from: match.index, until: read })
    written += meant.length
  }
  if (places.length === 0) return null
  pieces.push(text.slice(read))
  const last = (at: number): (typeof places)[number] | undefined => {
    let [low, high] = [0, places.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((places[middle] as (typeof places)[number]).at <= at) low = middle + 1
      else high = middle
    }
    return places[low - 1]
  }
  const place = (at: number): { readonly start: number; readonly end: number } => {
    const found = last(at)
    if (found === undefined) return { start: at, end: at + 1 }
    if (at < found.at + found.length) return { start: found.from, end: found.until }
    const plain = found.until + at - found.at - found.length
    return { start: plain, end: plain + 1 }
  }
  return { text: pieces.join(''), start: (at) => place(at).start, end: (at) => place(at - 1).end }
}

function plainOf(found: string): string {
  if (found.startsWith('\\') && !/u00..$/i.test(found)) return /[nrt]$/i.test(found) ? ' ' : found.slice(-1)
  if (found.startsWith('\\') || found.startsWith('%')) return String.fromCharCode(Number.parseInt(found.slice(-2), 16))
  if (found === '&commat;') return '@'
  if (found.startsWith('&#x') || found.startsWith('&#X'))
    return String.fromCharCode(Number.parseInt(found.slice(3, -1), 16))
  if (found.startsWith('&#')) {
    const code = Number(found.slice(2, -1))
    return code >= 32 && code < 127 ? String.fromCharCode(code) : found
  }
  if (isWide(found)) return String.fromCharCode(found.charCodeAt(0) - 0xfee0)
  if (/^\p{Nd}$/u.test(found)) return digitOf(found)
  if (/^\s$/.test(found) && found !== '\ufeff') return ' '
  if (new RegExp(dashes).test(found)) return '-'
  const same = found.normalize('NFKC')
  return same === found ? '' : same
}

const isWide = (found: string): boolean => found.length === 1 && found >= '\uff01' && found <= '\uff5e'

/** The digits of a script follow one another, ten at a time. */
function digitOf(found: string): string {
  const code = found.codePointAt(0) as number
  let zero = code
  while (code - zero < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1
  // Of mathematical letters all sets of digits follow one another.
  return String((code >= 0x1d7ce ? code - 0x1d7ce : code - zero) % 10)
}
