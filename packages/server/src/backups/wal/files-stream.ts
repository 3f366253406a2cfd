import { createReadStream, createWriteStream } from 'node:fs'
import { chown, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { damaged } from '../sealing.ts'

interface Entry {
  readonly path: string
  readonly kind: 'folder' | 'file'
  readonly size: number
}

/** What another PostgreSQL makes anew, or must not have. */
const contentsLeftOut = new Set([
  'pg_wal',
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
])
const leftOut = /(^|\/)(postmaster\.(pid|opts)|pg_internal\.init(\.\d+)?|pgsql_tmp[^/]*|[^/]*\.\d+\.next)$/
const control = 'global/pg_control'

/** Folders before what is in them, the control file last. */
async function entriesOf(root: string): Promise<readonly Entry[]> {
  const found: Entry[] = []
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const full = join(folder, entry.name)
      const path = relative(root, full)
      if (leftOut.test(path)) continue
      if (entry.isDirectory()) {
        found.push({ path, kind: 'folder', size: 0 })
        if (!contentsLeftOut.has(path)) await walk(full)
      } else if (entry.isFile()) {
        const size = (await stat(full).catch(() => null))?.size
        if (size !== undefined) found.push({ path, kind: 'file', size })
      }
    }
  }
  await walk(root)
  return [...found.filter(({ path }) => path !== control), ...found.filter(({ path }) => path === control)]
}

const framed = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/**
 * A folder's files as one stream, as they are while another program writes: each has the size that it had when it was found, since
 * what came later is in that program's own log. `last` is asked when all have been read, for a file that is not there.
 */
export async function* packFolder(
  root: string,
  last: () => Promise<{ readonly path: string; readonly content: Buffer }>,
): AsyncGenerator<Buffer> {
  for (const entry of await entriesOf(root)) {
    yield framed(Buffer.from(JSON.stringify(entry)))
    if (entry.kind === 'folder') continue
    let left = entry.size
    try {
      if (left > 0)
        for await (const part of createReadStream(join(root, entry.path), { end: left - 1 }) as AsyncIterable<Buffer>) {
          left -= part.length
          yield framed(part)
        }
    } catch (error) {
      // Removed or made shorter meanwhile: its log says so.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    for (; left > 0; left -= Math.min(left, 65_536)) yield framed(Buffer.alloc(Math.min(left, 65_536)))
  }
  const { path, content } = await last()
  yield framed(Buffer.from(JSON.stringify({ path, kind: 'file', size: content.length } satisfies Entry)))
  yield framed(content)
  yield framed(Buffer.alloc(0))
}

async function* frames(content: AsyncIterable<Buffer>, where: string): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  for await (const part of content) {
    held = held.length === 0 ? part : Buffer.concat([held, part])
    for (;;) {
      const length = held.length < 4 ? Number.POSITIVE_INFINITY : held.readUInt32BE()
      if (held.length < 4 + length) break
      yield held.subarray(4, 4 + length)
      held = held.subarray(4 + length)
    }
  }
  if (held.length > 0) throw damaged(where)
}

/** Writes what `packFolder` made; nothing where there is no folder to write to. */
export async function unpackFolder(
  content: AsyncIterable<Buffer>,
  {
    to,
    owner,
    where,
  }: {
    readonly to: string | null
    readonly owner?: { readonly uid: number; readonly gid: number }
    readonly where: string
  },
): Promise<void> {
  const parts = frames(content, where)
  const next = async (): Promise<Buffer> => {
    const { value, done } = await parts.next()
    if (done === true) throw damaged(where)
    return value
  }
  const give = async (path: string): Promise<void> => {
    if (owner !== undefined) await chown(path, owner.uid, owner.gid)
  }
  for (;;) {
    const head = await next()
    if (head.length === 0) break
    const { path, kind, size } = JSON.parse(head.toString('utf8')) as Entry
    const full = to === null ? null : join(to, path)
    if (kind === 'folder') {
      if (full === null) continue
      await mkdir(full, { recursive: true, mode: 0o700 })
      await give(full)
      continue
    }
    const body = (async function* () {
      for (let left = size; left > 0;) {
        const part = await next()
        left -= part.length
        yield part
      }
    })()
    if (full === null) {
      for await (const _ of body);
      continue
    }
    await mkdir(dirname(full), { recursive: true, mode: 0o700 })
    await pipeline(Readable.from(body, { objectMode: false }), createWriteStream(full, { mode: 0o600, flush: true }))
    await give(full)
  }
  for await (const _ of parts) throw damaged(where)
}
