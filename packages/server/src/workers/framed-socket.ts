import type { Socket } from 'node:net'

export interface FramedSocket {
  send(message: unknown): void
  destroy(): void
}

const headBytes = 4
const mostBytes = 64 * 1024 * 1024

/** JSON behind its length. What is sent in one turn of the event loop leaves together. */
export function framed(
  socket: Socket,
  { onMessage, onClose }: { onMessage(message: unknown): void; onClose(): void },
): FramedSocket {
  let chunks: Buffer[] = []
  let bytes = 0
  let wanted = headBytes
  let isCorked = false

  const take = (length: number): Buffer => {
    const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    chunks = length < all.length ? [all.subarray(length)] : []
    bytes -= length
    return all.subarray(0, length)
  }
  let head = true
  const receive = (chunk: Buffer): void => {
    chunks.push(chunk)
    bytes += chunk.length
    while (bytes >= wanted) {
      const part = take(wanted)
      if (head) {
        wanted = part.readUInt32BE()
        if (wanted > mostBytes || wanted === 0) return void socket.destroy()
      } else {
        wanted = headBytes
        onMessage(JSON.parse(part.toString('utf8')))
      }
      head = !head
    }
  }
  socket.setNoDelay(true)
  socket.on('data', (chunk: Buffer) => {
    try {
      receive(chunk)
    } catch {
      // Whoever speaks like this is none of ours.
      socket.destroy()
    }
  })
  // Its close follows, and says all.
  socket.on('error', () => undefined)
  socket.once('close', onClose)
  return {
    send: (message) => {
      if (!isCorked) {
        isCorked = true
        socket.cork()
        setImmediate(() => {
          isCorked = false
          socket.uncork()
        })
      }
      const text = JSON.stringify(message)
      const frame = Buffer.allocUnsafe(headBytes + Buffer.byteLength(text))
      frame.writeUInt32BE(frame.length - headBytes)
      frame.write(text, headBytes, 'utf8')
      socket.write(frame)
    },
    destroy: () => socket.destroy(),
  }
}
