/** One HTTP/1.1 answer, strict: a status line, a `Content-Length`, and exactly so many bytes. */
export interface ResponseReader {
  /**
   * Takes what arrived. Null when the answer is not whole yet. Throws `ProtocolFault` for anything that is not
   * one whole answer to one request, bytes after its end included.
   */
  readonly take: (chunk: Buffer) => Response | null
}

export interface Response {
  readonly status: number
  readonly body: Buffer
}

export class ProtocolFault extends Error {}

const headEnd = Buffer.from('\r\n\r\n')
const longestHead = 16_384
const lengthHeader = /\r\ncontent-length:[ \t]*(\d+)[ \t]*(?=\r\n)/gi

export function makeResponseReader(): ResponseReader {
  let waiting: Buffer | null = null
  return {
    take: (chunk) => {
      const bytes = waiting === null ? chunk : Buffer.concat([waiting, chunk])
      const response = parse(bytes)
      // The caller reuses its buffer.
      waiting = response === null ? Buffer.from(bytes) : null
      return response
    },
  }
}

function parse(bytes: Buffer): Response | null {
  const head = headOf(bytes)
  if (head === null) return null
  const length = lengthOf(head.text)
  const present = bytes.length - head.length
  if (present < length) return null
  if (present > length) throw new ProtocolFault(`${present - length} bytes follow an answer`)
  return { status: head.status, body: bytes.subarray(head.length) }
}

export interface Head {
  readonly status: number
  /** Its lines, each with its end. */
  readonly text: string
  /** With the empty line behind it. */
  readonly length: number
}

/** Null when it is not whole yet. */
export function headOf(bytes: Buffer): Head | null {
  const end = bytes.indexOf(headEnd)
  if (end === -1) {
    if (bytes.length > longestHead) throw new ProtocolFault('the head of an answer has no end')
    return null
  }
  const text = bytes.toString('latin1', 0, end + 2)
  return { status: statusOf(text), text, length: end + headEnd.length }
}

function statusOf(head: string): number {
  const status = Number(head.slice(9, 12))
  if (!head.startsWith('HTTP/1.1 ') || !(status >= 200 && status <= 599)) {
    throw new ProtocolFault(`not the start of an answer: ${JSON.stringify(head.slice(0, 40))}`)
  }
  return status
}

function lengthOf(head: string): number {
  lengthHeader.lastIndex = 0
  const length = lengthHeader.exec(head)?.[1]
  if (length === undefined) throw new ProtocolFault('an answer without Content-Length')
  if (lengthHeader.exec(head) !== null) throw new ProtocolFault('an answer with two Content-Lengths')
  return Number(length)
}
