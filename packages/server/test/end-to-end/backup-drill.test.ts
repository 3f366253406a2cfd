// long: a run of everything that npm alone tests has five minutes
// shows: A9, H3, H4
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { backupKey, rootKey } from '../../src/backups/keys.ts'
import { openContent, readLabel, writeManifest, type Content } from '../../src/backups/manifest.ts'
import { folderPlace } from '../../src/backups/places/folder-place.ts'
import { openWith, writeFormer } from './former-backup.ts'
import { hearthCommand, startHearth, startReceiver, until, type RunningHearth } from './hearth.ts'
import { isLong, onlyWhenLong } from '@hearth/testing/long'

let folder: string
let hearth: RunningHearth
const features = { HEARTH_FEATURES: 'probe' }
before(async () => {
  if (!isLong) return
  folder = await mkdtemp(join(tmpdir(), 'hearth-drill-'))
  hearth = await startHearth(features)
})
after(async () => {
  if (!isLong) return
  await hearth[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function drill(...words: readonly string[]) {
  const { code, said, complained } = await hearthCommand(
    ['backup', 'drill', ...words, '--data', hearth.data, '--json'],
    features,
  )
  return { code, complained, told: JSON.parse(said) }
}
const left = () => readdir(join(hearth.data, 'drills'))

test(
  'a drill finds what was there when the backup was made, views that follow and those forgotten included',
  onlyWhenLong,
  async () => {
    await using receiver = await startReceiver(() => 204)
    await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
    for (let number = 0; number < 20; number += 1)
      await hearth.call('probe.record', { stream: `s${number}`, events: 3 })
    await hearth.call('people.forget', { person: 'probe:s3' })
    await hearth.call('reminders.set', { text: 'now', at: new Date().toISOString() })
    await until(async () => (await hearth.call('webhooks.deliveries', {})).json.items?.length > 0, 'it is delivered')
    await until(async () => (await hearth.call('log.archive', { days: 0 })).json.rows >= 1, 'something is archived')
    await hearth.call('probe.record', { stream: 'last', events: 3 })
    const none = await drill()
    assert.deepEqual([none.code, none.told.code], [1, 'backup.unreadable'])
    assert.equal((await hearth.call('backup.make', {})).status, 200)
    // What happens afterwards is not in it, and does not count as different.
    await hearth.call('probe.record', { stream: 'afterwards', events: 3 })
    const { code, complained, told } = await drill()
    assert.deepEqual([code, complained, told.same], [0, '', true])
    assert.deepEqual(
      [told.tables.different, told.heads.different, told.views, told.log.broken],
      [[], [], { compared: told.views.compared, different: [], unknown: [] }, []],
    )
    assert.ok(told.views.compared >= 6 && told.heads.compared >= 10 && told.log.rows >= 20)
    assert.deepEqual(await left(), [])
  },
)

async function changed(name: string, change: (content: Content) => Content): Promise<string> {
  const to = join(folder, name)
  const [made] = (await hearth.call('backup.list', {})).json.items
  await cp(made.folder, to, { recursive: true })
  const place = folderPlace(to)
  const read = await readLabel(place)
  if (!('label' in read)) throw new Error('it is of the former form')
  const master = Buffer.from(await readFile(join(hearth.data, 'master.key'), 'utf8'), 'base64')
  const { content } = await openContent(place, read, { master, own: undefined })
  const key = backupKey(rootKey(master, undefined), Buffer.from(read.label.key.salt, 'base64'))
  await place.remove('manifest.json')
  await writeManifest(place, { label: read.label, key, content: change(content) }, new AbortController().signal)
  return to
}

test('a drill says which chain and which view is not as it was', onlyWhenLong, async () => {
  const [slot] =
    (await openWith(hearth.data, (await hearth.call('backup.list', {})).json.items[0].folder)).standing?.heads ?? []
  assert.ok(slot)
  const heads = await changed('heads', (content) => ({
    ...content,
    standing: {
      ...content.standing,
      heads: content.standing.heads.map((head) =>
        head.slot === slot.slot ? { ...head, head: '00'.repeat(32) } : head,
      ),
    },
  }))
  const views = await changed('views', (content) => ({
    ...content,
    standing: {
      ...content.standing,
      views: content.standing.views.map((view) => (view.name === 'probe' ? { ...view, sum: '1' } : view)),
    },
  }))
  const ofHeads = await drill('--from', heads)
  assert.deepEqual([ofHeads.code, ofHeads.told.same, ofHeads.told.heads.different], [1, false, [slot.slot]])
  const ofViews = await drill('--from', views, '--scratch', join(folder, 'scratch'))
  assert.deepEqual([ofViews.code, ofViews.told.same, ofViews.told.views.different], [1, false, ['probe']])
  assert.deepEqual(await readdir(join(folder, 'scratch')), [])
})

test('a former backup is tried out as far as it says what was there', onlyWhenLong, async () => {
  const [made] = (await hearth.call('backup.list', {})).json.items
  const to = join(folder, 'former')
  await writeFormer(await openWith(hearth.data, made.folder), to)
  const { code, told } = await drill('--from', to)
  assert.deepEqual([code, told.same, told.heads.compared, told.views.compared], [0, true, 0, 0])
  assert.ok(told.tables.compared > 10)
})

test('a drill that is killed is cleared away by the next, its PostgreSQL too', onlyWhenLong, async () => {
  const command = fileURLToPath(new URL('../../../cli/bin/hearth.js', import.meta.url))
  const words = [command, 'backup', 'drill', '--data', hearth.data, '--json']
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const child = spawn(process.execPath, words, { env: { ...process.env, ...features }, stdio: 'ignore' })
    const gone = once(child, 'exit')
    await until(async () => {
      const [name] = await left()
      return (
        await readFile(join(hearth.data, 'drills', name ?? '', 'postgres.json'), 'utf8').catch(() => '')
      ).includes('"start"')
    }, 'its PostgreSQL is begun')
    child.kill(signal)
    await gone
    assert.equal((await left()).length, signal === 'SIGTERM' ? 0 : 1, signal)
  }
  assert.equal((await drill()).code, 0)
  assert.deepEqual(await left(), [])
})
