// shows: A9, H1
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { rootKey } from '../../src/backups/keys.ts'
import { folderPlace } from '../../src/backups/places/folder-place.ts'
import { basesOf } from '../../src/backups/wal/base.ts'
import { packFolder, unpackFolder } from '../../src/backups/wal/files-stream.ts'
import { baseFile, baseLabel, beginLine, putSealed, segmentFile, type Base } from '../../src/backups/wal/line.ts'
import { thinOut } from '../../src/backups/wal/shipping.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-wal-'))
})
after(() => rm(folder, { recursive: true, force: true }))
const { signal } = new AbortController()

test('what a moment may need stays: the last copy from before it, and all that was written since', async () => {
  const about = { version: '0', server: 'a'.repeat(12), at: new Date().toISOString(), master: 'm' }
  const place = folderPlace(join(folder, 'line'))
  const line = await beginLine(place, about, { root: rootKey(randomBytes(32), undefined), signal })
  const put = (file: string, text: string) => putSealed(line, file, Readable.from([Buffer.from(text)]), signal)
  const segment = (number: number) => number.toString(16).toUpperCase().padStart(24, '0')
  for (let number = 1; number <= 9; number += 1) await put(segmentFile(segment(number)), 'written')
  for (const [day, first] of [
    [1, 2],
    [3, 4],
    [5, 8],
  ] as const) {
    const until = `2026-01-0${day}T00:00:00.000Z`
    const base: Base = { name: until.replaceAll(':', '-'), until, major: 18, firstSegment: segment(first) }
    await put(baseFile(base.name), 'files')
    await put(baseLabel(base.name), JSON.stringify(base))
  }
  const left = async () => {
    const files = (await place.list()).filter((file) => file.startsWith('wal/'))
    return [(await basesOf(line)).length, files.length]
  }
  await thinOut(line, Date.parse('2025-12-01T00:00:00Z'))
  assert.deepEqual(await left(), [3, 8])
  assert.deepEqual(await thinOut(line, Date.parse('2026-01-04T00:00:00Z')), ['2026-01-01T00-00-00.000Z'])
  assert.deepEqual(await left(), [2, 6])
  await thinOut(line, Date.parse('2026-02-01T00:00:00Z'))
  assert.deepEqual(await left(), [1, 2])
})

test('a folder comes out of its stream as it went in, and a stream that is cut or goes on is refused', async () => {
  const from = join(folder, 'from')
  await mkdir(join(from, 'base', 'empty'), { recursive: true })
  await mkdir(join(from, 'pg_wal'))
  const large = randomBytes(300_000)
  await writeFile(join(from, 'base', 'large'), large)
  await writeFile(join(from, 'nothing'), '')
  await writeFile(join(from, 'pg_wal', 'left out'), 'x')
  await writeFile(join(from, 'postmaster.pid'), 'x')
  const last = () => Promise.resolve({ path: 'backup_label', content: Buffer.from('label') })
  const stream = Buffer.concat(await Array.fromAsync(packFolder(from, last)))
  const to = join(folder, 'to')
  const parts = function* (content: Buffer) {
    for (let at = 0; at < content.length; at += 7_001) yield content.subarray(at, at + 7_001)
  }
  const unpack = (content: Buffer, into: string | null) =>
    unpackFolder(Readable.from(parts(content)) as AsyncIterable<Buffer>, { to: into, where: 'here' })
  await unpack(stream, to)
  assert.ok((await readFile(join(to, 'base', 'large'))).equals(large))
  assert.equal(await readFile(join(to, 'backup_label'), 'utf8'), 'label')
  assert.equal(await readFile(join(to, 'nothing'), 'utf8'), '')
  await mkdir(join(to, 'base', 'empty', 'there'))
  await mkdir(join(to, 'pg_wal', 'there'))
  for (const name of ['postmaster.pid', join('pg_wal', 'left out')])
    await assert.rejects(readFile(join(to, name)), { code: 'ENOENT' })
  await unpack(stream, null)
  for (const content of [
    stream.subarray(0, -4),
    stream.subarray(0, 100_000),
    Buffer.concat([stream, Buffer.from([0, 0, 0, 0])]),
  ])
    await assert.rejects(unpack(content, null), { code: 'backup.damaged' })
})
