// shows: D13
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startHearth, startReceiver, until, type RunningHearth } from './hearth.ts'
import { onlyWhenLong } from '@hearth/testing/long'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth()
})
after(() => hearth[Symbol.asyncDispose]())

const everything = async (person: string) => {
  const items: { readonly type: string; readonly actor: string; readonly data: { readonly text?: string } }[] = []
  for (let next: string | null | undefined; next !== null;) {
    const page = next === undefined ? {} : { after: next }
    const { json } = await hearth.call('people.export', { person, limit: 3, ...page })
    items.push(...json.items)
    next = json.next
  }
  return items
}
const owed = async (): Promise<Record<string, number>> => (await hearth.request('GET', '/api/v1/status')).json.owed

test('a person is exported whole, forgotten for good, and may begin anew', async () => {
  await using receiver = await startReceiver()
  await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
  for (const text of ['tea', 'coffee', 'milk']) await hearth.call('reminders.set', { text, at: '2040-01-01T08:00:00Z' })
  const soon = await hearth.call('reminders.set', { text: 'soon', at: new Date(Date.now() + 4000).toISOString() })
  const held = await everything('owner')
  assert.deepEqual(
    held.map(({ data }) => data.text),
    ['tea', 'coffee', 'milk', 'soon'],
  )
  assert.deepEqual(await everything('nobody'), [])
  assert.equal((await owed())['timer'], 4)

  const forgotten = await hearth.call('people.forget', { person: 'owner' })
  assert.deepEqual([forgotten.status, forgotten.json], [200, { person: 'owner' }])
  const check = async () => {
    assert.deepEqual((await hearth.call('reminders.list', {})).json.items, [])
    assert.deepEqual(
      (await everything('owner')).slice(0, 5).map(({ type, data }) => [type, Object.keys(data as object)]),
      [...Array.from({ length: 4 }, () => ['reminder.set', []]), ['person.forgotten', ['at']]],
    )
    const gone = await hearth.call('actors.state', { actor: held[0]?.actor })
    assert.deepEqual([gone.status, gone.json.code], [410, 'actor.forgotten'])
    const cancelled = await hearth.call('reminders.cancel', { id: soon.json.id })
    assert.equal(cancelled.json.code, 'reminders.unknown')
    assert.equal((await hearth.call('views.verify', { view: 'reminders' })).json.different, 0)
    assert.deepEqual((await hearth.request('GET', '/api/v1/status')).json.stuck, 0)
    assert.deepEqual((await hearth.call('log.verify', {})).json.broken, [])
  }
  await check()
  await until(async () => Object.keys(await owed()).length === 0, 'nothing is owed any more')
  const kept = join(hearth.data, 'forgotten.jsonl')
  await until(() => existsSync(kept), 'the tombstone lies beside the database')
  assert.equal(JSON.parse(await readFile(kept, 'utf8')).home, 'owner')
  await hearth.killAndStart('both')
  await check()

  const anew = await hearth.call('reminders.set', { text: 'anew', at: new Date(Date.now() + 300).toISOString() })
  assert.equal(anew.status, 200)
  await until(() => receiver.deliveries.length > 0, 'it rings')
  await until(async () => Object.keys(await owed()).length === 0, 'its delivery is recorded')
  await hearth.killAndStart('server')
  const { items } = (await hearth.call('reminders.list', {})).json
  assert.deepEqual(
    items.map(({ text, state }: { text: string; state: string }) => [text, state]),
    [['anew', 'rung']],
  )
  assert.deepEqual(
    // One in flight when the server is killed may come again.
    [...new Set(receiver.deliveries.map(({ body }) => JSON.parse(body).data.text))],
    ['anew'],
  )
  assert.equal((await everything('owner')).at(5)?.data.text, 'anew')
})

test(
  'what was answered under a key goes with its person: the same key says so, and does nothing twice',
  onlyWhenLong,
  async () => {
    const key = { 'idempotency-key': 'about-them' }
    const input = { text: 'kept', at: '2040-01-01T08:00:00Z' }
    const first = await hearth.call('reminders.set', input, key)
    assert.equal((await hearth.call('reminders.set', input, key)).text, first.text)
    const told = await hearth.call('people.export', { person: 'owner', limit: 200 }, key)
    assert.match(told.text, /"text":"kept"/)
    await hearth.call('people.forget', { person: 'owner' })
    for (const whom of ['server', 'both'] as const) {
      const again = await hearth.call('reminders.set', input, key)
      assert.deepEqual([again.status, again.json.code], [410, 'idempotency.answer-forgotten'])
      assert.deepEqual((await hearth.call('reminders.list', {})).json.items, [])
      const exported = await hearth.call('people.export', { person: 'owner', limit: 200 }, key)
      assert.equal(exported.status, 200)
      assert.doesNotMatch(exported.text, /"text":"kept"/)
      await hearth.killAndStart(whom)
    }
    const other = await hearth.call('reminders.set', { ...input, text: 'other' }, key)
    assert.equal(other.json.code, 'idempotency.key-reused')
  },
)

test('what kind of things happened to a person who was forgotten is told in the words of before', async () => {
  const at = new Date(Date.now() + 300).toISOString()
  await hearth.call('reminders.set', { text: 'tea', at, home: 'zoe' })
  const types = async () =>
    (await hearth.call('events.list', { home: 'zoe' })).json.items.map(({ type }: { type: string }) => type)
  await until(async () => (await types()).length === 2, 'it has rung')
  const before = await types()
  assert.deepEqual(before, ['reminder.set', 'reminder.rang'])
  assert.equal((await hearth.call('people.forget', { person: 'zoe' })).status, 200)
  assert.deepEqual((await types()).slice(0, 2), before)
})
