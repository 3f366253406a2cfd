// shows: D13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HearthError } from '@hearth/protocol'
import type { CommandEnvelope } from '../src/envelope.ts'
import { Inbox, unavailable } from '../src/inbox.ts'

const present = () => ({ status: 200, body: '' })
let ids = 0

const envelope = (tenant: string, bytes = 10): CommandEnvelope => ({
  type: 'command',
  id: `${tenant}-${(ids += 1)}`,
  address: { tenant, home: 'h', kind: 'k', id: 'i' },
  command: { type: 'x' },
  principal: 'p',
  correlation: 'c',
  key: null,
  bytes,
  present,
})

interface Refused {
  readonly tenant: string
  readonly code: string
}

function inboxOf(count: number, bytes: number) {
  const inbox = new Inbox({ count, bytes })
  const refused: Refused[] = []
  /** How many were taken in. */
  const send = (tenant: string, times: number, size?: number): number => {
    for (let sent = 0; sent < times; sent += 1)
      try {
        const reject = ({ code }: HearthError): void => void refused.push({ tenant, code })
        inbox.add({ envelope: envelope(tenant, size), reject, since: sent })
      } catch (error) {
        assert.equal((error as HearthError).code, 'inbox.full')
        assert.ok(((error as HearthError).retryAfterSeconds ?? 0) > 0)
        return sent
      }
    return times
  }
  const take = (limit: number): string =>
    inbox
      .take(limit)
      .map((waiting) => (waiting.envelope as CommandEnvelope).address.tenant)
      .join('')
  return { inbox, refused, send, take }
}

test('one tenant alone has all the room, and is taken in its order', () => {
  const { inbox, send } = inboxOf(100, 10_000)
  assert.equal(send('a', 200), 100)
  assert.deepEqual([inbox.count, inbox.bytes, inbox.refused], [100, 1000, 1])
  const first = inbox.take(60).map(({ envelope: one }) => (one as CommandEnvelope).id)
  const rest = inbox.take(60).map(({ envelope: one }) => (one as CommandEnvelope).id)
  assert.deepEqual([first.length, rest.length, inbox.count, inbox.bytes], [60, 40, 0, 0])
  const numbers = [...first, ...rest].map((id) => Number(id.slice(2)))
  assert.deepEqual(
    numbers,
    numbers.toSorted((one, other) => one - other),
  )
})

test('a tenant who floods waits for itself: another is taken in, and taken at its turn', () => {
  const { inbox, send, take } = inboxOf(100, 10_000)
  send('a', 200)
  assert.equal(send('b', 2), 2, 'the quiet one is taken in')
  assert.equal(send('a', 1), 0, 'the one who floods is refused')
  assert.equal(take(6), 'ababaa')
  assert.equal(inbox.count, 96)
})

test('turns go on where the batch before ended', () => {
  const { send, take } = inboxOf(100, 10_000)
  for (const tenant of 'abcde') send(tenant, 3)
  assert.equal([take(3), take(3), take(3), take(3), take(10)].join(' '), 'abc dea bcd eab cde')
})

test('where several wait each has its share of count and of bytes', () => {
  const { inbox, send } = inboxOf(100, 1000)
  assert.equal(send('a', 1), 1)
  assert.equal(send('b', 100), 50)
  assert.equal(send('c', 100), 33)
  assert.equal(send('d', 100, 100), 2, 'a fourth of the bytes')
  assert.equal(inbox.count, 86)
})

test('what is taken in is bounded, however many tenants there are', () => {
  const { inbox, send } = inboxOf(100, 1_000_000)
  let taken = send('first', 1000)
  for (let tenant = 0; tenant < 500; tenant += 1) taken += send(`tenant-${tenant}`, 10)
  assert.equal(inbox.count, taken)
  assert.ok(taken <= 200, `${taken} wait`)
})

test('all who wait are refused at once, and there is room again', () => {
  const { inbox, refused, send, take } = inboxOf(4, 1000)
  send('a', 4)
  send('b', 2)
  assert.equal(inbox.oldest(), 0)
  inbox.refuseAll(unavailable({ trouble: 'read-only', since: 0 }))
  assert.equal(refused.length, 6)
  assert.ok(refused.every(({ code }) => code === 'store.unavailable'))
  assert.deepEqual([inbox.count, inbox.bytes, inbox.oldest()], [0, 0, null])
  assert.equal(send('a', 5), 4)
  assert.equal(take(10), 'aaaa')
})

test('what stands for long in a queue that does not get shorter lets no more in, of that tenant; a burst passes', () => {
  const inbox = new Inbox({
    count: 1000,
    bytes: 100_000,
    crowd: { count: 10, waitedMs: 100, lastedMs: 500, calmMs: 1000 },
  })
  const add = (tenant: string, since: number): boolean => {
    try {
      inbox.add({ envelope: envelope(tenant), since })
      return true
    } catch (error) {
      assert.equal((error as HearthError).code, 'inbox.full')
      return false
    }
  }
  const rooms = (...times: number[]): number[] => times.map((now) => inbox.room('flood', now))
  const burst = Array.from({ length: 22 }, () => add('flood', 0))
  assert.ok(burst.every((taken) => taken))
  // The first have waited for long now, but not for as long as to say that it stays so.
  assert.deepEqual(rooms(99, 100, 599), [Infinity, Infinity, Infinity])
  assert.deepEqual(rooms(600), [-12])
  assert.deepEqual([add('flood', 600), inbox.refused], [false, 1])
  assert.deepEqual([add('other', 601), inbox.room('other', 9000)], [true, Infinity])
  inbox.turnedAway()
  assert.equal(inbox.refused, 2)
  // Fewer wait: from now on no more than that are to, and as much again is taken of what comes nevertheless.
  inbox.take(15)
  assert.deepEqual(rooms(700), [2])
  for (let more = 0; more < 12; more += 1) assert.ok(add('flood', 701))
  assert.deepEqual([...rooms(701), add('flood', 702)], [-10, false])
  // Calm for long enough: what comes then is a burst again.
  inbox.take(18)
  assert.deepEqual(rooms(1701, 1702), [8, Infinity])
  inbox.take(2)
  for (let more = 0; more < 20; more += 1) assert.ok(add('flood', 1800))
  assert.deepEqual(rooms(1800, 1899, 1900, 2399, 2400), [Infinity, Infinity, Infinity, Infinity, -10])
})

test('a queue that is long now and then, and short between, is no flood', () => {
  const inbox = new Inbox({
    count: 100,
    bytes: 10_000,
    crowd: { count: 5, waitedMs: 100, lastedMs: 300, calmMs: 1000 },
  })
  for (let now = 0; now < 3000; now += 250) {
    for (let more = 0; more < 6; more += 1) inbox.add({ envelope: envelope('bursts'), since: now })
    assert.deepEqual([inbox.room('bursts', now + 120), inbox.room('bursts', now + 240)], [Infinity, Infinity])
    inbox.take(6)
    assert.equal(inbox.room('bursts', now + 241), Infinity)
  }
})
