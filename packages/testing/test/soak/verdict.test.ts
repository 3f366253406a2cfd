import assert from 'node:assert/strict'
import { test } from 'node:test'
import { undelivered } from '../../src/soak/verdict.ts'
import { makeStory, types } from './story.ts'

test('a run in which everything holds has no findings', () => {
  const story = makeStory()
  story.set('once', [10_000])
  story.set('thrice', [5_000, 6_000, 7_000])
  story.set('dropped', [20_000])
  story.cancelled('dropped', 1_000)
  story.came('once', 10_000, 10_010)
  for (const due of [5_000, 6_000, 7_000]) story.came('thrice', due, due + 10)
  const verdict = story.judge()
  assert.deepEqual(verdict.findings, [])
  assert.deepEqual([verdict.owed, verdict.distinctIds, verdict.deliveries], [4, 4, 4])
})

test('an acknowledged reminder that is not listed is lost', () => {
  const story = makeStory()
  story.set('a', [1_000])
  story.came('a', 1_000, 1_010)
  assert.deepEqual(types(story.judge({ listed: [] })), ['reminder-lost'])
})

test('a reminder listed twice is doubled, one that nobody set is unknown', () => {
  const story = makeStory()
  story.set('a', [1_000])
  story.came('a', 1_000, 1_010)
  const [listed] = story.listed
  assert.ok(listed)
  assert.deepEqual(types(story.judge({ listed: [listed, { ...listed, id: 'other' }] })), ['reminder-doubled'])
  assert.deepEqual(types(story.judge({ listed: [listed, { ...listed, id: 'x', text: 'b' }] })), ['reminder-unknown'])
})

test('a reminder under another id, or in a state that it cannot be in, is found', () => {
  const story = makeStory()
  story.set('a', [1_000])
  story.came('a', 1_000, 1_010)
  const [listed] = story.listed
  assert.ok(listed)
  assert.deepEqual(types(story.judge({ listed: [{ ...listed, id: 'other' }] })), ['reminder-id'])
  assert.deepEqual(types(story.judge({ listed: [{ ...listed, state: 'scheduled' }] })), ['reminder-state'])
  assert.deepEqual(types(story.judge({ listed: [{ ...listed, state: 'cancelled' }] })), ['reminder-state'])
})

test('an occurrence that never came is lost, one never accepted is told apart', () => {
  const story = makeStory()
  story.set('a', [1_000, 2_000])
  story.came('a', 1_000, 1_010)
  assert.deepEqual(types(story.judge()), ['occurrence-lost'])
  assert.equal(undelivered(story.client, story.receiver).length, 1)
  story.came('a', 2_000, 2_010, { outcome: 'failed' })
  assert.deepEqual(types(story.judge()), ['occurrence-unaccepted'])
  assert.equal(undelivered(story.client, story.receiver).length, 1)
})

test('a run that broke off calls nothing lost but still finds what came wrongly', () => {
  const story = makeStory()
  story.set('a', [1_000])
  story.came('b', 1_000, 1_010)
  assert.deepEqual(types(story.judge({ settled: false, listed: [] })), ['occurrence-unknown'])
})

test('the same occurrence under two ids is doubled', () => {
  const story = makeStory()
  story.set('a', [1_000])
  story.came('a', 1_000, 1_010)
  story.came('a', 1_000, 1_030, { id: 'another' })
  assert.deepEqual(types(story.judge()), ['occurrence-doubled'])
})

test('an id that tells of two occurrences is found', () => {
  const story = makeStory()
  story.set('a', [1_000, 2_000])
  story.came('a', 1_000, 1_010, { id: 'same', outcome: 'failed' })
  story.came('a', 2_000, 2_010, { id: 'same' })
  assert.ok(types(story.judge()).includes('id-shared'))
})

test('an occurrence nobody asked for is unknown, of a known reminder too', () => {
  const story = makeStory()
  story.set('a', [1_000])
  story.came('a', 1_000, 1_010)
  story.came('a', 3_000, 3_010)
  story.came('b', 1_000, 1_010)
  assert.deepEqual(types(story.judge()), ['occurrence-unknown', 'occurrence-unknown'])
})

test('a reminder whose setting was refused must not ring', () => {
  const story = makeStory()
  const text = 'a'
  story.client.push({ type: 'set-asked', at: 0, text, home: null, occurrences: [1_000] })
  story.client.push({ type: 'refused', at: 5, text, what: 'reminders.set', status: 400, code: 'input.invalid' })
  story.came(text, 1_000, 1_010)
  assert.deepEqual(types(story.judge()), ['refused', 'refused-delivered'])
  const listed = { id: 'x', text, next: null, rung: null, state: 'scheduled' }
  assert.deepEqual(types(story.judge({ listed: [listed] })), ['refused', 'refused-listed', 'refused-delivered'])
})

