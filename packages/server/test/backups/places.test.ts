// shows: A9
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { openPlace, readAll, type Place, type PlaceSettings } from '../../src/backups/places/place.ts'
import { startS3, withoutS3, type S3Service } from './s3-service.ts'

const MB = 1024 * 1024
const unset: PlaceSettings = {
  s3Endpoint: undefined,
  s3Region: 'us-east-1',
  s3AccessKeyId: undefined,
  s3SecretAccessKey: undefined,
}
const always = new AbortController().signal

let folder: string
let s3: S3Service | undefined
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-places-'))
  if (withoutS3 !== false) return
  s3 = await startS3()
  await s3.makeBucket('backups')
})
after(async () => {
  await s3?.stop()
  await rm(folder, { recursive: true, force: true })
})

const kinds = [
  ['a folder', false, (name: string) => openPlace(join(folder, name), unset)],
  ['S3', withoutS3, (name: string) => openPlace(`s3://backups/some/${name}`, s3?.settings ?? unset)],
] as const

const put = (place: Place, file: string, content: Buffer) => place.put(file, Readable.from([content]), always)
const read = async (place: Place, file: string): Promise<Buffer | null> => {
  const content = await place.get(file)
  return content === null ? null : readAll(content)
}

for (const [kind, skip, open] of kinds) {
  test(`${kind} holds files, lists them and takes them away`, { skip }, async () => {
    const place = await open('plain')
    await place.begin()
    assert.deepEqual(await place.list(), [])
    assert.equal(await read(place, 'tables/a'), null)
    await put(place, 'tables/a', Buffer.from('one'))
    await put(place, 'empty', Buffer.alloc(0))
    await put(place.within('deeper'), 'tables/a & b', Buffer.from('two'))
    await place.settle()
    assert.deepEqual((await read(place, 'tables/a'))?.toString(), 'one')
    assert.deepEqual((await read(place, 'empty'))?.length, 0)
    assert.deepEqual((await read(place, 'deeper/tables/a & b'))?.toString(), 'two')
    assert.deepEqual([...(await place.list())].toSorted(), ['deeper/tables/a & b', 'empty', 'tables/a'])
    assert.deepEqual([...(await place.folders())].toSorted(), ['deeper', 'tables'])
    await assert.rejects((await open('plain')).begin(), { code: 'backup.folder-used' })
    await place.remove('empty')
    await place.remove('was never there')
    assert.equal(await read(place, 'empty'), null)
    await place.within('deeper').clear()
    assert.deepEqual(await place.list(), ['tables/a'])
    await place.clear()
    assert.deepEqual(await place.list(), [])
    await (await open('plain')).begin()
  })

  test(`${kind} takes a file of many parts, and one that breaks off in the middle is none`, { skip }, async () => {
    const place = await open('large')
    await place.begin()
    for (const length of [8 * MB - 1, 8 * MB, 8 * MB + 1, 20 * MB]) {
      const content = randomBytes(length)
      await place.put(`of ${length}`, Readable.from(cut(content), { objectMode: false }), always)
      const back = await read(place, `of ${length}`)
      assert.deepEqual([back?.length, sha(back ?? Buffer.alloc(0))], [length, sha(content)])
    }
    const broken = Readable.from(
      (function* () {
        yield* cut(randomBytes(18 * MB))
        throw new Error('the disk has gone')
      })(),
    )
    await assert.rejects(place.put('broken', broken, always), /the disk has gone/)
    const stop = new AbortController()
    const stopped = Readable.from(
      (function* () {
        yield* cut(randomBytes(18 * MB))
        stop.abort(new Error('stopped'))
        yield* cut(randomBytes(18 * MB))
      })(),
    )
    await assert.rejects(place.put('stopped', stopped, stop.signal))
    if (kind === 'S3') assert.equal((await place.list()).length, 4)
    await place.clear()
    assert.deepEqual(await place.list(), [])
  })
}

test('more objects than one answer holds are all found and all removed', { skip: withoutS3 }, async () => {
  const place = await openPlace('s3://backups/many', s3?.settings ?? unset)
  const numbers = Array.from({ length: 1030 }, (_, index) => index)
  for (let at = 0; at < numbers.length; at += 50)
    await Promise.all(numbers.slice(at, at + 50).map((number) => put(place, `f${number}/x`, Buffer.from('x'))))
  assert.equal((await place.list()).length, 1030)
  assert.equal((await place.folders()).length, 1030)
  await place.clear()
  assert.deepEqual(await place.list(), [])
})

test(
  'an S3 that is not configured, has no such bucket or does not answer is told apart',
  { skip: withoutS3 },
  async () => {
    await assert.rejects(openPlace('s3://backups/x', unset), { code: 'backup.destination-unset' })
    const settings = s3?.settings ?? unset
    const absent = await openPlace('s3://there-is-none/x', settings)
    await assert.rejects(absent.begin(), { code: 'backup.destination-refused' })
    await assert.rejects(put(absent, 'a', Buffer.from('a')), { code: 'backup.destination-refused' })
    const away = await openPlace('s3://backups/x', { ...settings, s3Endpoint: 'http://127.0.0.1:9' })
    await assert.rejects(away.begin(), { code: 'backup.destination-away' })
  },
)

function* cut(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 100_000) yield content.subarray(at, at + 100_000)
}
const sha = (content: Buffer): string => createHash('sha256').update(content).digest('hex')
