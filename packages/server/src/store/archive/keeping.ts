import { needs, systemClock, Unfoldable, type Blob, type Clock, type Kernel } from '@hearth/kernel'
import type { ArchiveCheck, Archived } from '@hearth/features'
import type { ConnectionOptions } from '../connection.ts'
import type { Logger } from '../logger.ts'
import type { DatabaseReader } from '../reader.ts'
import type { Archive, ArchiveFile } from './archive.ts'
import { archiveLog, type ArchiveOptions } from './archiving.ts'
import { toFile } from './rows-in-order.ts'

export interface KeepingOptions {
  readonly connection: () => ConnectionOptions
  readonly reader: Pick<DatabaseReader, 'within'>
  readonly archive: Archive
  readonly owner: string
  readonly kernel: Pick<Kernel, 'wake'>
  readonly log: Logger
  /** Rows older than this are moved once a day; none by itself when absent. */
  readonly afterDays: number | undefined
  readonly clock?: Clock
}

export interface ArchiveKeeping extends Disposable {
  move(how: Pick<ArchiveOptions, 'before' | 'dryRun' | 'least'>): Promise<Archived>
  /** Reads every file, and wakes what waited for those that can be read. */
  check(): Promise<ArchiveCheck>
  status(): Promise<Record<string, number>>
}

const dayMs = 86_400_000
const firstAfterMs = 60_000
/** By itself it makes no file for a handful of rows: they wait for more. */
const leastByItself = 1000

export function keepArchive(options: KeepingOptions): ArchiveKeeping {
  const { archive, reader, log, afterDays, clock = systemClock } = options
  let last: Promise<unknown> = lookForMissing(options)
  // One run at a time: ranges of a slot follow one another.
  const move: ArchiveKeeping['move'] = (how) => {
    const { connection, owner } = options
    const run = () => archiveLog({ connection: connection(), archive, owner, now: clock.now(), ...how })
    const mine = last.then(run, run)
    last = mine
    return mine
  }
  let stopped = false
  let cancel: () => void = () => undefined
  const moveOld = async (days: number): Promise<void> => {
    try {
      const moved = await move({ before: clock.now() - days * dayMs, least: leastByItself })
      log.info({ ...moved }, 'old rows of the log went to the archive')
    } catch (error) {
      log.warn({ err: error }, 'the log could not be archived')
    }
    if (!stopped) cancel = clock.after(dayMs, () => void moveOld(days))
  }
  if (afterDays !== undefined) cancel = clock.after(firstAfterMs, () => void moveOld(afterDays))
  return {
    move,
    check: () => check(options),
    status: async () => {
      const [totals] = await reader.within(
        '',
        (sql) => sql`
        select count(*) as files, coalesce(sum(rows), 0) as rows, coalesce(sum(bytes), 0) as bytes from hearth.archives`,
      )
      return {
        files: Number(totals?.['files']),
        rows: Number(totals?.['rows']),
        bytes: Number(totals?.['bytes']),
        unreadable: archive.unreadable().length,
      }
    },
    [Symbol.dispose]: () => {
      stopped = true
      cancel()
    },
  }
}

const filesOf = async (reader: KeepingOptions['reader']): Promise<readonly ArchiveFile[]> =>
  (await reader.within('', (sql) => sql`select slot, first, last, hash from hearth.archives order by slot, first`)).map(
    toFile,
  )

/** Without reading them, so that a start stays quick. */
async function lookForMissing({ reader, archive, log }: KeepingOptions): Promise<void> {
  try {
    for (const file of await filesOf(reader))
      if (!(await archive.look(file))) log.warn({ ...file }, 'a file of the archive is not there')
  } catch (error) {
    log.warn({ err: error }, 'the archive could not be looked at')
  }
}

async function check({ reader, archive, kernel }: KeepingOptions): Promise<ArchiveCheck> {
  const unreadable: ArchiveCheck['unreadable'][number][] = []
  const whole: string[] = []
  const files = await filesOf(reader)
  for (const file of files) {
    try {
      await archive.rowsOf(file, 'fresh')
      whole.push(needs.archive(file.hash))
    } catch (error) {
      if (!(error instanceof Unfoldable)) throw error
      unreadable.push({ ...file, code: error.code })
    }
  }
  return { files: files.length, unreadable, woken: await kernel.wake(whole) }
}

/** Where the files of a data folder lie; made when it is first needed. */
export function lazyBlob(open: () => Promise<Blob>): Blob {
  let opened: Promise<Blob> | undefined
  const blob = (): Promise<Blob> => (opened ??= open())
  return {
    put: async (content) => (await blob()).put(content),
    get: async (hash) => (await blob()).get(hash),
    find: async (hash) => (await blob()).find(hash),
    delete: async (hash) => (await blob()).delete(hash),
    list: async (after, limit) => (await blob()).list(after, limit),
  }
}
