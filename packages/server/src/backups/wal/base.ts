import { Readable } from 'node:stream'
import postgres from 'postgres'
import type { Written } from '../../store/connection.ts'
import { readAll } from '../places/place.ts'
import { packFolder } from './files-stream.ts'
import { baseFile, baseLabel, getSealed, packed, putSealed, type Base, type Line } from './line.ts'

export interface BaseOptions {
  readonly line: Line
  readonly written: Written
  readonly signal: AbortSignal
  /** Resolves when this file of what was written is away, and all before it. */
  readonly shipped: (segment: string) => Promise<void>
}

/** Copies the files of a running database, and what it says is needed to make them whole. */
export async function makeBase({ line, written, signal, shipped }: BaseOptions): Promise<Base> {
  const sql = postgres({
    ...written.admin(),
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: 'hearth-backup' },
  })
  const name = new Date().toISOString().replaceAll(':', '-')
  try {
    const [begun] = await sql`select pg_walfile_name(pg_backup_start('hearth', true)) as segment`
    let until = ''
    let lastSegment = ''
    const last = async () => {
      const [ended] = await sql`
        select labelfile, pg_walfile_name(lsn) as segment, to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as until
          from pg_backup_stop(wait_for_archive => false)`
      until = String(ended?.['until'])
      lastSegment = String(ended?.['segment'])
      return { path: 'backup_label', content: Buffer.from(String(ended?.['labelfile'])) }
    }
    const files = Readable.from(packFolder(written.data, last), { objectMode: false })
    await putSealed(line, baseFile(name), packed(files), signal)
    // Without what was written meanwhile the copy is not whole.
    await shipped(lastSegment)
    const base: Base = { name, until, major: written.major, firstSegment: String(begun?.['segment']) }
    await putSealed(line, baseLabel(name), Readable.from([Buffer.from(JSON.stringify(base))]), signal)
    await line.place.settle()
    return base
  } finally {
    // Its session ends with it, and a copy that was not ended is none.
    await sql.end({ timeout: 5 })
  }
}

/** The whole ones, oldest first. */
export async function basesOf(line: Line): Promise<readonly Base[]> {
  const bases: Base[] = []
  for (const name of [...(await line.place.within('base').folders())].toSorted()) {
    const label = await getSealed(line, baseLabel(name))
    if (label !== null) bases.push(JSON.parse((await readAll(label)).toString('utf8')) as Base)
  }
  return bases
}
