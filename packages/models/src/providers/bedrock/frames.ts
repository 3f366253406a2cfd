import { crc32 } from 'node:zlib'
import { ModelError } from '../../failure.ts'
import type { Fetch } from '../../provider.ts'
import { exceptionIn, typeIn } from './event.ts'

/** Two lengths and their checksum in front, and one of all of it behind. */
const [ofPrelude, ofFrame] = [12, 16]
/** AWS allows 16 MB of content and 128 kB of headers. */
const mostOfFrame = 16 * 1_048_576 + 131_072 + ofFrame

/** How a stream of frames ended badly, where it did: what came before it is told first. */
export interface Ending {
  error?: unknown
}

/**
 * Streams of events as they come, a frame at a time and each of them checked: the package reads over failures that it does not know, waits for
 * whatever length a frame claims, and takes an answer that broke off for one that ended.
 */
export const checkedFrames =
  (fetch: Fetch, ending: Ending): Fetch =>
  async (input, init) => {
    const response = await fetch(input, init)
    if (!response.ok || response.body === null) return response
    const { status, headers } = response
    return new Response(framesOf(response.body, ending), { status, headers })
  }

function framesOf(body: ReadableStream<Uint8Array>, ending: Ending): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const frames = new Frames()
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          for (let frame = frames.next(); ; frame = frames.next()) {
            if (frame !== null) return controller.enqueue(frame)
            const { done, value } = await reader.read()
            if (!done) frames.push(value)
            else if (frames.isWhole) return controller.close()
            else throw new ModelError({ type: 'lost', detail: 'the answer broke off' })
          }
        } catch (error) {
          ending.error = error
          controller.close()
          await reader.cancel().catch(() => undefined)
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

class Frames {
  #kept = Buffer.alloc(0)
  #pieces: Uint8Array[] = []
  #waiting = 0
  #wanted = ofPrelude
  #hasEnded = false

  /** Usage comes behind the end of the message, and nothing behind that. */
  get isWhole(): boolean {
    return this.#hasEnded && this.#kept.length + this.#waiting === 0
  }

  push(chunk: Uint8Array): void {
    this.#pieces.push(chunk)
    this.#waiting += chunk.length
  }

  /** Null where it has not come yet. Throws where it is none, or a failure. */
  next(): Buffer | null {
    // A frame that comes in many pieces is put together once.
    if (this.#kept.length + this.#waiting < this.#wanted) return null
    if (this.#waiting > 0) this.#kept = Buffer.concat([this.#kept, ...this.#pieces])
    this.#pieces = []
    this.#waiting = 0
    const length = lengthOf(this.#kept)
    this.#wanted = length
    if (this.#kept.length < length) return null
    const frame = this.#kept.subarray(0, length)
    this.#kept = this.#kept.subarray(length)
    this.#wanted = ofPrelude
    if (crc32(frame.subarray(0, length - 4)) !== frame.readUInt32BE(length - 4)) throw garbled()
    const exception = exceptionIn(frame)
    if (exception !== null) throw exception
    if (typeIn(frame) === 'metadata') this.#hasEnded = true
    return frame
  }
}

function lengthOf(frame: Buffer): number {
  const length = frame.readUInt32BE(0)
  if (crc32(frame.subarray(0, 8)) !== frame.readUInt32BE(8) || length < ofFrame || length > mostOfFrame) throw garbled()
  return length
}

const garbled = (): ModelError =>
  new ModelError({ type: 'garbage', detail: 'a part of its answer is not what the protocol says' })
