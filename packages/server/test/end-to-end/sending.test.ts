// shows: B2, B10
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startHearth, until, type RunningHearth } from './hearth.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth()
})
after(() => hearth[Symbol.asyncDispose]())

const stateOf = async (home: string, id: string): Promise<string | undefined> => {
  const { json } = await hearth.call('reminders.sent', { home })
  return json.items.find((item: { readonly id: string }) => item.id === id)?.state
}

const send = async (to: string, more: object = {}) => {
  const { status, json } = await hearth.call('reminders.send', {
    home: 'ben',
    to,
    text: 'tea',
    at: '2040-01-01T08:00:00Z',
    ...more,
  })
  assert.equal(status, 200, JSON.stringify(json))
  assert.equal(json.state, 'sent')
  return String(json.id)
}

test('somebody else is reminded when they let the sender, and the sender is told [B2]', async () => {
  const refused = await send('anna')
  await until(async () => (await stateOf('ben', refused)) === 'refused', 'it is refused')
  const { json } = await hearth.call('reminders.sent', { home: 'ben', state: 'refused' })
  assert.equal(json.items[0].reason, 'reminders.sender-refused')
  assert.deepEqual((await hearth.call('reminders.list', { home: 'anna' })).json.items, [])

  const path = '/api/v1/reminders/senders/ben/allow'
  assert.deepEqual((await hearth.request('POST', path, { home: 'anna' })).json, { sender: 'ben', may: true })
  const accepted = await send('anna', { timeout: 'PT30S' })
  await until(async () => (await stateOf('ben', accepted)) === 'accepted', 'it is accepted')
  const listed = (await hearth.request('GET', '/api/v1/reminders?home=anna')).json.items
  const received = (await hearth.request('GET', '/api/v1/reminders/received?home=anna')).json.items
  assert.deepEqual([listed.length, listed[0].text, received[0].id, received[0].from], [1, 'tea', listed[0].id, 'ben'])

  await hearth.call('reminders.refuse', { home: 'anna', sender: 'ben' })
  const rules = (await hearth.call('reminders.senders', { home: 'anna' })).json.items
  assert.deepEqual(rules, [{ sender: 'ben', may: false }])
  const again = await send('anna')
  await until(async () => (await stateOf('ben', again)) === 'refused', 'it is refused again')
})

test('one of a home to itself is accepted without a rule', async () => {
  const id = await send('ben')
  await until(async () => (await stateOf('ben', id)) === 'accepted', 'it is accepted')
})

test('what leads to a reminder of another home is told by its events', async () => {
  const { json } = await hearth.call('events.list', { home: 'anna' })
  const caused = json.items.filter((item: { readonly type: string }) => /received|reminder\.set/.test(item.type))
  assert.equal(caused.length, 2)
  assert.match(caused[0].causation, /^\d+\.\d+\.0$/)
  assert.deepEqual(caused[0].causation, caused[1].causation)
})

test('a time that is none, and one that is too long, are invalid', async () => {
  const input = { to: 'anna', text: 'tea', at: '2040-01-01T08:00:00Z' }
  for (const timeout of ['', 'P', 'PT', '30', 'PT0S', 'P8D', 'PT1.5S', 'P1DT', 'P7DT1S']) {
    const { status, json } = await hearth.call('reminders.send', { ...input, timeout })
    assert.deepEqual([status, json.code, json.issues?.[0]?.path], [400, 'input.invalid', 'timeout'], timeout)
  }
  for (const to of [undefined, '', '~tenant'])
    assert.equal((await hearth.call('reminders.send', { ...input, to })).json.code, 'input.invalid')
})

test('what was sent is known after a kill of server and database, and answered once [B10]', async () => {
  await hearth.call('reminders.allow', { home: 'carl', sender: 'ben' })
  const sent = await Promise.all(Array.from({ length: 20 }, () => send('carl')))
  await hearth.killAndStart('both')
  for (const id of sent) await until(async () => (await stateOf('ben', id)) === 'accepted', `${id} is accepted`)
  assert.equal((await hearth.call('reminders.list', { home: 'carl', limit: 100 })).json.items.length, 20)
})
