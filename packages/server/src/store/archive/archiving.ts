import type { Archived } from '@hearth/features'
import { genesis, type LogRow } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import postgres, { type Sql } from 'postgres'
import { addressOf } from '../address-of.ts'
import type { ConnectionOptions } from '../connection.ts'
import { hex, numbers, texts } from '../literals.ts'
import { toLogRow } from '../log-load.ts'
import { createRenewingClient } from '../renewing.ts'
import { createArchive, type Archive } from './archive.ts'
import { homeDigest } from './home-digest.ts'
import { headAfter, packFile, type PlacedRow } from './file.ts'

export interface ArchiveOptions {
  /** Of a role that sees every tenant. */
  readonly connection: ConnectionOptions
  readonly archive: Archive
  /** Only what this process owns is moved. */
  readonly owner: string
  /** What came before this time, in milliseconds. */
  readonly before: number
  readonly now: number
  readonly dryRun?: boolean
  /** Slots with fewer rows to move are left for another time. */
  readonly least?: number
  readonly limits?: { readonly rows: number; readonly bytes: number }
}

const usual = { rows: 5000, bytes: 8 * 1024 * 1024 }

/**
 * Moves the oldest rows of the log to files. A file is written and read back before its rows leave the log, in the transaction that
 * names it: a crash leaves both, or the file alone.
 */
export async function archiveLog(options: ArchiveOptions): Promise<Archived> {
  const { connection, archive, owner, before, dryRun = false, least = 1 } = options
  await using client = createRenewingClient(() => connection, {
    max: 1,
    connection: { application_name: 'hearth-archive' },
  })
  return await client.use(async (sql) => {
    const tenants = await sql<{ tenant: string }[]>`select tenant from hearth.tenants`
    await sql`select set_config('hearth.tenants', ${texts(tenants.map(({ tenant }) => tenant))}, false)`
    let total: Archived = { rows: 0, bytes: 0, files: 0 }
    const failures: unknown[] = []
    for (const { slot, cut } of await cuts(sql, owner, before)) {
      const movable = await countBefore(sql, slot, cut)
      if (movable.rows < least || movable.rows === 0) continue
      if (!dryRun) archive.note([slot])
      try {
        total = sum(total, dryRun ? movable : await archiveSlot(sql, options, slot, cut))
      } catch (error) {
        // The others go on.
        failures.push(named(error))
      }
    }
    if (!dryRun) await clearUnnamed(sql, archive, options.now)
    if (failures.length > 0) throw failures[0]
    return total
  })
}

/** What the database refuses to do for this server. */
const named = (error: unknown): unknown =>
  error instanceof postgres.PostgresError && error.code.startsWith('HE')
    ? new HearthError('archive.not-owned', 'Another server owns a slot now, or archives it.', { cause: error })
    : error

const sum = (a: Archived, b: Archived): Archived => ({
  rows: a.rows + b.rows,
  bytes: a.bytes + b.bytes,
  files: a.files + b.files,
})

interface Cut {
  readonly slot: number
  /** Rows that begin before this place may go. */
  readonly cut: number
}

/** Up to the first row that came too late, or that what is owed has to be read from. */
async function cuts(sql: Sql, owner: string, before: number): Promise<readonly Cut[]> {
  const rows = await sql`
    select s.slot, least(s.owed_from, coalesce((select l.sequence from hearth.log l
        where l.slot = s.slot and l.at >= ${before} order by l.sequence limit 1), s.sequence + 1)) as cut
      from hearth.slots s where s.sequence > 0 and s.owner = ${owner} order by s.slot`
  return rows.map((row) => ({ slot: Number(row['slot']), cut: Number(row['cut']) }))
}

async function countBefore(sql: Sql, slot: number, cut: number): Promise<Archived> {
  const [counted] = await sql`
    select count(*) as rows, coalesce(sum(octet_length(data)), 0) as bytes from hearth.log where slot = ${slot} and sequence < ${cut}`
  return { rows: Number(counted?.['rows']), bytes: Number(counted?.['bytes']), files: 0 }
}

