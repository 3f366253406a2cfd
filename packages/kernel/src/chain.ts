import { hash } from 'node:crypto'
import { formatAddress, type Address } from '@hearth/protocol'
import type { LogRow } from './ports/log.ts'

export const genesis: Buffer = Buffer.alloc(32)

/**
 * The head after a row of the actor at `address`. It covers ciphertext, so that a person can be forgotten and the chain still
 * verifies, and the address, so that no number can be given to another actor afterwards.
 */
export function chained(head: Buffer, row: LogRow, address: Address): Buffer {
  const place = `${formatAddress(address)} ${row.slot}.${row.sequence}.${row.events}.${row.actor}.${row.version}.${row.at}.${row.tenant}.${row.person ?? ''}.${row.types}\n`
  return hash('sha256', Buffer.concat([head, Buffer.from(place), row.data]), 'buffer')
}
