// shows: B10, D13
import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import { startHearth, until, type RunningHearth } from './hearth.ts'
import { onlyWhenLong } from '@hearth/testing/long'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
})
after(() => hearth[Symbol.asyncDispose]())

const status = async () => (await hearth.request('GET', '/api/v1/status')).json
const setReminder = async (text: string, inMs: number) =>
  (await hearth.call('reminders.set', { text, at: new Date(Date.now() + inMs).toISOString() })).json.id as string
const stateOf = async (id: string) => {
  const { items } = (await hearth.call('reminders.list', { limit: 200 })).json
  return items.find((item: { id: string }) => item.id === id)?.state
}
const eventsOf = async (id: string) =>
  (await hearth.call('events.list', { actor: `main/owner/reminder/${id}` })).json.items

test(
  'what was archived is told as before, over a kill of everything, and forgotten with its person',
  onlyWhenLong,
  async () => {
    const id = await setReminder('tea', 3_600_000)
    await hearth.call('probe.record', { stream: 'old', events: 3 })
    await until(async () => (await hearth.call('probe.read', { stream: 'old' })).json.settled === 1, 'settled')
    const [events, state] = [
      await eventsOf(id),
      (await hearth.call('actors.state', { actor: `main/owner/reminder/${id}` })).json,
    ]
    const dry = await hearth.call('log.archive', { days: 0, dryRun: true })
    assert.equal(dry.json.rows, 3)
    const moved = await hearth.call('log.archive', { days: 0 })
    assert.deepEqual([moved.status, moved.json.rows, moved.json.files], [200, 3, 2])
    const check = async () => {
      assert.deepEqual(await eventsOf(id), events)
      assert.deepEqual((await hearth.call('actors.state', { actor: `main/owner/reminder/${id}` })).json, state)
      for (const view of ['reminders', 'probe'])
        assert.equal((await hearth.call('views.verify', { view })).json.different, 0)
      assert.deepEqual((await hearth.call('log.verify', {})).json.broken, [])
    }
    await check()
    await hearth.killAndStart('both')
    await check()
    const { archive } = await status()
    assert.deepEqual([archive.files, archive.rows, archive.unreadable], [2, 3, 0])
    assert.equal((await hearth.call('reminders.cancel', { id })).status, 200)
    assert.equal(await stateOf(id), 'cancelled')
    assert.equal((await hearth.call('people.forget', { person: 'owner' })).status, 200)
    assert.deepEqual(
      (await eventsOf(id)).map(({ data }: { data: unknown }) => data),
      [{}, {}],
    )
    assert.equal(
      (await hearth.call('actors.state', { actor: `main/owner/reminder/${id}` })).json.code,
      'actor.forgotten',
    )
    assert.deepEqual((await hearth.call('log.verify', {})).json.broken, [])
    assert.equal((await hearth.call('views.verify', { view: 'reminders' })).json.different, 0)
  },
)

test(
  'what needs a file that is gone waits, is seen, and goes on when the file was put back',
  onlyWhenLong,
  async () => {
    // Nothing rings between the kill and the next start; up to the kill it has the time of a slow machine.
    const id = await setReminder('soon', 10_000)
    const moved = await hearth.call('log.archive', { days: 0 })
    assert.ok(moved.json.files >= 1)
    const [event] = await eventsOf(id)
    const { path, content } = await takeAway(event.position)
    await hearth.killAndStart('server')
    await until(
      async () => Object.keys((await status()).waiting).some((name) => name.startsWith('archive ')),
      'it waits',
    )
    const refused = await hearth.call('reminders.cancel', { id })
    assert.deepEqual([refused.status, refused.json.code], [503, 'archive.missing'])
    const seen = await status()
    assert.equal(seen.archive.unreadable, 1)
    assert.deepEqual(Object.keys(seen.aside), Object.keys(seen.waiting))
    const bad = (await hearth.call('log.checkArchive', {})).json
    assert.deepEqual([bad.unreadable.length, bad.unreadable[0].code, bad.woken], [1, 'archive.missing', 0])
    await writeFile(path, content)
    const good = (await hearth.call('log.checkArchive', {})).json
    assert.deepEqual([good.unreadable, good.woken], [[], 1])
    await until(async () => (await stateOf(id)) === 'rung', 'it rings')
    await until(async () => Object.keys((await status()).waiting).length === 0, 'nothing waits')
    assert.equal((await status()).archive.unreadable, 0)
  },
)

test('an ask of a home whose file is gone is made again until it was put back, and then accepted', async () => {
  const allowed = await hearth.call('reminders.allow', { home: 'receiver', sender: 'sender' })
  assert.equal(allowed.status, 200, allowed.text)
  await hearth.call('log.archive', { days: 0 })
  const [event] = (await hearth.call('events.list', { home: 'receiver' })).json.items
  const { path, content } = await takeAway(event.position)
  await hearth.killAndStart('server')
  const sent = await hearth.call('reminders.send', {
    home: 'sender',
    to: 'receiver',
    text: 'tea',
    at: '2040-01-01T00:00:00Z',
    timeout: 'PT10M',
  })
  assert.equal(sent.status, 200, sent.text)
  const stateOfSent = async () => (await hearth.call('reminders.sent', { home: 'sender' })).json.items[0]?.state
  await until(async () => Object.keys((await status()).aside).length > 0, 'it was asked')
  const asking = await stateOfSent()
  await writeFile(path, content)
  await hearth.call('log.checkArchive', {})
  await until(async () => (await stateOfSent()) !== asking, 'it is answered')
  assert.deepEqual([asking, await stateOfSent()], ['sent', 'accepted'])
})

/** The last file of the slot, which holds the position. */
async function takeAway(position: string) {
  const folder = join(hearth.data, 'archive')
  const names = (await readdir(folder, { recursive: true })).filter((name) => /^..\/[0-9a-f]{64}$/.test(name))
  const [slot, sequence] = position.split('.').map(Number)
  for (const name of names) {
    const path = join(folder, name)
    const content = await readFile(path)
    const plain = zstdDecompressSync(content).toString('latin1')
    if (!plain.includes(`"slot":${slot},`) || !plain.includes(`\n[${sequence},`)) continue
    await rm(path)
    return { path, content }
  }
  throw new Error('no file holds it')
}