test('one cancelled before it was due must not come, one cancelled about then may', () => {
  const early = makeStory()
  early.set('a', [10_000])
  early.cancelled('a', 1_000)
  early.came('a', 10_000, 10_010)
  assert.deepEqual(types(early.judge()), ['cancelled-delivered'])

  const about = makeStory()
  about.set('a', [10_000])
  about.cancelled('a', 10_100)
  assert.deepEqual(types(about.judge()), [])
  about.came('a', 10_000, 10_010)
  assert.deepEqual(types(about.judge()), [])
})

test('one cancelled long after it was due is owed, unless an outage held it up till then', () => {
  const calm = makeStory()
  calm.set('a', [10_000])
  calm.cancelled('a', 20_000)
  assert.deepEqual(types(calm.judge()), ['occurrence-lost'])

  const heldUp = makeStory()
  heldUp.set('a', [10_000])
  heldUp.outage('server', 9_000, 19_900)
  heldUp.cancelled('a', 20_000)
  assert.deepEqual(types(heldUp.judge()), [])
})

test('a refused cancel is found, save where the reminder had rung out', () => {
  const story = makeStory()
  story.set('a', [1_000])
  story.came('a', 1_000, 1_010)
  story.client.push({ type: 'cancel-asked', at: 900, text: 'a' })
  const refused = { type: 'refused', text: 'a', what: 'reminders.cancel', code: 'reminders.over' } as const
  story.client.push({ ...refused, at: 1_500, status: 409 })
  assert.deepEqual(types(story.judge()), [])
  story.client.push({ ...refused, at: 1_600, status: 404 })
  assert.deepEqual(types(story.judge()), ['refused'])
})

test('a rule set late owes what its answer said is next, and what was due after the answer', () => {
  const story = makeStory()
  story.client.push({ type: 'set-asked', at: 0, text: 'a', home: null, occurrences: [1_000, 2_000, 3_000] })
  const acknowledged = {
    type: 'set-acknowledged',
    text: 'a',
    id: 'id-a',
    tries: 3,
    tookMs: 2_500,
    answeredMs: 5,
  } as const
  story.client.push({ ...acknowledged, at: 2_500, next: 3_000 })
  assert.equal(undelivered(story.client, []).length, 1)
})

test('what clients, killer and receiver saw themselves becomes findings', () => {
  const story = makeStory()
  story.client.push({ type: 'key-broken', at: 0, text: 'a', what: 'replay', detail: 'other bytes' })
  story.client.push({ type: 'misbehaved', at: 0, what: 'still-ready', detail: '200 after 1100 ms' })
  story.receiver.push({ type: 'rejected', at: 0, request: 1, reason: 'no signature fits' })
  assert.deepEqual(types(story.judge()), ['key-broken', 'still-ready', 'delivery-rejected'])
})

test('the ledger of occurrences must say what came', () => {
  const story = makeStory()
  story.set('a', [1_000, 2_000])
  story.came('a', 1_000, 1_010)
  story.came('a', 2_000, 2_010)
  const item = (due: number, rung: boolean) => ({
    occurrence: `${due}`,
    due: new Date(due).toISOString(),
    rungAt: rung ? new Date(due).toISOString() : null,
    late: false,
  })
  const good = new Map([['id-a', [item(1_000, true), item(2_000, true), item(3_000, false)]]])
  assert.deepEqual(types(story.judge({ occurrences: good })), [])
  const missing = new Map([['id-a', [item(1_000, true)]]])
  assert.deepEqual(types(story.judge({ occurrences: missing })), ['occurrence-ledger'])
  const twice = new Map([['id-a', [item(1_000, true), item(1_000, true), item(2_000, true)]]])
  assert.deepEqual(types(story.judge({ occurrences: twice })), ['occurrence-ledger'])
})

test('events stand once, without a gap, and as many rang as came', () => {
  const story = makeStory()
  story.set('a', [1_000])
  story.came('a', 1_000, 1_010)
  const set = { position: '1', actor: 'a', version: 1, type: 'reminder.set' }
  const rang = { position: '2', actor: 'a', version: 2, type: 'reminder.rang' }
  assert.deepEqual(types(story.judge({ events: [set, rang] })), [])
  assert.deepEqual(types(story.judge({ events: [set, { ...rang, version: 3 }] })), ['version-gap'])
  const again = { ...rang, version: 3 }
  assert.deepEqual(types(story.judge({ events: [set, rang, again] })), ['position-doubled', 'events-differ'])
})

test('a view must be what the log leads to, and hold what is listed', () => {
  const story = makeStory()
  story.set('a', [1_000])
  story.came('a', 1_000, 1_010)
  assert.deepEqual(types(story.judge({ view: { rows: 1, different: 0 } })), [])
  assert.deepEqual(types(story.judge({ view: { rows: 2, different: 1 } })), ['view-differs', 'view-size'])
})
