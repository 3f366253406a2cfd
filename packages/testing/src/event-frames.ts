import { crc32 } from 'node:zlib'

/**
 * Events as AWS frames them, from lines of a name and its content. A name behind `!` is that of an exception, and one behind `?` of an error of the
 * connection itself.
 */
export const framed = (lines: string): Buffer =>
  Buffer.concat(
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, mark = '', name = '', content = ''] = /^([!?]?)(\w+) (.*)$/.exec(line) ?? []
        if (mark === '!') return frame({ ':exception-type': name, ...json, ':message-type': 'exception' }, content)
        if (mark === '?') return frame({ ':error-code': name, ':error-message': content, ':message-type': 'error' }, '')
        return frame({ ':event-type': name, ...json, ':message-type': 'event' }, content)
      }),
  )

const json = { ':content-type': 'application/json' }

function frame(headers: Readonly<Record<string, string>>, content: string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)))
  const body = Buffer.from(content)
  const prelude = Buffer.alloc(8)
  prelude.writeUInt32BE(head.length + body.length + 16, 0)
  prelude.writeUInt32BE(head.length, 4)
  const before = Buffer.concat([prelude, checksum(prelude), head, body])
  return Buffer.concat([before, checksum(before)])
}

function header(name: string, value: string): Buffer {
  const text = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length)
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, text])
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum
}

/** Where each of them ends. */
export function frameEnds(bytes: Buffer): readonly number[] {
  const ends: number[] = []
  for (let at = 0; at + 4 <= bytes.length;) {
    at += bytes.readUInt32BE(at)
    ends.push(at)
  }
  return ends
}
