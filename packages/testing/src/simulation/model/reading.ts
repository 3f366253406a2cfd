import { createDecipheriv, hkdfSync } from 'node:crypto'
import type { HomeKey, LogRow } from '@hearth/kernel'

// Reads the log as its format is documented, with nothing of the kernel: what both got wrong in the same way would go unseen.

export interface ReadEvent {
  readonly type: string
  readonly [name: string]: unknown
}

export interface LogReader {
  /** Of a row that is read for the first time when it was just committed, also after its person was forgotten. */
  events(row: LogRow): readonly ReadEvent[]
}

export function createReader(master: Buffer, homeKeys: () => readonly HomeKey[]): LogReader {
  const wrapping = Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), 'hearth wrapping 1', 32))
  const opened = new Map<string, Buffer>()
  const read = new Map<string, readonly ReadEvent[]>()

  const keyOf = (row: LogRow, home: string): Buffer => {
    const name = `${row.tenant}\n${home}\n${row.person}`
    const found = homeKeys().find((key) => `${key.tenant}\n${key.home}\n${key.person}` === name)
    if (found === undefined) throw new Error(`a row is sealed under a key that is not there: ${name}`)
    const wrapped = found.wrapped.toString('base64')
    const key = opened.get(wrapped) ?? decrypt(wrapping, found.wrapped, name)
    opened.set(wrapped, key)
    return key
  }

  return {
    events: (row) => {
      const place = `${row.slot}.${row.sequence}`
      const known = read.get(place)
      if (known !== undefined) return known
      const home = (row as LogRow & { readonly home?: string }).home ?? ''
      const about = `${row.tenant}.${row.actor}.${row.version}`
      const plain = row.person === null ? row.data : decrypt(keyOf(row, home), row.data, about)
      const [, , , ...packed] = JSON.parse(plain.toString('utf8')) as [string, string, string, ...[number, object][]]
      const names = row.types.split(',')
      const events = packed.map(([type, data]) => ({ ...data, type: String(names[type]) }))
      read.set(place, events)
      return events
    },
  }
}

function decrypt(key: Buffer, sealed: Buffer, about: string): Buffer {
  const opening = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 })
  opening.setAAD(Buffer.from(about))
  opening.setAuthTag(sealed.subarray(12, 28))
  return Buffer.concat([opening.update(sealed.subarray(28)), opening.final()])
}
