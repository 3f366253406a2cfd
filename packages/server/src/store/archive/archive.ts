import { Unfoldable, needs, type Blob, type BlobHash } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import { unpackFile, type PlacedRow } from './file.ts'

/** A file of the archive: the rows of a slot from `first` to the one that ends at `last`. */
export interface ArchiveFile {
  readonly slot: number
  readonly first: number
  readonly last: number
  readonly hash: BlobHash
}

export interface Archive {
  readonly blob: Blob
  /** Whether anything of a slot may lie in a file. A slot is noted before its first row leaves the log. */
  mayHold(slot: number): boolean
  note(slots: readonly number[]): void
  /** In order. Throws `Unfoldable`: `archive.missing` or `archive.damaged`. `fresh`: from where they lie, not from memory. */
  rowsOf(file: ArchiveFile, how?: 'fresh'): Promise<readonly PlacedRow[]>
  /** Whether it is there, without reading it. */
  look(file: ArchiveFile): Promise<boolean>
  /** Files that could not be read when they were last needed. */
  unreadable(): readonly ArchiveFile[]
  /** Somebody has read these files. */
  mended(hashes: ReadonlySet<BlobHash>): void
}

const kept = 2
const keptMs = 10_000

export function createArchive(blob: Blob): Archive {
  const slots = new Set<number>()
  const failed = new Map<BlobHash, ArchiveFile>()
  // A history is read page by page: the file of the page before is at hand.
  const recent = new Map<BlobHash, { readonly rows: Promise<readonly PlacedRow[]>; timer: NodeJS.Timeout }>()
  const forgetLater = (hash: BlobHash): NodeJS.Timeout => setTimeout(() => recent.delete(hash), keptMs).unref()
  return {
    blob,
    mayHold: (slot) => slots.has(slot),
    note: (noted) => {
      for (const slot of noted) slots.add(slot)
    },
    look: async (file) => {
      const isThere = (await blob.find(file.hash)) !== null
      if (!isThere) failed.set(file.hash, file)
      return isThere
    },
    unreadable: () => [...failed.values()],
    mended: (hashes) => {
      for (const hash of failed.keys()) if (hashes.has(hash)) failed.delete(hash)
    },
    rowsOf: async (file, how) => {
      const { hash } = file
      const found = recent.get(hash)
      if (found !== undefined && how !== 'fresh') {
        clearTimeout(found.timer)
        found.timer = forgetLater(hash)
        return await found.rows
      }
      const rows = read(blob, file)
      recent.set(hash, { rows, timer: forgetLater(hash) })
      const [oldest] = recent.keys()
      if (recent.size > kept && oldest !== undefined) recent.delete(oldest)
      try {
        const whole = await rows
        failed.delete(hash)
        return whole
      } catch (error) {
        recent.delete(hash)
        if (error instanceof Unfoldable) failed.set(hash, file)
        throw error
      }
    },
  }
}

async function read(blob: Blob, file: ArchiveFile): Promise<readonly PlacedRow[]> {
  const content = await blob.get(file.hash)
  if (content === null) throw missing(file)
  const parts: Uint8Array[] = []
  try {
    for await (const part of content) parts.push(part)
  } catch (error) {
    if (error instanceof HearthError && error.code === 'blob.damaged') throw damaged(file)
    throw error
  }
  try {
    const rows = await unpackFile(Buffer.concat(parts))
    const [begin, end] = [rows[0]?.row, rows.at(-1)?.row]
    const isRange = begin?.sequence === file.first && end !== undefined && end.sequence + end.events - 1 === file.last
    if (begin?.slot === file.slot && isRange) return rows
  } catch {
    // What does not unpack was never written by us under this hash.
  }
  throw damaged(file)
}

const missing = ({ hash }: ArchiveFile): Unfoldable =>
  new Unfoldable(
    'archive.missing',
    `The file ${hash} of the archive is not there. Put it back from a backup, then call log.checkArchive.`,
    needs.archive(hash),
  )

const damaged = ({ hash }: ArchiveFile): Unfoldable =>
  new Unfoldable(
    'archive.damaged',
    `The file ${hash} of the archive was changed or cannot be read. Put it back from a backup, then call log.checkArchive.`,
    needs.archive(hash),
  )

/** Where nothing was ever archived. */
export const noArchive = (): Archive =>
  createArchive({
    put: () => Promise.reject(new Error('there is no archive here')),
    get: () => Promise.resolve(null),
    find: () => Promise.resolve(null),
    delete: () => Promise.resolve(false),
    list: () => Promise.resolve([]),
  })
