import { makeChunkedReader } from './chunked.ts'
import { headOf, ProtocolFault } from './response.ts'
import type { ResponseReader } from './response.ts'

/** Reads what a gateway may answer with: a body of a length or in chunks, of which each part is told as it arrives. Without `keeps` its body is empty. */
export function makeAnswerReader(onPart: (part: Buffer) => void, keeps: boolean): ResponseReader {
  let waiting: Buffer | null = null
  let body: { readonly status: number; readonly take: (bytes: Buffer) => number | null } | null = null
  let parts: Buffer[] = []
  const takePart = (part: Buffer): void => {
    // The caller reuses its buffer.
    if (keeps) parts.push(Buffer.from(part))
    onPart(part)
  }
  return {
    take: (chunk) => {
      let rest = chunk
      if (body === null) {
        const bytes = waiting === null ? chunk : Buffer.concat([waiting, chunk])
        const head = headOf(bytes)
        waiting = head === null ? Buffer.from(bytes) : null
        if (head === null) return null
        body = { status: head.status, take: bodyReader(head.text, takePart) }
        rest = bytes.subarray(head.length)
      }
      const taken = body.take(rest)
      if (taken === null) return null
      if (taken < rest.length) throw new ProtocolFault(`${rest.length - taken} bytes follow an answer`)
      const answer = { status: body.status, body: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts) }
      body = null
      parts = []
      return answer
    },
  }
}

function bodyReader(head: string, onPart: (part: Buffer) => void): (bytes: Buffer) => number | null {
  const length = /\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n/i.exec(head)?.[1]
  const isChunked = /\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n/i.test(head)
  if (isChunked === (length !== undefined)) throw new ProtocolFault('an answer that does not say where it ends')
  if (isChunked) {
    const reader = makeChunkedReader()
    return (bytes) => reader.take(bytes, onPart)
  }
  let left = Number(length)
  return (bytes) => {
    const taken = Math.min(left, bytes.length)
    left -= taken
    if (taken > 0) onPart(bytes.subarray(0, taken))
    return left === 0 ? taken : null
  }
}
