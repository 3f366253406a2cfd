import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { isBlobHash, type Blob, type BlobEntry, type BlobHash } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'

export interface FileBlobOptions {
  readonly folder: string
  readonly limit?: number
  /** What another process may still be writing is left alone so long. */
  readonly abandonedMs?: number
}

const dayMs = 86_400_000

/**
 * Content in files, named by their hashes, in 256 folders. A file is written aside, brought to the disk and renamed: what has
 * its name is whole. Several processes may share the folder.
 */
export async function openFileBlob(options: FileBlobOptions): Promise<Blob> {
  const { folder, limit = 64 * 1024 * 1024, abandonedMs = dayMs } = options
  const aside = join(folder, 'incoming')
  await mkdir(aside, { recursive: true, mode: 0o700 })
  await clear(aside, abandonedMs)
  const folderOf = (hash: BlobHash): string => join(folder, hash.slice(0, 2))
  const pathOf = (hash: BlobHash): string => join(folderOf(hash), hash)

  const put = async (content: Parameters<Blob['put']>[0]): Promise<BlobEntry> => {
    const path = join(aside, randomUUID())
    try {
      const { hash, size, at } = await write(path, content, limit)
      await makeFolder(folder, folderOf(hash))
      await rename(path, pathOf(hash))
      await sync(folderOf(hash))
      return { hash, size, at }
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }

  const find = async (hash: BlobHash): Promise<BlobEntry | null> => {
    const found = isBlobHash(hash) ? await whenThere(stat(pathOf(hash))) : null
    return found === null ? null : { hash, size: found.size, at: Math.floor(found.mtimeMs) }
  }

  return {
    put,
    find,
    get: async (hash) => {
      const file = isBlobHash(hash) ? await whenThere(open(pathOf(hash), 'r')) : null
      return file === null ? null : verified(file, hash)
    },
    delete: async (hash) => {
      if (!isBlobHash(hash) || (await whenThere(unlink(pathOf(hash)).then(() => true))) === null) return false
      await sync(folderOf(hash))
      return true
    },
    list: async (after, most) => {
      const entries: BlobEntry[] = []
      for (const name of (await readdir(folder)).filter((one) => /^[0-9a-f]{2}$/.test(one)).toSorted(inOrder)) {
        if (after !== null && name < after.slice(0, 2)) continue
        const hashes = (await readdir(join(folder, name))).filter((hash) => isBlobHash(hash)).toSorted(inOrder)
        for (const hash of hashes) {
          if (entries.length >= most) return entries
          const entry = after === null || hash > after ? await find(hash) : null
          if (entry !== null) entries.push(entry)
        }
      }
      return entries
    },
  }
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : 1)

async function write(path: string, content: Parameters<Blob['put']>[0], limit: number): Promise<BlobEntry> {
  await using file = await open(path, 'wx', 0o600)
  const hash = createHash('sha256')
  let size = 0
  for await (const part of content) {
    size += part.length
    if (size > limit) throw new HearthError('blob.too-large', `More than ${limit} bytes are not kept.`)
    hash.update(part)
    await file.writeFile(part)
  }
  await file.sync()
  const { mtimeMs } = await file.stat()
  return { hash: hash.digest('hex'), size, at: Math.floor(mtimeMs) }
}

async function* verified(file: FileHandle, expected: BlobHash): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256')
  const stream = createReadStream('', { fd: file })
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      hash.update(part)
      yield part
    }
  } catch (error) {
    throw new HearthError('blob.damaged', `Content ${expected} cannot be read.`, { cause: error })
  } finally {
    stream.destroy()
  }
  if (hash.digest('hex') !== expected) throw new HearthError('blob.damaged', `Content ${expected} was changed.`)
}

async function makeFolder(parent: string, folder: string): Promise<void> {
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await sync(parent)
}

/** A name is on the disk when its folder is. */
async function sync(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

async function whenThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Leftovers of a process that ended in the middle of a put. */
async function clear(aside: string, abandonedMs: number): Promise<void> {
  for (const name of await readdir(aside)) {
    const found = await whenThere(stat(join(aside, name)))
    if (found !== null && Date.now() - Math.floor(found.mtimeMs) >= abandonedMs)
      await rm(join(aside, name), { force: true })
  }
}
