// shows: A9, H1, H4
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootKey } from '../../src/backups/keys.ts'
import { folderPlace } from '../../src/backups/places/folder-place.ts'
import { beginLine, linesFolder } from '../../src/backups/wal/line.ts'
import { filesIn } from './former-backup.ts'
import { hearthCommand, startHearth, until, type RunningHearth } from './hearth.ts'
import { isFull, onlyWhenFull } from '@hearth/testing/long'

let folder: string
let hearth: RunningHearth
let env: Record<string, string>
before(async () => {
  if (!isFull) return
  folder = await mkdtemp(join(tmpdir(), 'hearth-moments-'))
  env = { HEARTH_FEATURES: 'probe', HEARTH_WAL_ARCHIVE: 'on', HEARTH_BACKUP_TO: join(folder, 'to') }
  hearth = await startHearth(env)
  const { data } = JSON.parse(await readFile(join(hearth.data, 'postgres.json'), 'utf8'))
  // Otherwise what was written is given away only after a minute.
  await writeFile(join(dirname(data), 'local.conf'), "archive_timeout = '1s'\n")
  await hearth.killAndStart('both')
})
after(async () => {
  if (!isFull) return
  await hearth[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const done = async (...asked: Parameters<RunningHearth['call']>) => {
  const { status, text, json } = await hearth.call(...asked)
  assert.equal(status, 200, text)
  return json
}
const set = (text: string) => done('reminders.set', { text, at: '2040-01-01T08:00:00Z' })
const otherLine = () =>
  beginLine(
    folderPlace(join(folder, 'to', linesFolder('b'.repeat(12)), 'line')),
    { version: '0', server: 'b'.repeat(12), at: new Date().toISOString(), master: 'of another' },
    { root: rootKey(Buffer.alloc(32, 1), undefined), signal: new AbortController().signal },
  )
/** A moment that no commit shares. */
async function moment(): Promise<string> {
  await sleep(30)
  const now = new Date().toISOString()
  await sleep(30)
  return now
}
const walOf = async (of: RunningHearth) => (await of.request('GET', '/api/v1/status')).json.backup.wal
const segments = async () => (await filesIn(join(folder, 'to'))).filter((file) => /wal\/[0-9A-F]{24}\.zst/.test(file))
const emptyFolder = async () => {
  const data = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
  await copyFile(join(hearth.data, 'master.key'), join(data, 'master.key'))
  return data
}
const restore = async (data: string, at: string, from = join(folder, 'to')) => {
  const { code, said, complained } = await hearthCommand([
    'restore',
    '--from',
    from,
    '--at',
    at,
    '--data',
    data,
    '--json',
  ])
  assert.notEqual(said, '', complained)
  return { code, complained, told: JSON.parse(said) }
}
const texts = async (of: RunningHearth): Promise<readonly string[]> =>
  ((await of.call('reminders.list', { limit: 200 })).json.items ?? [])
    .map(({ text }: { text: string }) => text)
    .toSorted()

// Two restores and as many replays of the log of PostgreSQL take most of a minute: .ci/full has it.
test(
  'a database is brought to either of two moments, with its archive, and without whoever was forgotten since',
  onlyWhenFull,
  async () => {
    await until(async () => (await walOf(hearth)).base !== null, 'there is a copy of the database')
    const tooEarly = '2020-01-01T00:00:00Z'
    await set('first')
    await done('reminders.set', { home: 'zoe', text: 'of zoe', at: '2040-01-01T08:00:00Z' })
    await until(async () => (await done('log.archive', { days: 0 })).rows >= 1, 'something is archived')
    const one = await moment()
    await set('second')
    const two = await moment()
    await set('third')
    await done('people.forget', { person: 'zoe' })
    const before = (await segments()).length
    await until(async () => {
      await done('probe.record', { stream: 'more', events: 1 })
      return (await segments()).length >= before + 3
    }, 'what was written is away')

    // Of another server that has the same destination.
    await otherLine()
    const gone = (await segments()).toSorted().at(-2) ?? assert.fail('nothing was written')
    const held = await readFile(gone)
    await rm(gone)
    const nothing = await emptyFolder()
    assert.equal((await restore(nothing, 'end')).told.code, 'backup.incomplete')
    assert.deepEqual(await readdir(nothing), ['master.key'])
    await writeFile(gone, held)
    await rm(nothing, { recursive: true })
    for (const [at, wanted] of [
      [one, ['first']],
      [two, ['first', 'second']],
    ] as const) {
      const data = await emptyFolder()
      const restored = await restore(data, at)
      assert.deepEqual([restored.code, restored.complained, restored.told.at], [0, '', new Date(at).toISOString()])
      assert.ok(restored.told.files >= 1)
      // As it is where it was killed after all was done.
      await writeFile(join(data, 'restoring.json'), JSON.stringify({ from: 'here', moment: at }))
      assert.equal((await restore(data, at)).told.code, 'restore.not-empty')
      await using other = await startHearth(env, data)
      assert.deepEqual(await texts(other), wanted)
      assert.deepEqual((await other.call('reminders.list', { home: 'zoe' })).json.items, [])
      assert.deepEqual((await other.call('log.verify', {})).json.broken, [])
      assert.deepEqual((await other.call('log.checkArchive', {})).json.unreadable, [])
      assert.equal((await other.call('views.verify', { view: 'reminders' })).json.different, 0)
      // It goes on, and what it writes is another line than the one that it was made from.
      assert.equal((await other.call('reminders.set', { text: 'and on', at: '2041-01-01T08:00:00Z' })).status, 200)
      await until(async () => (await walOf(other)).base !== null, 'there is a copy of it, too')
    }
    const lines = (await readdir(join(folder, 'to'))).find((name) => !name.includes('bbbbbbbbbbbb')) ?? ''
    assert.equal((await readdir(join(folder, 'to', lines))).length, 3)

    const data = await emptyFolder()
    for (const at of [tooEarly, '2100-01-01T00:00:00Z']) {
      const { code, told } = await restore(data, at)
      assert.deepEqual([code, told.code], [1, 'restore.moment-unknown'], at)
    }
    assert.equal((await restore(data, 'yesterday')).told.code, 'usage.invalid')
    // What could not be done left nothing in the way.
    assert.equal((await restore(data, two)).code, 0)
    await using other = await startHearth({ HEARTH_FEATURES: 'probe' }, data)
    assert.deepEqual(await texts(other), ['first', 'second'])
  },
)

test('what was kept of a database and is damaged is refused before anything is changed', onlyWhenFull, async () => {
  const files = await filesIn(join(folder, 'to'))
  const data = await emptyFolder()
  const at = await moment()
  for (const part of [/files\.zst/, /base\.json/, /wal\/[0-9A-F]{24}\.zst/, /archive\//, /forgotten\//]) {
    const spoilt = files.filter((file) => part.test(file))
    const held = await Promise.all(spoilt.map((file) => readFile(file)))
    for (const [index, file] of spoilt.entries()) {
      const content = Buffer.from(held[index] ?? [])
      content[content.length - 1] = (content.at(-1) ?? 0) ^ 1
      await writeFile(file, content)
    }
    const { code, told } = await restore(data, at)
    assert.deepEqual([code, told.code], [1, 'backup.damaged'], String(part))
    assert.deepEqual(await readdir(data), ['master.key'])
    for (const [index, file] of spoilt.entries()) await writeFile(file, held[index] ?? '')
  }
  await rm(data, { recursive: true })
})

test('another key begins another line, with a copy of its own', onlyWhenFull, async () => {
  const own = Buffer.alloc(32, 7).toString('base64')
  await hearth.killAndStart('both', { HEARTH_BACKUP_KEY: own })
  await until(async () => (await walOf(hearth)).base !== null, 'there is a copy under the new key')
  assert.equal((await walOf(hearth)).failed, null)
  await set('under another key')
  const at = await moment()
  const before = (await segments()).length
  await until(async () => {
    await done('probe.record', { stream: 'more', events: 1 })
    return (await segments()).length >= before + 3
  }, 'what was written is away')
  const data = await emptyFolder()
  const words = ['restore', '--from', join(folder, 'to'), '--at', at, '--data', data, '--json']
  const { code, complained } = await hearthCommand(words, { HEARTH_BACKUP_KEY: own })
  assert.deepEqual([code, complained], [0, ''])
  await using other = await startHearth({ HEARTH_FEATURES: 'probe' }, data)
  assert.ok((await texts(other)).includes('under another key'))
})
