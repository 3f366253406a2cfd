/** Enough words to be found again, and few enough to be repeated without a slip. */
const longest = 48

/** The last words of a text, from the beginning of one of them; without the space behind them. */
export function anchorOf(said: string): string {
  const text = said.trimEnd()
  if (text.length <= longest) return text.trimStart()
  const tail = text.slice(-longest)
  const words = tail.search(/(?<=\s)\S/)
  if (words !== -1) return tail.slice(words)
  // Half a character stands for nothing.
  return /^[\uDC00-\uDFFF]/.test(tail) ? tail.slice(1) : tail
}
