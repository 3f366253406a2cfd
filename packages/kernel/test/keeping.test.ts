// shows: D13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideBatch } from '../src/deciding.ts'
import { slotOf, type KeepEnvelope } from '../src/index.ts'
import { groundOf } from './grounds.ts'

test('what was read before its person was forgotten is answered and not kept', () => {
  const slot = slotOf('main', 'ann')
  const keep = (readAt?: number): KeepEnvelope => ({
    type: 'keep',
    id: 'one',
    tenant: 'main',
    home: 'ann',
    correlation: 'c',
    key: { scope: 'scope', hash: 'hash' },
    reply: { status: 200, body: '"what she wrote"' },
    ...(readAt === undefined ? {} : { readAt }),
    bytes: 10,
    present: () => ({ status: 409, body: '' }),
  })
  const kept = (forgottenAt: number, readAt?: number): number => {
    const { replies, draft } = decideBatch([keep(readAt)], groundOf(slot, [], { forgottenAt: () => forgottenAt }))
    assert.equal(replies[0]?.reply.body, '"what she wrote"')
    return draft.keys.length
  }
  assert.deepEqual([kept(0, 30), kept(20, 30), kept(31, 30), kept(31)], [1, 1, 0, 1])
})
