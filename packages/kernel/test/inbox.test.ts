import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CommandEnvelope } from '../src/envelope.ts'
import { Inbox, type InboxLimits, type Waiting } from '../src/inbox.ts'

const envelope = (bytes: number): CommandEnvelope => ({
  type: 'command',
  id: 'c',
  address: { tenant: 'main', home: 'h', kind: 'k', id: 'i' },
  command: { type: 'x' },
  principal: 'owner',
  correlation: 'c',
  key: null,
  bytes,
  present: () => ({ status: 200, body: '' }),
})

const limits: InboxLimits = { count: 5, bytes: 100, ageMs: 200, crowd: 3 }
const add = (inbox: Inbox, since: number, bytes = 1): Waiting => {
  const waiting = { envelope: envelope(bytes), since }
  inbox.add(waiting)
  return waiting
}
const full = { code: 'inbox.full' }

test('so many commands wait, of so many bytes, and no more', () => {
  const inbox = new Inbox(limits)
  for (let count = 0; count < 5; count += 1) add(inbox, 0)
  assert.throws(() => add(inbox, 0), full)
  inbox.take(5)
  add(inbox, 0, 60)
  assert.throws(() => add(inbox, 0, 41), full)
  add(inbox, 0, 40)
})

test('behind a crowd whose first has waited too long nobody queues; a few may, however long it takes', () => {
  const inbox = new Inbox(limits)
  add(inbox, 1000)
  add(inbox, 1001)
  add(inbox, 5000)
  assert.throws(() => add(inbox, 5000), full)
  inbox.take(2)
  add(inbox, 5100)
  add(inbox, 5199)
  add(inbox, 5200)
  assert.throws(() => add(inbox, 5201), full)
  assert.equal(inbox.count, 4)
})