async function archiveSlot(sql: Sql, options: ArchiveOptions, slot: number, cut: number): Promise<Archived> {
  const [former] = await sql`select last, after from hearth.archives where slot = ${slot} order by first desc limit 1`
  let after = former === undefined ? 0 : Number(former['last'])
  let head = former === undefined ? genesis : (former['after'] as Buffer)
  let total: Archived = { rows: 0, bytes: 0, files: 0 }
  for (;;) {
    const rows = await readRange(sql, { slot, after, cut }, options.limits ?? usual)
    const last = rows.at(-1)?.row
    if (last === undefined) return total
    const [before, end] = [head, last.sequence + last.events - 1]
    head = await headAfter(before, rows)
    const content = await packFile(rows, before, head)
    const { hash, size } = await options.archive.blob.put([content])
    const place = { slot, first: after + 1, last: end, hash }
    await assertHolds(options.archive, place, before, head)
    await sql.unsafe(
      `select hearth.archive($1::text, $2::smallint, $3::bigint, $4::bigint, $5::integer, $6::bigint, $7::bigint, $8::bigint,
        $9::text, $10::bytea, $11::bytea, $12::bigint[], $13::bytea[])`,
      [
        options.owner,
        ...[slot, place.first, end, rows.length, size, newestOf(rows), options.now].map(String),
        hash,
        bytea(before),
        bytea(head),
        numbers([...new Set(rows.map(({ row }) => row.actor))]),
        hex(homesIn(rows)),
      ],
    )
    total = sum(total, { rows: rows.length, bytes: size, files: 1 })
    after = end
  }
}

const bytea = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`

const homesIn = (rows: readonly PlacedRow[]): readonly Buffer[] =>
  [...new Set(rows.map(({ address }) => homeDigest(address).toString('hex')))].map((digest) =>
    Buffer.from(digest, 'hex'),
  )

const newestOf = (rows: readonly PlacedRow[]): number => rows.reduce((newest, { row }) => Math.max(newest, row.at), 0)

/** Read back from where it lies, not from memory: the chain over what it holds must end where that of the log does. */
async function assertHolds(
  { blob }: Archive,
  place: { readonly slot: number; readonly first: number; readonly last: number; readonly hash: string },
  before: Buffer,
  after: Buffer,
): Promise<void> {
  const rows = await createArchive(blob).rowsOf(place, 'fresh')
  if (!(await headAfter(before, rows)).equals(after))
    throw new Error(`the file ${place.hash} does not hold what was written`)
}

interface Range {
  readonly slot: number
  readonly after: number
  readonly cut: number
}

async function readRange(sql: Sql, { slot, after, cut }: Range, limits: typeof usual): Promise<readonly PlacedRow[]> {
  const found = await sql`
    select l.*, a.home, a.kind, a.id from hearth.log l join hearth.actors a on a.actor = l.actor
     where l.slot = ${slot} and l.sequence > ${after} and l.sequence < ${cut} order by l.sequence limit ${limits.rows}`
  const rows: PlacedRow[] = []
  let bytes = 0
  let next = after + 1
  for (const each of found) {
    const row: LogRow = toLogRow(each)
    if (row.sequence !== next)
      throw new HearthError('archive.log-broken', `The log has a hole at ${slot}.${next}: log.verify tells more.`)
    bytes += row.data.length
    if (rows.length > 0 && bytes > limits.bytes) break
    rows.push({ row, address: addressOf(each) })
    next = row.sequence + row.events
  }
  return rows
}

const dayMs = 86_400_000
const listedAtOnce = 1000

/** Files of a run that ended before it could name them. */
async function clearUnnamed(sql: Sql, { blob }: Archive, now: number): Promise<void> {
  const named = new Set((await sql`select hash from hearth.archives`).map(({ hash }) => String(hash)))
  for (let after: string | null = null; ;) {
    const entries = await blob.list(after, listedAtOnce)
    for (const { hash, at } of entries) if (!named.has(hash) && now - at > dayMs) await blob.delete(hash)
    after = entries.at(-1)?.hash ?? null
    if (entries.length < listedAtOnce) return
  }
}
