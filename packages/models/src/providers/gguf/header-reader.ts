import type { FileHandle } from 'node:fs/promises'

/** The file is not what it says it is. */
export class Unreadable extends Error {}

export type Value = string | number | boolean

const chunk = 65_536
/** What is longer is none of what is asked for: a vocabulary, a template. */
const longestKept = 4096
const mostHead = 256 * 1024 * 1024

const cutOff = (): Unreadable => new Unreadable('it ends in the middle: it was not copied whole')
const damaged = (): Unreadable => new Unreadable('its head is damaged')

const numbers = {
  uint8: { length: 1, read: (from: Buffer) => from.readUInt8() },
  int8: { length: 1, read: (from: Buffer) => from.readInt8() },
  uint16: { length: 2, read: (from: Buffer) => from.readUInt16LE() },
  int16: { length: 2, read: (from: Buffer) => from.readInt16LE() },
  uint32: { length: 4, read: (from: Buffer) => from.readUInt32LE() },
  int32: { length: 4, read: (from: Buffer) => from.readInt32LE() },
  float32: { length: 4, read: (from: Buffer) => from.readFloatLE() },
  uint64: { length: 8, read: (from: Buffer) => Number(from.readBigUInt64LE()) },
  int64: { length: 8, read: (from: Buffer) => Number(from.readBigInt64LE()) },
  float64: { length: 8, read: (from: Buffer) => from.readDoubleLE() },
} as const

type NumberType = keyof typeof numbers

/** By the number that stands before a value. */
const types: readonly (NumberType | 'bool' | 'string' | 'array')[] = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
]

/** Reads the head of a file from its beginning, a little at a time, and keeps nothing that it skips. */
export class HeaderReader {
  readonly #file: FileHandle
  readonly #end: number
  #buffer: Buffer = Buffer.alloc(0)
  #at = 0
  /** Of the file, behind the buffer. */
  #read = 0

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.#end = size
  }

  /** What was read and skipped, from the beginning. */
  get position(): number {
    return this.#read - (this.#buffer.length - this.#at)
  }

  async bytes(length: number): Promise<Buffer> {
    while (this.#buffer.length - this.#at < length) await this.#more()
    this.#at += length
    return this.#buffer.subarray(this.#at - length, this.#at)
  }

  async number(type: NumberType): Promise<number> {
    const { length, read } = numbers[type]
    return read(await this.bytes(length))
  }

  async text(): Promise<string> {
    const length = await this.number('uint64')
    if (length > longestKept) throw damaged()
    return (await this.bytes(length)).toString('utf8')
  }

  /** Undefined for what is too long to be kept, and for lists. */
  async value(): Promise<Value | undefined> {
    const type = types[await this.number('uint32')]
    if (type === undefined) throw damaged()
    if (type === 'array') return await this.#skipArray()
    if (type === 'bool') return (await this.number('uint8')) !== 0
    if (type !== 'string') return await this.number(type)
    const length = await this.number('uint64')
    if (length <= longestKept) return (await this.bytes(length)).toString('utf8')
    await this.#skip(length)
    return undefined
  }

  async #skipArray(): Promise<undefined> {
    const type = types[await this.number('uint32')]
    const count = await this.number('uint64')
    // Lists in lists are written by nobody, and could be nested without end.
    if (type === undefined || type === 'array') throw damaged()
    if (type === 'string') await this.#skipTexts(count)
    else await this.#skip(count * (type === 'bool' ? 1 : numbers[type].length))
  }

  /** A wait for each of some hundred thousand would take longer than the reading. */
  async #skipTexts(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      if (this.#buffer.length - this.#at < 8) await this.#need(8)
      const length = Number(this.#buffer.readBigUInt64LE(this.#at))
      this.#at += 8
      if (this.#buffer.length - this.#at >= length) this.#at += length
      else await this.#skip(length)
    }
  }

  async #need(length: number): Promise<void> {
    while (this.#buffer.length - this.#at < length) await this.#more()
  }

  async #skip(length: number): Promise<void> {
    const inside = Math.min(length, this.#buffer.length - this.#at)
    this.#at += inside
    this.#read += length - inside
    if (this.#read > this.#end) throw cutOff()
  }

  async #more(): Promise<void> {
    if (this.#read >= this.#end) throw cutOff()
    if (this.#read > mostHead) throw damaged()
    const rest = this.#buffer.subarray(this.#at)
    const next = Buffer.allocUnsafe(chunk)
    const { bytesRead } = await this.#file.read(next, 0, chunk, this.#read)
    if (bytesRead === 0) throw cutOff()
    this.#read += bytesRead
    this.#buffer = Buffer.concat([rest, next.subarray(0, bytesRead)])
    this.#at = 0
  }
}
