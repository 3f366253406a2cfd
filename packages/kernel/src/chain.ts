import type { LogRow } from './ports/log.ts'
import { sha256 } from './sha256.ts'

export const genesis: Buffer = Buffer.alloc(32)

let scratch = Buffer.allocUnsafe(8192)

/**
 * The head after a row of the actor at this address. It covers ciphertext, so that a person can be forgotten and the chain still
 * verifies, and the address, so that no number can be given to another actor afterwards.
 */
export function chained(head: Buffer, row: LogRow, address: string): Buffer {
  const place = `${address} ${row.slot}.${row.sequence}.${row.events}.${row.actor}.${row.version}.${row.at}.${row.tenant}.${row.person ?? ''}.${row.types}\n`
  const most = head.length + place.length * 3 + row.data.length
  // One buffer for all rows: making and joining three for each cost more than the hash itself.
  if (most > scratch.length) scratch = Buffer.allocUnsafe(most * 2)
  let length = head.copy(scratch)
  length += scratch.write(place, length)
  length += row.data.copy(scratch, length)
  return sha256(scratch.subarray(0, length))
}
