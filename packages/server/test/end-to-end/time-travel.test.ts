// shows: B10
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startHearth, startReceiver, until, type RunningHearth } from './hearth.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
})
after(() => hearth[Symbol.asyncDispose]())

async function cancelledReminder() {
  const set = await hearth.call('reminders.set', { text: 'tea', at: '2040-01-01T08:00:00Z' })
  const id: string = set.json.id
  await new Promise((resolve) => setTimeout(resolve, 20))
  await hearth.call('reminders.cancel', { id })
  const actor = `main/owner/reminder/${id}`
  const { items } = (await hearth.call('events.list', { actor })).json
  return { id, actor, first: items[0], second: items[1] }
}

test('what changed between two moments is told, either way', async () => {
  const { actor, first, second } = await cancelledReminder()
  const expected = [
    ['/ended', 'cancelled'],
    ['/next', null],
    ['/timer', null],
  ]
  for (const moments of [
    { fromPosition: first.position },
    { fromAt: first.at, toPosition: second.position },
    { fromPosition: first.position, toAt: second.at },
  ]) {
    const { json } = await hearth.call('actors.diff', { actor, ...moments })
    assert.deepEqual([json.from, json.to], [first.position, second.position])
    assert.deepEqual(
      json.changes.map(({ path, value }: { path: string; value: unknown }) => [path, value]),
      expected,
    )
  }
  const back = await hearth.call('actors.diff', { actor, fromPosition: second.position, toPosition: first.position })
  const status = back.json.changes.find(({ path }: { path: string }) => path === '/ended')
  assert.deepEqual(status, { op: 'replace', path: '/ended', value: null, was: 'cancelled' })
  const bad = await hearth.call('actors.diff', { actor, fromAt: first.at, fromPosition: first.position })
  assert.deepEqual([bad.status, bad.json.code, bad.json.issues[0].path], [400, 'input.invalid', 'fromPosition'])
})

test('a fork decides on the past, and the present knows nothing of it', async () => {
  const { id, actor, first } = await cancelledReminder()
  const before = (await hearth.request('GET', '/api/v1/status')).json
  const { json } = await hearth.call('actors.fork', {
    actor,
    position: first.position,
    calls: [
      { operation: 'reminders.cancel', input: { id } },
      { operation: 'reminders.cancel', input: { id: 'rem_none' } },
      { operation: 'reminders.set', input: { text: 'coffee', at: '2041-01-01T08:00:00Z' } },
    ],
  })
  const [slot, sequence] = first.position.split('.')
  assert.equal(json.from, first.position)
  assert.deepEqual(
    json.answers.map(({ code }: { code: string | null }) => code),
    [null, 'reminders.unknown', null],
  )
  assert.deepEqual(
    json.events.map(({ type, position }: { type: string; position: string }) => [type, position]),
    [
      ['reminder.cancelled', `${slot}.${Number(sequence) + 1}`],
      ['reminder.set', `${slot}.${Number(sequence) + 2}`],
    ],
  )
  assert.deepEqual(
    json.asked.map(({ kind, due }: { kind: string; due: string }) => [kind, due]),
    [['timer', '2041-01-01T08:00:00.000Z']],
  )
  assert.equal(json.state.ended, 'cancelled')
  assert.equal(json.changes.length, 3)
  const after = (await hearth.request('GET', '/api/v1/status')).json
  assert.deepEqual([after.positions, after.owed], [before.positions, before.owed])
  const list = (await hearth.call('reminders.list', { limit: 200 })).json.items
  assert.equal(
    list.some(({ text }: { text: string }) => text === 'coffee'),
    false,
  )
})

test('what a fork asks of the world is told and never done', async () => {
  await using receiver = await startReceiver()
  await hearth.call('probe.record', { stream: 'forked', events: 3 })
  await until(async () => (await hearth.call('probe.read', { stream: 'forked' })).json.settled === 1, 'settled')
  const [{ actor }] = (await hearth.call('events.list', { home: 'probe:forked' })).json.items
  const call = { operation: 'probe.record', input: { stream: 'forked', events: 2, effect: receiver.url } }
  const { json } = await hearth.call('actors.fork', { actor, calls: [call, call] })
  assert.deepEqual(json.state, { count: 7, settled: 1 })
  assert.deepEqual(
    json.asked.map(({ kind }: { kind: string }) => kind),
    ['probe-post', 'probe-post'],
  )
  await hearth.call('probe.record', { ...call.input, events: 1 })
  await until(() => receiver.deliveries.length > 0, 'the real one is delivered')
  assert.equal(receiver.deliveries.length, 1)
  assert.equal((await hearth.call('probe.read', { stream: 'forked' })).json.count, 4)
})

test('a fork asks no other home, and no timer rings in it', async () => {
  const { actor } = await cancelledReminder()
  const { json } = await hearth.call('actors.fork', {
    actor,
    calls: [
      { operation: 'reminders.send', input: { to: 'anna', text: 'tea', at: '2040-01-01T08:00:00Z' } },
      { operation: 'reminders.set', input: { text: 'long ago', at: '2020-01-01T08:00:00Z' } },
      { operation: 'reminders.set', input: { text: 'coffee', at: '2041-01-01T08:00:00Z' } },
    ],
  })
  assert.deepEqual(
    json.answers.map(({ code }: { code: string | null }) => code),
    [null, null, null],
  )
  assert.deepEqual(
    json.events.map(({ type }: { type: string }) => type),
    ['sending.sent', 'reminder.set', 'reminder.set'],
  )
  assert.deepEqual(
    json.asked.map(({ kind }: { kind: string }) => kind),
    ['ask', 'timer', 'timer', 'timer'],
  )
  assert.equal(json.asked[2].due, '2020-01-01T08:00:00.000Z')
  assert.deepEqual((await hearth.call('reminders.sent', {})).json.items, [])
})

test('what acts in the world before it commands anything is refused in a fork, and does not act', async () => {
  await using receiver = await startReceiver()
  const events = ['reminder.rang']
  const { id } = (await hearth.call('webhooks.create', { url: receiver.url, events })).json
  const [{ actor }] = (await hearth.call('events.list', { home: '~tenant' })).json.items
  const answer = await hearth.call('actors.fork', { actor, calls: [{ operation: 'webhooks.test', input: { id } }] })
  assert.deepEqual([answer.status, answer.json.code], [409, 'fork.outside'])
  assert.equal(receiver.deliveries.length, 0)
  // The receiver does count.
  assert.equal((await hearth.call('webhooks.test', { id })).json.ok, true)
  assert.equal(receiver.deliveries.length, 1)
})

test('what a fork cannot hold is refused', async () => {
  const { id, actor } = await cancelledReminder()
  const cases = [
    [{ operation: 'probe.record', input: { stream: 'a', events: 1 } }, 409, 'fork.outside'],
    [{ operation: 'reminders.list', input: {} }, 409, 'fork.outside'],
    [{ operation: 'reminders.none', input: {} }, 404, 'operation.unknown'],
    [{ operation: 'reminders.cancel', input: { id: 7 } }, 400, 'input.invalid'],
  ] as const
  for (const [call, status, code] of cases) {
    const answer = await hearth.call('actors.fork', { actor, calls: [call] })
    assert.deepEqual([answer.status, answer.json.code], [status, code], call.operation)
  }
  const foreign = await hearth.call('actors.fork', {
    actor: actor.replace('main/', 'other/'),
    calls: [{ operation: 'reminders.cancel', input: { id } }],
  })
  assert.equal(foreign.json.code, 'actor.unknown')
})
