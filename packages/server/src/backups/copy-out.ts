import type { Readable } from 'node:stream'
import type { Sql } from 'postgres'

const lookEveryMs = 20

/**
 * The rows of a question in PostgreSQL's own text form. The driver stops its socket when the stream is full, and where the stream was
 * read meanwhile nobody lets the socket go on: the copy would stand still for good. So it is looked after while it runs.
 */
export async function copyOut(sql: Sql, question: string): Promise<Readable> {
  const stream = await sql.unsafe(`copy (${question}) to stdout`).readable()
  const goOn = (): void => stream._read(stream.readableHighWaterMark)
  const look = setInterval(() => {
    if (stream.readableLength < stream.readableHighWaterMark) goOn()
  }, lookEveryMs)
  return stream.once('close', () => {
    clearInterval(look)
    // What the database says after the last row.
    goOn()
  })
}
