import { hash } from 'node:crypto'
import type { LogRow } from './ports/log.ts'

export const genesis: Buffer = Buffer.alloc(32)

/** The head after a row. It covers ciphertext, so that a person can be forgotten and the chain still verifies. */
export function chained(head: Buffer, row: LogRow): Buffer {
  const place = `${row.slot}.${row.sequence}.${row.events}.${row.actor}.${row.version}.${row.at}.${row.tenant}.${row.person ?? ''}.${row.types}\n`
  return hash('sha256', Buffer.concat([head, Buffer.from(place), row.data]), 'buffer')
}
