import { Hold } from './hold.ts'

export interface SseReader {
  push(chunk: Uint8Array): void
}

type OnEvent = (event: string | undefined, data: string) => void

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
export const createSseReader = (onEvent: OnEvent, limitBytes = 8_388_608): SseReader => new Reader(onEvent, limitBytes)

class Reader implements SseReader {
  readonly #onEvent: OnEvent
  readonly #limit: number
  readonly #hold = new Hold()
  #isFirst = true
  #endedWithCarriageReturn = false
  #event: string | undefined
  #data: string | undefined
  /** Of the event so far, from its first line of data on. */
  #size = 0
  #isTooLarge = false

  constructor(onEvent: OnEvent, limitBytes: number) {
    this.#onEvent = onEvent
    this.#limit = limitBytes
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (bytes.length <= pieceBytes) return this.#readPiece(bytes)
    for (let at = 0; at < bytes.length; at += pieceBytes) this.#readPiece(bytes.subarray(at, at + pieceBytes))
  }

  #readPiece(piece: Buffer): void {
    if (piece.length === 0) return
    const start = this.#endedWithCarriageReturn && piece[0] === lineFeed ? 1 : 0
    // No byte of a character of several bytes is one of these two, so that a character is never cut here.
    const end = Math.max(piece.lastIndexOf(lineFeed), piece.lastIndexOf(carriageReturn)) + 1
    this.#endedWithCarriageReturn = end === piece.length && piece[end - 1] === carriageReturn
    if (end > start) this.#readLines(this.#hold.take(piece.subarray(start, end)))
    const rest = Math.max(start, end)
    if (rest < piece.length) this.#keep(piece.subarray(rest))
  }

  #keep(rest: Buffer): void {
    if (this.#size + this.#hold.length + rest.length <= this.#limit) return this.#hold.keep(rest)
    this.#passOver()
    // Stands for the line whose beginning is given up: a comment, and not an empty line, however it ends.
    this.#hold.replace(colon)
  }

  #readLines(block: Buffer): void {
    const whole = block.toString()
    const isAscii = whole.length === block.length
    const text = whole.includes('\r') ? whole.replace(/\r\n?/g, '\n') : whole
    let start = this.#isFirst && text.startsWith('\uFEFF') ? 1 : 0
    this.#isFirst = false
    for (let end = text.indexOf('\n', start); end !== -1; end = text.indexOf('\n', start)) {
      this.#readLine(text, start, end, isAscii ? end - start : Buffer.byteLength(text.slice(start, end)))
      start = end + 1
    }
  }

  #readLine(text: string, start: number, end: number, bytes: number): void {
    if (start === end) return this.#endEvent()
    if (this.#size + bytes > this.#limit) return this.#passOver()
    const value = valueOf(text, 'data', start, end)
    if (value !== undefined) this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`
    else this.#event = valueOf(text, 'event', start, end) ?? this.#event
    // Comments count as well once there are data: the data may be a slice that keeps the whole text around it alive.
    if (this.#data !== undefined) this.#size += bytes + 1
  }

  #endEvent(): void {
    const event = this.#event
    const data = this.#isTooLarge ? undefined : this.#data
    this.#event = this.#data = undefined
    this.#size = 0
    this.#isTooLarge = false
    if (data !== undefined) this.#onEvent(event, data)
  }

  #passOver(): void {
    this.#isTooLarge = true
    this.#data = undefined
    this.#size = 0
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
