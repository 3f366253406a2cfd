import { createHash } from 'node:crypto'
import type { Blob, BlobEntry, BlobHash } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'

interface Held {
  readonly entry: BlobEntry
  readonly content: Buffer
}

/** Content in memory, gone with the process. */
export function createMemoryBlob(options: { readonly limit?: number; readonly now?: () => number } = {}): Blob {
  const { limit = 64 * 1024 * 1024, now = Date.now } = options
  const held = new Map<BlobHash, Held>()
  return {
    put: async (content) => {
      const parts: Buffer[] = []
      let size = 0
      for await (const part of content) {
        size += part.length
        if (size > limit) throw new HearthError('blob.too-large', `More than ${limit} bytes are not kept.`)
        parts.push(Buffer.from(part))
      }
      const whole = Buffer.concat(parts)
      const entry = { hash: createHash('sha256').update(whole).digest('hex'), size, at: now() }
      held.set(entry.hash, { entry, content: whole })
      return entry
    },
    get: (hash) => Promise.resolve(held.has(hash) ? partsOf(held.get(hash)?.content as Buffer) : null),
    find: (hash) => Promise.resolve(held.get(hash)?.entry ?? null),
    delete: (hash) => Promise.resolve(held.delete(hash)),
    list: (after, most) => {
      const hashes = [...held.keys()].filter((hash) => after === null || hash > after)
      const page = hashes.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, most)
      return Promise.resolve(page.map((hash) => (held.get(hash) as Held).entry))
    },
  }
}

async function* partsOf(content: Buffer): AsyncIterable<Uint8Array> {
  const length = 64 * 1024
  for (let from = 0; from < content.length; from += length) yield Buffer.from(content.subarray(from, from + length))
}
