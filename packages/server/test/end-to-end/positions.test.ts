// long: a run of everything that npm alone tests has five minutes
// shows: A13
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startHearth, type RunningHearth } from './hearth.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth()
})
after(() => hearth[Symbol.asyncDispose]())

const position = (headers: Headers): { slot: number; sequence: number } => {
  const [slot = Number.NaN, sequence = Number.NaN] = (headers.get('hearth-position') ?? '').split('.').map(Number)
  assert.ok(slot < 256 && sequence >= 0, headers.get('hearth-position') ?? 'none')
  return { slot, sequence }
}
const set = (text: string, headers: Record<string, string> = {}) =>
  hearth.call('reminders.set', { text, at: '2040-01-01T00:00:00Z' }, headers)
const texts = (json: { items: { text: string }[] }): string[] => json.items.map(({ text }) => text)

test('every answer of a command says where it stands, also one that wrote nothing and one that is given again', async () => {
  const first = await set('one', { 'idempotency-key': 'one' })
  const { slot, sequence } = position(first.headers)
  const again = await set('one', { 'idempotency-key': 'one' })
  assert.equal(again.headers.get('idempotency-replayed'), 'true')
  assert.deepEqual(position(again.headers), { slot, sequence })
  const refused = await hearth.call('reminders.cancel', { id: 'nothing' })
  assert.equal(refused.status, 404)
  assert.deepEqual(position(refused.headers), { slot, sequence })
  const cancelled = await hearth.call('reminders.cancel', { id: first.json.id })
  assert.ok(position(cancelled.headers).sequence > sequence)
  const listed = await hearth.request('GET', '/api/v1/reminders')
  assert.deepEqual(position(listed.headers), position(cancelled.headers))
})

test('a read that is sent a position sees what was written there, by whichever path', async () => {
  for (let count = 0; count < 20; count += 1) {
    const written = await set(`round ${count}`)
    const headers = { 'hearth-position': written.headers.get('hearth-position') ?? '' }
    const answer = await hearth.request('GET', '/api/v1/reminders?limit=500', undefined, headers)
    assert.ok(texts(answer.json).includes(`round ${count}`))
  }
})

test('a read of what is not there yet waits for it', async () => {
  const { slot, sequence } = position((await set('before')).headers)
  const reading = hearth.call('reminders.list', { limit: 500 }, { 'hearth-position': `0.0, ${slot}.${sequence + 1}` })
  await new Promise((resolve) => setTimeout(resolve, 50))
  await set('the awaited')
  const { status, json } = await reading
  assert.equal(status, 200)
  assert.ok(texts(json).includes('the awaited'))
})

test('what does not come in time is behind, and the caller is told when to come again', async () => {
  const answer = await hearth.call('reminders.list', {}, { 'hearth-position': '7.999999999' })
  assert.equal(answer.status, 503)
  assert.equal(answer.json.code, 'read.behind')
  assert.equal(answer.headers.get('retry-after'), '1')
})

test('what is no position is refused', async () => {
  const many = Array.from({ length: 65 }, () => '1.1').join()
  for (const bad of ['x', '256.1', '1', '1.-1', '1.1,', '1.1e3', '1.9999999999999999', ',', many, "1.1'; select 1"]) {
    const { status, json } = await hearth.call('reminders.list', {}, { 'hearth-position': bad })
    assert.deepEqual([bad, status, json.code], [bad, 400, 'read.position-invalid'])
  }
})
