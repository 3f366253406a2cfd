import { createHold } from './hold.ts'

export interface SseReader {
  push(chunk: Uint8Array): void
}

const lineFeed = 10
const carriageReturn = 13
const space = 32
const colon = 58
/** Longer chunks are read in pieces, so that no text becomes as long as one of them. */
const pieceBytes = 1_048_576

/**
 * Reads `text/event-stream` as it comes, cut anywhere. An event that is not complete is never handed over. One that is larger than
 * `limitBytes` is passed over as a whole, so that what is kept is never much more than that. `onEvent` is called while `push` runs;
 * what it throws comes out of `push`, and what stood behind that event in the chunk is lost.
 */
export function createSseReader(
  onEvent: (event: string | undefined, data: string) => void,
  limitBytes = 8_388_608,
): SseReader {
  const hold = createHold()
  let isFirst = true
  let endedWithCarriageReturn = false
  let event: string | undefined
  let data: string | undefined
  /** Of the event so far, from its first line of data on. */
  let size = 0
  let isTooLarge = false

  const endEvent = (): void => {
    const [name, content, mayPass] = [event, data, !isTooLarge]
    event = data = undefined
    size = 0
    isTooLarge = false
    if (content !== undefined && mayPass) onEvent(name, content)
  }

  const passOver = (): void => {
    isTooLarge = true
    data = undefined
    size = 0
  }

  const readLine = (text: string, start: number, end: number, bytes: number): void => {
    if (start === end) return endEvent()
    if (size + bytes > limitBytes) return passOver()
    const value = valueOf(text, 'data', start, end)
    if (value !== undefined) data = data === undefined ? value : `${data}\n${value}`
    else event = valueOf(text, 'event', start, end) ?? event
    // Comments count as well once there are data: the data may be a slice that keeps the whole text around it alive.
    if (data !== undefined) size += bytes + 1
  }

  const readLines = (block: Buffer): void => {
    const whole = block.toString()
    const isAscii = whole.length === block.length
    const text = whole.includes('\r') ? whole.replace(/\r\n?/g, '\n') : whole
    let start = isFirst && text.startsWith('\uFEFF') ? 1 : 0
    isFirst = false
    for (let end = text.indexOf('\n', start); end !== -1; end = text.indexOf('\n', start)) {
      readLine(text, start, end, isAscii ? end - start : Buffer.byteLength(text.slice(start, end)))
      start = end + 1
    }
  }

  const keep = (rest: Buffer): void => {
    if (size + hold.length + rest.length <= limitBytes) return hold.keep(rest)
    passOver()
    // Stands for the line whose beginning is given up: a comment, and not an empty line, however it ends.
    hold.replace(colon)
  }

  const readPiece = (piece: Buffer): void => {
    const start = endedWithCarriageReturn && piece[0] === lineFeed ? 1 : 0
    // No byte of a character of several bytes is one of these two, so that a character is never cut here.
    const end = Math.max(piece.lastIndexOf(lineFeed), piece.lastIndexOf(carriageReturn)) + 1
    endedWithCarriageReturn = end === piece.length && piece[end - 1] === carriageReturn
    if (end > start) readLines(hold.take(piece.subarray(start, end)))
    const rest = Math.max(start, end)
    if (rest < piece.length) keep(piece.subarray(rest))
  }

  return {
    push: (chunk) => {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        readPiece(bytes.length <= pieceBytes ? bytes : bytes.subarray(at, at + pieceBytes))
      }
    },
  }
}

/** Searches for no colon: in a line without one that would lead far into the lines behind it. */
function valueOf(text: string, field: string, start: number, end: number): string | undefined {
  if (!text.startsWith(field, start)) return undefined
  const at = start + field.length
  if (at === end) return ''
  if (text.charCodeAt(at) !== colon) return undefined
  const hasSpace = at + 1 < end && text.charCodeAt(at + 1) === space
  return text.slice(hasSpace ? at + 2 : at + 1, end)
}
