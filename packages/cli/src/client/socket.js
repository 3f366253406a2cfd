import { EventEmitter } from 'node:events'
import { CommandError, errorCode } from '../errors.js'
import { requestFor } from './http.js'

/** @import { Duplex } from 'node:stream' */
/** @import { Server } from './server.js' */

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }
/** What a message may hold: more than the server ever says at once. */
const largestMessage = 256 * 1024 * 1024
const keepAliveMs = 30_000

/**
 * One end of a WebSocket (RFC 6455): emits `message` with a text, and `close` once, with the code that the other end gave.
 * The one that Node has loads for longer than everything else here, and Node 20 hides it.
 */
export class Socket extends EventEmitter {
  /** @type {Duplex} */
  #stream
  /** @type {Buffer} */
  #held = Buffer.alloc(0)
  /** @type {Buffer[]} */
  #parts = []
  #partBytes = 0
  #closeCode = 1006

  /** @param {Duplex} stream @param {Buffer} head */
  constructor(stream, head) {
    super()
    this.#stream = stream
    stream.on('data', (bytes) => this.#take(bytes))
    // Its close follows.
    stream.on('error', () => undefined)
    stream.once('close', () => this.emit('close', this.#closeCode))
    if (head.length > 0) queueMicrotask(() => this.#take(head))
  }

  /** @param {string} text */
  send(text) {
    this.#write(opcodes.text, Buffer.from(text))
  }

  close() {
    this.#write(opcodes.close, Buffer.from([0x03, 0xe8]))
    this.#stream.end()
  }

  /** @param {number} opcode @param {Buffer} payload */
  #write(opcode, payload) {
    if (this.#stream.destroyed) return
    const { length } = payload
    const size = length < 126 ? 0 : length < 65_536 ? 2 : 8
    const head = Buffer.alloc(2 + size + 4)
    head[0] = 0x80 | opcode
    head[1] = 0x80 | (size === 0 ? length : size === 2 ? 126 : 127)
    if (size === 2) head.writeUInt16BE(length, 2)
    if (size === 8) head.writeBigUInt64BE(BigInt(length), 2)
    const mask = globalThis.crypto.getRandomValues(head.subarray(2 + size))
    this.#stream.write(Buffer.concat([head, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]))
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    for (;;) {
      const frame = readFrame(this.#held)
      if (frame === undefined) return
      this.#held = this.#held.subarray(frame.length)
      this.#handle(frame)
    }
  }

  /** @param {{ opcode: number, isLast: boolean, payload: Buffer }} frame */
  #handle({ opcode, isLast, payload }) {
    switch (opcode) {
      case opcodes.ping:
        return this.#write(opcodes.pong, payload)
      case opcodes.close:
        this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
        return this.close()
      case opcodes.continuation:
      case opcodes.text:
      case opcodes.binary: {
        this.#parts.push(payload)
        this.#partBytes += payload.length
        if (this.#partBytes > largestMessage) return void this.#stream.destroy()
        if (!isLast) return
        const message = Buffer.concat(this.#parts).toString('utf8')
        this.#parts = []
        this.#partBytes = 0
        this.emit('message', message)
      }
    }
  }
}

/**
 * The first frame of what has come, undefined while it is not whole.
 * @param {Buffer} bytes
 */
function readFrame(bytes) {
  if (bytes.length < 2) return undefined
  const [first = 0, second = 0] = bytes
  const short = second & 0x7f
  const start = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < start) return undefined
  const size = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  if (bytes.length < start + size) return undefined
  return {
    opcode: first & 0x0f,
    isLast: (first & 0x80) !== 0,
    payload: bytes.subarray(start, start + size),
    length: start + size,
  }
}

/**
 * Opens a WebSocket to a path of the server, with the key in the header.
 * @param {Server} server
 * @param {string} path
 * @returns {Promise<Socket>}
 */
export async function openSocket(server, path) {
  const request = requestFor(server.url)
  const key = Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(16))).toString('base64')
  const headers = {
    authorization: `Bearer ${server.key}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
  }
  const accepted = await acceptOf(key)
  return await new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { headers, agent: false })
    sent.once('upgrade', (response, stream, head) => {
      if (response.headers['sec-websocket-accept'] === accepted) return resolve(new Socket(stream, head))
      stream.destroy()
      reject(new CommandError('cli.not-hearth', `What answers at ${server.url} is no WebSocket server.`))
    })
    sent.once('response', (response) => {
      response.resume()
      const { statusCode = 0 } = response
      const refused = statusCode === 401 ? 'does not know this key' : `answers ${statusCode}`
      // What a proxy says of a server that is away.
      const code = statusCode >= 502 && statusCode <= 504 ? 'cli.no-answer' : 'cli.refused'
      reject(new CommandError(code, `Hearth at ${server.url} ${refused}: it cannot be watched.`))
    })
    sent.once('error', (error) =>
      reject(
        new CommandError('cli.no-answer', `Hearth does not answer at ${server.url} (${errorCode(error) ?? error}).`),
      ),
    )
    // A peer that is gone without a word would be waited for without end.
    sent.setSocketKeepAlive(true, keepAliveMs)
    sent.end()
  })
}

/** @param {string} key */
async function acceptOf(key) {
  const text = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  return Buffer.from(await globalThis.crypto.subtle.digest('SHA-1', text)).toString('base64')
}
