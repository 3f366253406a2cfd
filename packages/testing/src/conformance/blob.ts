import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { Blob } from '@hearth/kernel'
import { casesOf, type ConformanceCase } from './case.ts'

export interface BlobSubject {
  /** Must be able to keep 1 MiB, and must refuse more than `limit`, which is less than 32 MiB. */
  readonly blob: Blob
  readonly limit: number
}

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')
const absent = hashOf(Buffer.from('nobody ever puts this'))

async function* inParts(content: Buffer, length: number): AsyncIterable<Uint8Array> {
  for (let from = 0; from < content.length; from += length) yield content.subarray(from, from + length)
}

async function read(blob: Blob, hash: string): Promise<Buffer | null> {
  const content = await blob.get(hash)
  return content === null ? null : Buffer.concat(await Array.fromAsync(content))
}

async function listed(blob: Blob, limit: number): Promise<readonly string[]> {
  const found: string[] = []
  for (let page = await blob.list(null, limit); ;) {
    found.push(...page.map(({ hash }) => hash))
    const last = page.at(-1)
    if (last === undefined || page.length < limit) return found
    page = await blob.list(last.hash, limit)
  }
}

/** What every `Blob` must do. One subject may serve all cases. */
export const blobCases: readonly ConformanceCase<BlobSubject>[] = casesOf('blob', {
  'content is kept under its hash, however it was cut': async ({ blob }) => {
    const content = randomBytes(300_000)
    for (const length of [300_000, 65_536, 1013]) {
      const { hash, size } = await blob.put(inParts(content, length))
      assert.deepEqual([hash, size], [hashOf(content), content.length])
    }
    assert.deepEqual(await read(blob, hashOf(content)), content)
  },
  'empty content is content': async ({ blob }) => {
    const { hash, size } = await blob.put([])
    assert.deepEqual([hash, size, (await read(blob, hash))?.length], [hashOf(Buffer.alloc(0)), 0, 0])
  },
  'a part that its caller changes afterwards was put as it was': async ({ blob }) => {
    const part = Buffer.alloc(10, 1)
    async function* reusing(): AsyncIterable<Uint8Array> {
      yield part
      part.fill(2)
      yield part
    }
    const { hash } = await blob.put(reusing())
    assert.equal(hash, hashOf(Buffer.concat([Buffer.alloc(10, 1), Buffer.alloc(10, 2)])))
    assert.equal((await read(blob, hash))?.length, 20)
  },
  'the same content put at once by many is there once': async ({ blob }) => {
    const content = randomBytes(50_000)
    const entries = await Promise.all(Array.from({ length: 8 }, () => blob.put([content])))
    assert.equal(new Set(entries.map(({ hash }) => hash)).size, 1)
    assert.deepEqual(await read(blob, hashOf(content)), content)
    assert.equal((await listed(blob, 100)).filter((hash) => hash === hashOf(content)).length, 1)
  },
  'what is not there is null, also where it is no hash': async ({ blob }) => {
    for (const hash of [absent, '', '..', '../../etc/passwd', 'x'.repeat(64)])
      assert.deepEqual([await blob.get(hash), await blob.find(hash), await blob.delete(hash)], [null, null, false])
  },
  'more than the limit is refused, and nothing of it stays': async ({ blob, limit }) => {
    const before = await listed(blob, 100)
    const content = Buffer.alloc(limit + 1, 3)
    await assert.rejects(blob.put(inParts(content, 100_000)), { code: 'blob.too-large' })
    assert.deepEqual(await listed(blob, 100), before)
    const { size } = await blob.put(inParts(content.subarray(1), 100_000))
    assert.equal(size, limit)
  },
  'content that fails on its way is not kept': async ({ blob }) => {
    const before = await listed(blob, 100)
    async function* failing(): AsyncIterable<Uint8Array> {
      yield randomBytes(10)
      throw new Error('the sender went away')
    }
    await assert.rejects(blob.put(failing()), /the sender went away/)
    assert.deepEqual(await listed(blob, 100), before)
  },
  'what is deleted is gone, and can be put again': async ({ blob }) => {
    const content = randomBytes(100)
    const { hash } = await blob.put([content])
    assert.deepEqual([await blob.delete(hash), await blob.delete(hash)], [true, false])
    assert.deepEqual([await read(blob, hash), await blob.find(hash)], [null, null])
    await blob.put([content])
    assert.deepEqual(await read(blob, hash), content)
  },
  'whoever reads while it is deleted reads it whole, or is told': async ({ blob }) => {
    const content = randomBytes(900_000)
    const { hash } = await blob.put([content])
    const reading = (await blob.get(hash))?.[Symbol.asyncIterator]()
    const parts: Uint8Array[] = []
    const first = await reading?.next()
    if (first?.done === false) parts.push(first.value)
    await blob.delete(hash)
    try {
      for (let part = await reading?.next(); part?.done === false; part = await reading?.next()) parts.push(part.value)
      assert.equal(hashOf(Buffer.concat(parts)), hash)
    } catch (error) {
      assert.equal((error as { readonly code?: string }).code, 'blob.damaged')
    }
  },
  'the list goes by hash, page by page, each once': async ({ blob }) => {
    const put = await Promise.all(Array.from({ length: 9 }, () => blob.put([randomBytes(40)])))
    const all = await listed(blob, 100)
    for (const { hash } of put) assert.equal(all.filter((one) => one === hash).length, 1)
    assert.deepEqual(
      all,
      all.toSorted((a, b) => (a < b ? -1 : 1)),
    )
    assert.deepEqual(await listed(blob, 2), all)
  },
  'putting content again renews its time': async ({ blob }) => {
    const content = randomBytes(30)
    const first = await blob.put([content])
    await new Promise((resolve) => setTimeout(resolve, 20))
    await blob.put([content])
    const again = await blob.find(first.hash)
    assert.ok(again !== null && again.size === 30 && again.at > first.at)
  },
})
