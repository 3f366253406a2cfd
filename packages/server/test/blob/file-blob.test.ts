import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Blob } from '@hearth/kernel'
import { blobCases } from '@hearth/testing'
import { openFileBlob } from '../../src/store/blob/file-blob.ts'

const limit = 2 * 1024 * 1024
let folder: string
let blob: Blob
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-blob-'))
  blob = await openFileBlob({ folder, limit })
})
after(() => rm(folder, { recursive: true, force: true }))

for (const { group, name, run } of blobCases) test(`${group}: ${name}`, () => run({ blob, limit }))

const read = async (hash: string): Promise<Buffer> => Buffer.concat(await Array.fromAsync((await blob.get(hash)) ?? []))

test('a file that was changed is told to be damaged, and putting the content again mends it', async () => {
  const content = Buffer.from('what matters')
  const { hash } = await blob.put([content])
  await appendFile(join(folder, hash.slice(0, 2), hash), 'x')
  await assert.rejects(read(hash), { code: 'blob.damaged' })
  await blob.put([content])
  assert.deepEqual(await read(hash), content)
})

test('nothing is left beside what was put; what a crash left is cleared when its time is over', async () => {
  const incoming = join(folder, 'incoming')
  assert.deepEqual(await readdir(incoming), [])
  await writeFile(join(incoming, 'half'), 'half of it')
  await openFileBlob({ folder })
  assert.deepEqual(await readdir(incoming), ['half'])
  await openFileBlob({ folder, abandonedMs: 0 })
  assert.deepEqual(await readdir(incoming), [])
})
