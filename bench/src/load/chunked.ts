import { ProtocolFault } from './response.ts'

/** A body in chunks, as HTTP/1.1 has them. */
export interface ChunkedReader {
  /** Gives what is inside of chunks to `onPart`; how many bytes it took when the body has ended, else null. */
  readonly take: (bytes: Buffer, onPart: (part: Buffer) => void) => number | null
}

const longestLine = 4_096

export function makeChunkedReader(): ChunkedReader {
  let state: 'size' | 'data' | 'behind data' | 'trailers' = 'size'
  let left = 0
  let line = ''
  const endOfLine = (text: string): 'over' | 'on' => {
    if (state === 'size') {
      left = sizeOf(text)
      state = left === 0 ? 'trailers' : 'data'
    } else if (state === 'behind data') {
      if (text !== '') throw new ProtocolFault('a chunk is longer than it says')
      state = 'size'
    } else if (text === '') return 'over'
    return 'on'
  }
  return {
    take: (bytes, onPart) => {
      let at = 0
      while (at < bytes.length) {
        if (state === 'data') {
          const length = Math.min(left, bytes.length - at)
          onPart(bytes.subarray(at, at + length))
          left -= length
          at += length
          if (left === 0) state = 'behind data'
          continue
        }
        const end = bytes.indexOf(10, at)
        line += bytes.toString('latin1', at, end === -1 ? bytes.length : end)
        if (line.length > longestLine) throw new ProtocolFault('a line between chunks has no end')
        if (end === -1) return null
        at = end + 1
        const text = line.endsWith('\r') ? line.slice(0, -1) : line
        line = ''
        if (endOfLine(text) === 'over') return at
      }
      return null
    },
  }
}

function sizeOf(line: string): number {
  const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1]
  if (size === undefined) throw new ProtocolFault(`not the size of a chunk: ${JSON.stringify(line.slice(0, 40))}`)
  return Number.parseInt(size, 16)
}
