import { finished } from 'node:stream/promises'
import type { OpenAppender } from './appender.ts'
import { literals } from './encodings.ts'
import { partsOf, type Column, type Item, type Part } from './parts.ts'
import { connect, run, say, withRoom } from './postgres-js.ts'
import { statementOf } from './statement.ts'

/** begin, advance, COPY of the log's rows in binary, the other parts, commit. COPY needs an answer before and after it. */
export const asCopy: OpenAppender = (connection, tenants) => {
  const sql = connect(connection, tenants, withRoom(connection))
  return {
    append: async (batch) => {
      const [advance, ...parts] = partsOf(batch)
      const others = parts.filter((part) => part.table !== 'hearth.log').map((part) => statementOf(part, literals))
      const rows = parts.find((part) => part.table === 'hearth.log')
      const opened = Promise.all([say(sql, 'begin'), run(sql, statementOf(advance as Part, literals))])
      if (rows !== undefined) {
        const copying = sql.unsafe(copyStatement(rows)).writable()
        const stream = (await Promise.all([copying, opened]))[0]
        stream.end(binary(rows.columns))
        await finished(stream)
      }
      await Promise.all([opened, ...others.map((made) => run(sql, made)), say(sql, 'commit')])
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 2 }),
  }
}

const copyStatement = ({ table, columns }: Part): string =>
  `copy ${table} (${columns.map(({ name }) => name).join(', ')}) from stdin (format binary)`

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
const headerBytes = signature.length + 8

/** The binary form of COPY: for each row the number of fields, for each field its length and its bytes. */
export function binary(columns: readonly Column[]): Buffer {
  const rows = columns[0]?.items.length ?? 0
  const sizes = columns.map(({ type, items }) => items.map((item) => sizeOf(type, item)))
  const body = sizes.reduce((sum, column) => column.reduce((inner, size) => inner + Math.max(0, size) + 4, sum), 0)
  const bytes = Buffer.alloc(headerBytes + rows * 2 + body + 2)
  signature.copy(bytes)
  let at = headerBytes
  for (let row = 0; row < rows; row += 1) {
    at = bytes.writeInt16BE(columns.length, at)
    for (const [index, { type, items }] of columns.entries()) {
      const size = sizes[index]?.[row] ?? -1
      at = bytes.writeInt32BE(size, at)
      if (size >= 0) write(bytes, at, type, items[row] as Exclude<Item, null>)
      at += Math.max(0, size)
    }
  }
  bytes.writeInt16BE(-1, at)
  return bytes
}

function sizeOf(type: Column['type'], item: Item): number {
  if (item === null) return -1
  if (typeof item === 'string') return Buffer.byteLength(item)
  return typeof item === 'number' ? ({ smallint: 2, integer: 4 }[type as 'smallint' | 'integer'] ?? 8) : item.length
}

function write(bytes: Buffer, at: number, type: Column['type'], item: Exclude<Item, null>): void {
  if (typeof item === 'string') bytes.write(item, at)
  else if (typeof item !== 'number') item.copy(bytes, at)
  else if (type === 'smallint') bytes.writeInt16BE(item, at)
  else if (type === 'integer') bytes.writeInt32BE(item, at)
  else {
    bytes.writeInt32BE(Math.floor(item / 2 ** 32), at)
    bytes.writeUInt32BE(item % 2 ** 32, at + 4)
  }
}
