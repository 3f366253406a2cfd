// shows: A9
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { rootKey } from '../../src/backups/keys.ts'
import { listBackups, thinOut } from '../../src/backups/listing.ts'
import { beginLabel, writeManifest } from '../../src/backups/manifest.ts'
import { backupName, readName } from '../../src/backups/names.ts'
import { folderPlace } from '../../src/backups/places/folder-place.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-listing-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const { signal } = new AbortController()
const [ours, theirs] = ['a'.repeat(12), 'b'.repeat(12)]
const now = Date.parse('2026-05-10T12:00:00Z')
const keep = { last: 2, daily: 0, weekly: 0, monthly: 0 }
const root = rootKey(randomBytes(32), undefined)

async function make(to: string, server: string, at: string, what: 'whole' | 'half' | 'newer', name = server) {
  const place = folderPlace(to).within(backupName(name, new Date(at)))
  const put = (file: string, text: string) => place.put(file, Readable.from([Buffer.from(text)]), signal)
  await put('tables/log.copy.zst.sealed', 'rows')
  const { label, key } = beginLabel({ version: '0.1.0', server, at, master: 'm' }, root)
  if (what === 'whole') await writeManifest(place, { label, key, content: {} }, signal)
  if (what === 'newer') await put('manifest.json', JSON.stringify({ ...label, format: 3 }))
}

test('only whole backups of this server count and go; halves of it go when they are old, what is newer stays', async () => {
  const to = join(folder, 'one')
  for (const at of ['2026-05-07', '2026-05-08', '2026-05-09', '2026-05-10']) {
    await make(to, ours, `${at}T03:00:00.000Z`, 'whole')
    await make(to, theirs, `${at}T03:00:00.000Z`, 'whole')
  }
  await make(to, ours, '2026-05-08T05:00:00.000Z', 'half')
  await make(to, ours, '2026-05-10T11:00:00.000Z', 'half')
  await make(to, ours, '2026-01-01T00:00:00.000Z', 'newer')
  await make(to, theirs, '2026-01-01T00:00:00.000Z', 'half')
  // Somebody else's under a name of ours.
  await make(to, theirs, '2026-05-10T11:30:00.000Z', 'whole', ours)
  const place = folderPlace(to)
  assert.deepEqual(
    (await listBackups(place, ours)).map(({ at }) => at.slice(5, 10)),
    ['05-10', '05-09', '05-08', '05-07'],
  )
  assert.equal((await listBackups(place, undefined)).length, 8)
  const gone = await thinOut(place, { server: ours, keep, now })
  assert.deepEqual(gone.map((name) => new Date(readName(name)?.at ?? 0).toISOString().slice(5, 13)).toSorted(), [
    '05-07T03',
    '05-08T03',
    '05-08T05',
  ])
  assert.equal((await listBackups(place, theirs)).length, 4)
  const left = (await place.folders()).filter((name) => name.includes(ours))
  assert.deepEqual(left.map((name) => name.slice(20, 33)).toSorted(), [
    '2026-01-01T00',
    '2026-05-09T03',
    '2026-05-10T03',
    '2026-05-10T11',
    '2026-05-10T11',
  ])
  assert.deepEqual(await thinOut(place, { server: ours, keep, now }), [])
})

test('a name says whose it is and of when, and what is named otherwise is none', () => {
  const at = new Date('2026-05-10T03:04:05.678Z')
  const name = backupName(ours, at)
  assert.deepEqual(readName(name), { name, server: ours, at: at.getTime() })
  for (const other of ['letters', `hearth-${ours}-wal`, `hearth-${ours}-2026-05-10`, `x${name}`, `${name}x`])
    assert.equal(readName(other), undefined, other)
})
