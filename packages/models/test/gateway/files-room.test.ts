// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roomFor } from '../../src/gateway/files/room.ts'

const twenty = 20 * 1_048_576

test('a process holds so much of files that are fetched and no more, and one caller half of it', () => {
  const calls = Array.from({ length: 20 }, (_, index) => roomFor(index < 10 ? 'ann' : 'ben'))
  const took = calls.map((room) => room.take(twenty))
  assert.deepEqual(
    [took.slice(0, 10), took.slice(10)].map((some) => some.filter(Boolean).length),
    [6, 6],
  )
  assert.equal(roomFor('eve').take(twenty), false)
  calls[0]?.leave()
  assert.equal(calls[15]?.take(twenty), false)
  const eve = roomFor('eve')
  assert.equal(eve.take(twenty), true)
  for (const room of [...calls, eve]) room.leave()
  for (const name of ['ann', 'ben']) {
    const room = roomFor(name)
    assert.equal(room.take(6 * twenty), true, name)
    room.leave()
    room.leave()
  }
})
