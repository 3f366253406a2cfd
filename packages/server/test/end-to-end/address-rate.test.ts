// shows: H1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHearth } from './hearth.ts'
import { openSocket } from './live-socket.ts'

test('what an address may call counts over every door, and never the owner’s', async () => {
  await using hearth = await startHearth({ HEARTH_ADDRESS_RATE: '10' })
  const { key } = (await hearth.call('keys.create', { name: 'x', scopes: ['reminders.read'] })).json
  const headers = { authorization: `Bearer ${key}` }
  await using socket = await openSocket(hearth.url, headers)
  let answered = 0
  for (let id = 1; id <= 20; id += 1) {
    socket.send({ id, call: 'reminders.list', input: {} })
    const frame = await socket.next()
    if ('result' in frame) answered += 1
    else assert.equal(frame.error.code, 'rate.exceeded')
  }
  assert.ok(answered > 0 && answered < 10, String(answered))
  assert.equal((await hearth.call('reminders.list', {}, headers)).json.code, 'rate.exceeded')
  for (let calls = 0; calls < 30; calls += 1) assert.equal((await hearth.call('reminders.list', {})).status, 200)
  const used = async () => (await hearth.call('keys.list', {})).json.items[0].used
  for (let tries = 0; (await used()) === undefined; tries += 1) assert.ok(tries < 100, 'its use is noted')
})
