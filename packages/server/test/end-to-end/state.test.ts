// shows: B10
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startHearth, until, type RunningHearth } from './hearth.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
})
after(() => hearth[Symbol.asyncDispose]())

const eventsOf = async (actor: string): Promise<readonly { position: string; at: string; type: string }[]> => {
  const items = []
  for (let next: string | null | undefined; next !== null;) {
    const { json } = await hearth.call('events.list', {
      actor,
      limit: 200,
      ...(next === undefined ? {} : { after: next }),
    })
    items.push(...json.items)
    next = json.next
  }
  return items
}

test('an actor is shown as it is, and as it was after any of its events and at any time', async () => {
  const set = await hearth.call('reminders.set', { text: 'tea', at: '2040-01-01T08:00:00Z' })
  const actor = `main/owner/reminder/${set.json.id}`
  await new Promise((resolve) => setTimeout(resolve, 20))
  await hearth.call('reminders.cancel', { id: set.json.id })
  const [first, second] = await eventsOf(actor)
  assert.ok(first && second && first.at < second.at)
  const at = async (input: object) => (await hearth.call('actors.state', { actor, ...input })).json
  const then = await at({ position: first.position })
  assert.deepEqual([then.state.text, then.state.ended, then.position], ['tea', null, first.position])
  assert.deepEqual(await at({ at: first.at }), then)
  const now = await at({})
  assert.deepEqual([now.state.ended, now.position], ['cancelled', second.position])
  assert.deepEqual(await at({ at: second.at }), now)
  assert.deepEqual(await at({ at: '2000-01-01T00:00:00Z' }), { state: null, position: null })
})

test('a history of thousands of events is folded to every one of them', async () => {
  for (let call = 0; call < 13; call += 1) await hearth.call('probe.record', { stream: 'long', events: 100 })
  await until(async () => (await hearth.call('probe.read', { stream: 'long' })).json.settled === 13, 'all settled')
  const [{ actor } = { actor: '' }] = (await hearth.call('events.list', { home: 'probe:long', limit: 1 })).json.items
  const events = await eventsOf(actor)
  assert.equal(events.length, 1313)
  let recorded = 0
  for (const [index, { position, type }] of events.entries()) {
    if (type === 'probe.recorded') recorded += 1
    if (index % 97 !== 0 && index !== events.length - 1) continue
    const { json } = await hearth.call('actors.state', { actor, position })
    assert.deepEqual(json, { state: { count: recorded, settled: index + 1 - recorded }, position })
  }
})

test('what is owed is listed', async () => {
  const set = await hearth.call('reminders.set', { text: 'tea', at: '2040-01-01T08:00:00Z' })
  const { json } = await hearth.call('effects.list', { state: 'owed', limit: 200 })
  const owed = json.items.find(({ actor }: { actor: string }) => actor === `main/owner/reminder/${set.json.id}`)
  assert.deepEqual([owed.kind, owed.due, owed.attempt], ['timer', '2040-01-01T08:00:00.000Z', 1])
  const { json: dead } = await hearth.call('effects.list', { state: 'dead' })
  assert.deepEqual(dead, { items: [], next: null })
  for (const input of [{}, { state: 'other' }, { state: 'owed', after: 'x' }])
    assert.equal((await hearth.call('effects.list', input)).json.code, 'input.invalid')
})

test('an id that no effect can have is invalid, and one that none has is unknown', async () => {
  const ids = ['256.1.0', '999.1.0', '0.1.32768', '0.1.40000', '0.1.99999', '0.1234567890123456.0']
  for (const id of ids) {
    const listed = await hearth.request('GET', `/api/v1/effects?state=owed&after=${id}`)
    assert.deepEqual([listed.status, listed.json.code, listed.json.issues[0].path], [400, 'input.invalid', 'after'], id)
    const replayed = await hearth.request('POST', `/api/v1/effects/${id}/replay`, {})
    assert.deepEqual([replayed.status, replayed.json.code, replayed.json.issues[0].path], [400, 'input.invalid', 'id'])
  }
  for (const id of ['255.999999999999999.32767', '0.1.32767']) {
    assert.equal((await hearth.request('GET', `/api/v1/effects?state=owed&after=${id}`)).status, 200, id)
    const replayed = await hearth.request('POST', `/api/v1/effects/${id}/replay`, {})
    assert.deepEqual([replayed.status, replayed.json.code], [404, 'effects.unknown'], id)
  }
})

test('views are what the log leads to', async () => {
  for (const view of ['reminders', 'probe']) {
    const { json } = await hearth.call('views.verify', { view })
    assert.equal(json.different, 0)
    assert.ok(json.rows > 0)
  }
  const unknown = await hearth.call('views.verify', { view: 'none' })
  assert.deepEqual([unknown.status, unknown.json.code], [404, 'view.unknown'])
})

test('what is not there, and what cannot be meant, is refused', async () => {
  const set = await hearth.call('reminders.set', { text: 'tea', at: '2040-01-01T08:00:00Z' })
  const actor = `main/owner/reminder/${set.json.id}`
  const position = (await eventsOf(actor))[0]?.position ?? ''
  const [slot = '', sequence = ''] = position.split('.')
  const cases: readonly (readonly [object, number, string])[] = [
    [{ actor: 'main/owner/reminder/none' }, 404, 'actor.unknown'],
    [{ actor: actor.replace('main/', 'other/') }, 404, 'actor.unknown'],
    [{ actor: 'nonsense' }, 400, 'input.invalid'],
    [{ actor, position, at: '2026-01-01T00:00:00Z' }, 400, 'input.invalid'],
    [{ actor, position: `${(Number(slot) + 1) % 256}.${sequence}` }, 400, 'input.invalid'],
    [{ actor, position: 'x' }, 400, 'input.invalid'],
    [{ actor, at: 'yesterday' }, 400, 'input.invalid'],
    [{}, 400, 'input.invalid'],
  ]
  for (const [input, status, code] of cases) {
    const answer = await hearth.call('actors.state', input)
    assert.deepEqual([answer.status, answer.json.code], [status, code], JSON.stringify(input))
  }
})
