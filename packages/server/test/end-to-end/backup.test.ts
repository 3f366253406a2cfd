// long: a run of everything that npm alone tests has five minutes
// shows: A9, D13
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { appendFile, copyFile, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { contentsOf, filesIn, openWith, writeFormer } from './former-backup.ts'
import { hearthCommand, startHearth, startReceiver, until, viewsBuilt, type RunningHearth } from './hearth.ts'
import { isLong, onlyWhenFull, onlyWhenLong } from '@hearth/testing/long'

let hearth: RunningHearth
let folder: string
before(async () => {
  if (!isLong) return
  folder = await mkdtemp(join(tmpdir(), 'hearth-backup-'))
  hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
})
after(async () => {
  if (!isLong) return
  await hearth[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const backup = join('backup')
const emptyFolder = async (master = true) => {
  const data = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
  if (master) await copyFile(join(hearth.data, 'master.key'), join(data, 'master.key'))
  return data
}
const restore = (data: string, from = join(folder, backup)) =>
  hearthCommand(['restore', '--from', from, '--data', data, '--json'])
const views = [
  'reminders',
  'sent_reminders',
  'received_reminders',
  'reminder_senders',
  'webhook_deliveries',
  'probe',
] as const
const done = async (...asked: Parameters<RunningHearth['call']>) => {
  const { status, json } = await hearth.call(...asked)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}
const refused = async (data: string, from?: string) => {
  const { code, said } = await restore(data, from)
  // What was begun holds a database, also outside of the folder.
  return [code, (JSON.parse(said) as { code: string }).code]
}

test(
  'a backup that is made under load is restored elsewhere: whole, sealed, with its archive and those forgotten since',
  onlyWhenLong,
  async () => {
    for (const person of ['ann', 'bob']) await hearth.call('probe.record', { stream: person, events: 3 })
    const old = await hearth.call(
      'reminders.set',
      { text: 'old', at: '2040-01-01T08:00:00Z' },
      { 'idempotency-key': 'old' },
    )
    await until(async () => (await hearth.call('log.archive', { days: 0 })).json.rows >= 1, 'something is archived')
    let stopped = false
    let acknowledged = 0
    const load = Promise.all(
      Array.from({ length: 4 }, async (_, worker) => {
        for (let count = 0; !stopped; count += 1) {
          const text = `load ${worker}.${count}`
          const answer = await hearth.call('reminders.set', { text, at: '2041-01-01T08:00:00Z' })
          if (answer.status === 200) acknowledged += 1
          await hearth.call('probe.record', { stream: `s${worker}.${count % 20}`, events: 3 })
        }
      }),
    )
    await until(() => acknowledged > 50, 'there is load')
    const before = acknowledged
    const made = await hearthCommand(['backup', '--to', join(folder, backup), '--data', hearth.data, '--json'])
    stopped = true
    await load
    assert.deepEqual([made.code, made.complained], [0, ''])
    const { rows, files, missing } = JSON.parse(made.said)
    assert.ok(rows > before)
    assert.ok(files >= 1)
    assert.equal(missing, 0)
    const again = await hearthCommand(['backup', '--to', join(folder, backup), '--data', hearth.data, '--json'])
    assert.deepEqual([again.code, JSON.parse(again.said).code], [1, 'backup.folder-used'])
    const text = await readFile(join(folder, backup, 'manifest.json'), 'utf8')
    assert.doesNotMatch(text, /master\.key/)
    const contents = await contentsOf(await openWith(hearth.data, join(folder, backup)))
    assert.ok(contents.size > 10)
    for (const [name, content] of contents)
      assert.doesNotMatch(content.toString('latin1'), /load \d\.\d/, `${name} says in clear what somebody wrote`)
    await hearth.call('people.forget', { person: 'probe:bob' })

    const data = await emptyFolder()
    const restored = await restore(data)
    assert.deepEqual([restored.code, restored.complained], [0, ''])
    await using other = await startHearth({ HEARTH_FEATURES: 'probe' }, data)
    await viewsBuilt(other, views)
    assert.deepEqual((await other.call('log.verify', {})).json.broken, [])
    for (const view of views) assert.equal((await other.call('views.verify', { view })).json.different, 0, view)
    assert.deepEqual((await other.call('log.checkArchive', {})).json.unreadable, [])
    let held = 0
    for (let next: string | null | undefined; next !== null;) {
      const page = (await other.call('reminders.list', { limit: 200, ...(next === undefined ? {} : { after: next }) }))
        .json
      held += page.items.length
      next = page.next
    }
    assert.ok(held >= before + 1)
    const repeated = await other.call(
      'reminders.set',
      { text: 'old', at: '2040-01-01T08:00:00Z' },
      { 'idempotency-key': 'old' },
    )
    assert.deepEqual([repeated.text, repeated.headers.get('idempotency-replayed')], [old.text, 'true'])
    assert.equal((await other.call('reminders.cancel', { id: old.json.id })).status, 200)
    assert.deepEqual(await refused(data), [1, 'data.in-use'])
  },
)

/** A backup as it was made when views were part of it, with rows and positions that are of another moment. */
async function asFormerly(from: string, to: string): Promise<string> {
  await writeFormer(await openWith(hearth.data, from), to, (add) => {
    const reminder = ['main', 'ben', 'rem_none', 'never written', 'set', '1', '0', '\\N', '\\N']
    const form = ['tenant', 'home', 'key', 'text', 'state', 'next', 'rung', 'rule', 'zone']
    add('view_reminders_2', form, reminder)
    // Of a version that is here no more.
    add('view_reminders_0', form, reminder)
    add('views', ['name', 'version', 'ready'], ['reminders', '1', 't'], ['webhook_deliveries', '1', 't'])
    const slots = Array.from({ length: 256 }, (_, slot) => ['webhook_deliveries', String(slot), '999999', 'f'])
    add('view_positions', ['view', 'slot', 'sequence', 'skipped'], ...slots)
  })
  return to
}

test(
  'nothing that somebody wrote can be read in a backup, and its views come back as they were',
  onlyWhenFull,
  async () => {
    const word = `marzipan-${randomUUID()}`
    await using receiver = await startReceiver(() => 410)
    const { id } = await done('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
    await done('reminders.allow', { home: 'anna', sender: 'ben' })
    const at = '2040-01-01T08:00:00Z'
    await done('reminders.set', { home: 'ben', text: `archived ${word}`, at })
    await until(async () => (await hearth.call('log.archive', { days: 0 })).json.rows === 0, 'all is archived')
    await done('reminders.set', { home: 'ben', text: `kept ${word}`, at }, { 'idempotency-key': word })
    await done('reminders.set', { home: 'ben', text: `rung ${word}`, at: new Date().toISOString() })
    for (const to of ['anna', 'nobody']) await done('reminders.send', { home: 'ben', to, text: word, at })
    const asked = [
      ['reminders.list', { home: 'ben', limit: 200 }],
      ['reminders.list', { home: 'anna', limit: 200 }],
      ['reminders.sent', { home: 'ben' }],
      ['reminders.received', { home: 'anna' }],
      ['webhooks.deliveries', { home: 'ben' }],
    ] as const
    const lists = (of: RunningHearth) =>
      Promise.all(asked.map(async ([name, input]) => (await of.call(name, input)).json))
    await until(async () => {
      const [, , { items }, , deliveries] = await lists(hearth)
      return items.every(({ state }: { state: string }) => state !== 'sent') && deliveries.items.length > 0
    }, 'what was sent is answered')
    await done('people.export', { person: 'ben', limit: 200 }, { 'idempotency-key': `export ${word}` })
    const told = await lists(hearth)
    assert.equal(JSON.stringify(told).split(word).length - 1, 7)

    const sealed = join(folder, 'sealed')
    assert.equal((await hearthCommand(['backup', '--to', sealed, '--data', hearth.data])).code, 0)
    const contents = await contentsOf(await openWith(hearth.data, sealed))
    assert.ok(contents.size > 12)
    for (const file of await filesIn(sealed)) contents.set(file, await readFile(file))
    for (const [path, content] of contents)
      for (const written of [word, Buffer.from(word).toString('hex')])
        assert.equal(content.includes(written), false, `${path} says in clear what somebody wrote`)

    for (const from of [sealed, await asFormerly(sealed, join(folder, 'former'))]) {
      const data = await emptyFolder()
      const restored = await restore(data, from)
      assert.deepEqual([restored.code, restored.complained], [0, ''])
      await using other = await startHearth({ HEARTH_FEATURES: 'probe' }, data)
      await viewsBuilt(other, views)
      assert.deepEqual(await lists(other), told)
      for (const view of views) assert.equal((await other.call('views.verify', { view })).json.different, 0, view)
    }
    await done('webhooks.remove', { id })
    for (const name of ['sealed', 'former']) await rm(join(folder, name), { recursive: true })
  },
)

test('whoever was forgotten after a backup is forgotten in what is restored from it', onlyWhenLong, async () => {
  await hearth.call('people.forget', { person: 'owner' })
  await until(
    async () => (await readFile(join(hearth.data, 'forgotten.jsonl'), 'utf8').catch(() => '')).includes('"owner"'),
    'the tombstone is written',
  )
  const data = await emptyFolder()
  await copyFile(join(hearth.data, 'forgotten.jsonl'), join(data, 'forgotten.jsonl'))
  assert.equal((await restore(data)).code, 0)
  await using other = await startHearth({ HEARTH_FEATURES: 'probe' }, data)
  await viewsBuilt(other, views)
  assert.deepEqual((await other.call('reminders.list', {})).json.items, [])
  assert.deepEqual((await other.call('log.verify', {})).json.broken, [])
  assert.equal((await other.call('views.verify', { view: 'reminders' })).json.different, 0)
})

test('a backup that is not whole, of another master key, or for a folder in use is refused', onlyWhenLong, async () => {
  const data = await emptyFolder(false)
  assert.deepEqual(await refused(data), [1, 'restore.master-key-missing'])
  const plain = await hearthCommand(['restore', '--from', join(folder, backup), '--data', data])
  assert.match(plain.complained, /\(restore\.master-key-missing\)/)
  await writeFile(join(data, 'master.key'), Buffer.alloc(32, 1).toString('base64'))
  assert.deepEqual(await refused(data), [1, 'master-key.other'])
  assert.deepEqual(await refused(data, folder), [1, 'backup.unreadable'])
  await copyFile(join(hearth.data, 'master.key'), join(data, 'master.key'))
  const spoilt = join(folder, 'spoilt')
  await cp(join(folder, backup), spoilt, { recursive: true })
  await appendFile(join(spoilt, 'tables', 'log.copy.zst.sealed'), 'x')
  assert.deepEqual(await refused(data, spoilt), [1, 'backup.damaged'])
  // Nothing of it stays: the same folder takes a whole one.
  assert.equal((await restore(data)).code, 0)
  assert.deepEqual(await refused(data), [1, 'restore.not-empty'])
  const place = JSON.parse(await readFile(join(data, 'postgres.json'), 'utf8')) as { readonly data: string }
  await rm(data, { recursive: true, force: true })
  if (place.data.startsWith('/var/lib/hearth/')) await rm(join(place.data, '..'), { recursive: true, force: true })
  assert.ok((await readdir(folder)).length === 2)
})

test(
  'a folder that cannot be made is refused, also where the system says that its parent is not there',
  onlyWhenLong,
  async () => {
    for (const to of ['/dev/null/backup', ...(process.platform === 'linux' ? ['/proc/hearth-backup'] : [])]) {
      const { status, json } = await hearth.call('backup.make', { to })
      assert.deepEqual([status, json.code], [409, 'backup.folder-unusable'], to)
    }
  },
)

test('a database whose master key is gone gets no other, and goes on when it is back', onlyWhenLong, async () => {
  const data = await emptyFolder()
  assert.equal((await restore(data)).code, 0)
  const key = join(data, 'master.key')
  const held = await readFile(key)
  await rm(key)
  const { code, complained } = await hearthCommand(['--data', data, 'start', '--port', '0'])
  assert.equal(code, 1)
  assert.match(complained, /master-key\.missing/)
  await assert.rejects(stat(key), { code: 'ENOENT' })
  await writeFile(key, held)
  await using other = await startHearth({ HEARTH_FEATURES: 'probe' }, data)
  assert.deepEqual((await other.call('log.verify', {})).json.broken, [])
})
