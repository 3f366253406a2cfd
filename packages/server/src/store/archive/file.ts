import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { chained, type LogRow } from '@hearth/kernel'
import { formatAddress, type Address } from '@hearth/protocol'

/** A row of the log with the address of its actor: all that reading it takes. */
export interface PlacedRow {
  readonly row: LogRow
  readonly address: Address
}

interface Header {
  readonly format: 1
  readonly slot: number
  readonly before: string
  readonly after: string
  readonly actors: readonly (readonly [actor: number, tenant: string, home: string, kind: string, id: string])[]
}

type Line = readonly [
  sequence: number,
  events: number,
  actor: number,
  version: number,
  at: number,
  person: string | null,
  types: string,
  bytes: number,
]

// Above it a bomb, and no file of ours.
const largest = 512 * 1024 * 1024
const atOnce = 200
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The head of the chain after these rows, as it is after each commit. */
export async function headAfter(before: Buffer, rows: readonly PlacedRow[]): Promise<Buffer> {
  let head = before
  for (const [index, { row, address }] of rows.entries()) {
    if (index % atOnce === 0) await turn()
    head = chained(head, row, formatAddress(address))
  }
  return head
}

/** The rows of one slot in order: a line of JSON about all, then of each a line of JSON and its data as it lies in the log. */
export async function packFile(rows: readonly PlacedRow[], before: Buffer, after: Buffer): Promise<Buffer> {
  const actors = new Map(rows.map(({ row, address }) => [row.actor, address]))
  const header: Header = {
    format: 1,
    slot: rows[0]?.row.slot ?? 0,
    before: before.toString('hex'),
    after: after.toString('hex'),
    actors: [...actors].map(([actor, { tenant, home, kind, id }]) => [actor, tenant, home, kind, id]),
  }
  const parts: Buffer[] = [Buffer.from(`${JSON.stringify(header)}\n`)]
  for (const [index, { row }] of rows.entries()) {
    if (index % atOnce === 0) await turn()
    const { sequence, events, actor, version, at, person, types, data } = row
    const line: Line = [sequence, events, actor, version, at, person, types, data.length]
    parts.push(Buffer.from(`${JSON.stringify(line)}\n`), data, newline)
  }
  return await promisify(zstdCompress)(Buffer.concat(parts))
}

const newline = Buffer.from('\n')

/** Throws whatever the content makes it throw where it is no such file. */
export async function unpackFile(content: Buffer): Promise<readonly PlacedRow[]> {
  const plain = await promisify(zstdDecompress)(content, { maxOutputLength: largest })
  let place = 0
  const line = (): unknown => {
    const end = plain.indexOf(10, place)
    const text = plain.toString('utf8', place, end)
    place = end + 1
    return JSON.parse(text)
  }
  const { format, slot, actors } = line() as Header
  if (format !== 1) throw new Error('the file is of another format')
  const addresses = new Map(
    actors.map(([actor, tenant, home, kind, id]): [number, Address] => [actor, { tenant, home, kind, id }]),
  )
  const rows: PlacedRow[] = []
  while (place < plain.length) {
    if (rows.length % atOnce === 0) await turn()
    const [sequence, events, actor, version, at, person, types, bytes] = line() as Line
    const data = plain.subarray(place, place + bytes)
    place += bytes + 1
    const address = addresses.get(actor)
    if (address === undefined) throw new Error('the file holds a row of an actor that it does not name')
    rows.push({
      row: { slot, sequence, events, actor, tenant: address.tenant, version, at, person, types, data },
      address,
    })
  }
  return rows
}
