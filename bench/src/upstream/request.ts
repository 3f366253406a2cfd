import { makeChunkedReader } from '../load/chunked.ts'
import { ProtocolFault } from '../load/response.ts'

export interface Asked {
  readonly path: string
  readonly body: string
}

const headEnd = Buffer.from('\r\n\r\n')

/** Reads one request after the other off a connection; a body has a length, comes in chunks, or is not there. */
export function makeRequestReader(): (chunk: Buffer) => readonly Asked[] {
  let waiting: Buffer = Buffer.alloc(0)
  return (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    const all: Asked[] = []
    while (waiting.length > 0) {
      const next = nextIn(waiting)
      if (next === null) break
      all.push(next.asked)
      waiting = waiting.subarray(next.length)
    }
    return all
  }
}

function nextIn(bytes: Buffer): { readonly asked: Asked; readonly length: number } | null {
  const end = bytes.indexOf(headEnd)
  if (end === -1) return null
  const head = bytes.toString('latin1', 0, end + 2)
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/1.1\r\n'))
  const begin = end + headEnd.length
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1]
  if (length === undefined && /\r\ntransfer-encoding: *chunked\r\n/i.test(head)) {
    let body = ''
    const taken = makeChunkedReader().take(bytes.subarray(begin), (part) => (body += part.toString('latin1')))
    return taken === null ? null : { asked: { path, body }, length: begin + taken }
  }
  const whole = begin + Number(length ?? 0)
  if (Number.isNaN(whole)) throw new ProtocolFault('a request without a length')
  return whole > bytes.length ? null : { asked: { path, body: bytes.toString('latin1', begin, whole) }, length: whole }
}
