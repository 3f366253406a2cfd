import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export interface RawFrame {
  readonly opcode: number
  readonly payload: Buffer
}

export interface RawWebSocket extends AsyncDisposable {
  readonly received: RawFrame[]
  write(bytes: Buffer): void
  /** Resolves when the connection has ended, with the code of the server's close frame if it sent one. */
  readonly ended: Promise<number | undefined>
  /** Says that nothing more comes. */
  end(): void
  /** Ends it at once, as a crash would. */
  cut(): void
}

export interface FrameOptions {
  readonly fin?: boolean
  readonly reserved?: number
  readonly masked?: boolean
  /** What the head says of the length, whatever the payload is. */
  readonly says?: bigint
}

/** A frame as a client sends it, or as it should not. */
export function frameBytes(opcode: number, payload: Buffer | string, options: FrameOptions = {}): Buffer {
  const { fin = true, reserved = 0, masked = true } = options
  const body = Buffer.from(payload)
  const length = options.says ?? BigInt(body.length)
  const short = length < 126n ? Number(length) : length < 65_536n ? 126 : 127
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const head = Buffer.from([first, (masked ? 0x80 : 0) | short])
  const size = Buffer.alloc(short === 126 ? 2 : short === 127 ? 8 : 0)
  if (short === 126) size.writeUInt16BE(Number(length))
  if (short === 127) size.writeBigUInt64BE(length)
  if (!masked) return Buffer.concat([head, size, body])
  const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d])
  return Buffer.concat([head, size, mask, body.map((byte, index) => byte ^ (mask[index % 4] as number))])
}

/** Shakes hands, and then sends exactly what it is told to. */
export async function openRawWebSocket(url: string, key: string): Promise<RawWebSocket> {
  const { port, host } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(
    [
      'GET /api/v1/live HTTP/1.1',
      `Host: ${host}`,
      `Authorization: Bearer ${key}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      '',
    ].join('\r\n'),
  )
  const received: RawFrame[] = []
  let held = await handshakeOf(socket)
  const read = (): void => {
    for (let next = frameIn(held); next !== undefined; next = frameIn(held)) {
      received.push(next.frame)
      held = held.subarray(next.length)
    }
  }
  read()
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    read()
  })
  const ended = new Promise<number | undefined>((resolve) => {
    socket.once('close', () => {
      const close = received.find(({ opcode }) => opcode === opcodes.close)
      resolve(close !== undefined && close.payload.length >= 2 ? close.payload.readUInt16BE(0) : undefined)
    })
  })
  return {
    received,
    ended,
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    cut: () => socket.destroy(),
    [Symbol.asyncDispose]: async () => {
      socket.destroy()
      await ended
    },
  }
}

/** Waits for the answer to the request; gives what came behind it. */
async function handshakeOf(socket: Socket): Promise<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    held = Buffer.concat([held, chunk])
    const end = held.indexOf('\r\n\r\n')
    if (end < 0) continue
    const head = held.subarray(0, end).toString('latin1')
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(`no handshake: ${head}`)
    return held.subarray(end + 4)
  }
}

/** The first frame of a server, which masks nothing and cuts nothing into pieces. */
function frameIn(bytes: Buffer): { readonly frame: RawFrame; readonly length: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = (bytes[1] as number) & 0x7f
  const start = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < start) return undefined
  const size = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  if (bytes.length < start + size) return undefined
  const payload = Buffer.from(bytes.subarray(start, start + size))
  return { frame: { opcode: (bytes[0] as number) & 0x0f, payload }, length: start + size }
}
