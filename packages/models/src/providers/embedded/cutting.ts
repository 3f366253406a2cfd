/** About what the model reads at once, where a text is English. */
const mostLetters = 480

/** Pieces of a text, cut between words where there is a gap in the second half of one. Never empty. */
export function piecesOf(text: string): readonly string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length;) {
    const end = endOf(text, from)
    const piece = text.slice(from, end)
    if (piece.trim() !== '') pieces.push(piece)
    from = end
  }
  return pieces.length === 0 ? [''] : pieces
}

function endOf(text: string, from: number): number {
  const end = from + mostLetters
  if (end >= text.length) return text.length
  for (let at = end; at > end - mostLetters / 2; at -= 1) if (/\s/.test(text.charAt(at))) return at
  // Not in the middle of a letter that is written as two.
  return text.codePointAt(end - 1) === text.charCodeAt(end - 1) ? end : end - 1
}
