const printable = /^[\x20-\x7e]*$/
const emoji = /^\p{Emoji_Presentation}|^\p{Regional_Indicator}|\ufe0f/u
const invisible = /^[\p{Mark}\p{Format}]+$/u

/** Ranges that a terminal shows two cells wide: scripts of East Asia and full-width forms. Emoji have a property of their own. */
const wide = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18cff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
]

/** @type {Intl.Segmenter | undefined} */
let segmenter

/** What a reader takes for one sign each. @param {string} text */
function signs(text) {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return [...segmenter.segment(text)].map(({ segment }) => segment)
}

/** @param {string} sign */
function signWidth(sign) {
  if (emoji.test(sign)) return 2
  if (invisible.test(sign)) return 0
  const code = sign.codePointAt(0) ?? 0
  return wide.some(([first = 0, last = 0]) => code >= first && code <= last) ? 2 : 1
}

/** How many cells of a terminal a text takes. @param {string} text */
export const widthOf = (text) =>
  printable.test(text) ? text.length : signs(text).reduce((sum, sign) => sum + signWidth(sign), 0)

/** @param {string} text @param {number} width */
export const padTo = (text, width) => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/**
 * The text, or its beginning and an ellipsis where it takes more than so many cells.
 * @param {string} text
 * @param {number} width
 */
export function shorten(text, width) {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const sign of signs(text)) {
    const more = signWidth(sign)
    if (used + more > width - 1) break
    kept += sign
    used += more
  }
  return `${kept}…`
}
