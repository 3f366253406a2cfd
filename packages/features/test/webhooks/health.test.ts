import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Acceptance, Actor, Tagged } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import type { Webhook } from '../../src/webhooks/actor.ts'
import type { FailedAttempt, HealthCommand } from '../../src/webhooks/health.ts'
import { feature } from '../../src/webhooks/feature.ts'
import { createNotes } from '../../src/webhooks/notes.ts'

const hour = 3_600_000
const day = 24 * hour
const webhook: Webhook = { id: 'wh_1', events: ['reminder.rang'], sealed: '', allowPrivate: false }
const [webhooks, health] = feature.actors as readonly [Actor, Actor]
const attemptAt = (at: number, next: number | null = at + 1): FailedAttempt => ({
  at,
  message: `m_${at}`,
  event: 'reminder.rang',
  attempt: 1,
  answer: 'the receiver answered 500',
  ms: 5,
  next,
})
const tried = (attempts: readonly FailedAttempt[], delivered: number | null = null): HealthCommand => ({
  type: 'tried',
  attempts,
  omitted: 0,
  delivered,
})

/** The two actors of one webhook: what the one tells the other is decided too. */
function home() {
  let [all, held]: unknown[] = [[webhook], health.initial]
  const decide = (actor: Actor, state: unknown, command: Tagged, at: number): Acceptance<Tagged> => {
    const address: Address = { tenant: 'main', home: '~tenant', kind: actor.kind, id: 'wh_1' }
    const decision = actor.decide(state, command, { at, address, reference: () => all } as never)
    assert.ok(decision.type === 'accept')
    return decision
  }
  const take = (actor: Actor, command: Tagged, at: number): void => {
    const { events, tells = [] } = decide(actor, actor === health ? held : all, command, at)
    if (actor === health) held = events.reduce((state, event) => health.evolve(state, event), held)
    else all = events.reduce((state, event) => webhooks.evolve(state, event), all)
    for (const { to, command: told } of tells) take(to.kind === 'webhooks' ? webhooks : health, told, at)
  }
  return {
    note: (command: HealthCommand, at: number): void => take(health, command, at),
    change: (change: object, at: number): void =>
      take(webhooks, { type: 'change', id: 'wh_1', change, answer: null } as Tagged, at),
    get webhook() {
      return (all as readonly Webhook[])[0] as Webhook
    },
    get attempts() {
      return (held as { readonly attempts: readonly FailedAttempt[] }).attempts
    },
  }
}

test('a webhook that has failed for five days with nothing delivered is disabled, and not before', () => {
  const one = home()
  for (let at = 0; at < 5 * day; at += 4 * hour) one.note(tried([attemptAt(at)]), at)
  assert.deepEqual([one.webhook.failingSince, one.webhook.disabled], [0, undefined])
  one.note(tried([attemptAt(5 * day)]), 5 * day)
  assert.deepEqual(one.webhook.disabled, {
    at: 5 * day,
    reason: 'nothing was delivered since 1970-01-01T00:00:00.000Z; of the last attempt: the receiver answered 500',
  })
  assert.equal(one.webhook.failingSince, undefined)
})

test('one delivery, or a day and more in which nobody tried, begins the days anew', () => {
  const delivered = home()
  for (let at = 0; at < 3 * day; at += 4 * hour) delivered.note(tried([attemptAt(at)]), at)
  delivered.note({ type: 'delivered', at: 3 * day }, 3 * day)
  assert.equal(delivered.webhook.failingSince, undefined)
  for (let at = 3 * day + hour; at < 8 * day; at += 4 * hour) delivered.note(tried([attemptAt(at)]), at)
  assert.deepEqual([delivered.webhook.failingSince, delivered.webhook.disabled], [3 * day + hour, undefined])

  const seldom = home()
  for (let at = 0; at < 60 * day; at += 2 * day) seldom.note(tried([attemptAt(at)]), at)
  assert.deepEqual([seldom.webhook.failingSince, seldom.webhook.disabled], [58 * day, undefined])
})

test('at another address what failed at the former one does not count', () => {
  const one = home()
  one.note(tried([attemptAt(0)]), 0)
  one.change({ events: ['webhook.disabled'] }, 1)
  assert.equal(one.webhook.failingSince, 0)
  one.change({ sealed: 'another', allowPrivate: true, was: '' }, 2)
  assert.deepEqual([one.webhook.failingSince, one.webhook.sealed], [undefined, 'another'])
  one.note(tried([attemptAt(5)]), 5)
  assert.equal(one.webhook.failingSince, 5)
})

test('what failed before the last delivery that was seen does not make it failing', () => {
  const one = home()
  one.note(tried([attemptAt(10), attemptAt(20)], 30), 40)
  assert.equal(one.webhook.failingSince, undefined)
  one.note(tried([attemptAt(50), attemptAt(60)], 55), 70)
  assert.equal(one.webhook.failingSince, 60)
  // An old delivery that is heard of late.
  one.note({ type: 'delivered', at: 59 }, 80)
  assert.equal(one.webhook.failingSince, 60)
})

test('a delivery that is heard of with what failed before it ends the failing', () => {
  const one = home()
  one.note(tried([attemptAt(10)]), 15)
  assert.equal(one.webhook.failingSince, 10)
  one.note(tried([attemptAt(20)], 30), 40)
  assert.equal(one.webhook.failingSince, undefined)
})

test('a hundred attempts are kept, and none that ended its delivery', () => {
  const one = home()
  for (let at = 0; at < 300; at += 1) one.note(tried([attemptAt(at), attemptAt(at, null)]), at)
  assert.deepEqual(
    one.attempts.map(({ at }) => at),
    Array.from({ length: 100 }, (_, index) => 200 + index),
  )
})

function noting(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1000 * day })
  const noted: { readonly at: number; readonly command: HealthCommand }[] = []
  const notes = createNotes({ note: (_to, command) => void noted.push({ at: Date.now(), command: command as never }) })
  return {
    noted,
    notes,
    pass: (ms: number) => context.mock.timers.tick(ms),
    /** Timers that are set meanwhile count from when they are set, to the second. */
    passSlowly: (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1000) context.mock.timers.tick(1000)
    },
  }
}

test('while all is well nothing is noted', (context) => {
  const { noted, notes, pass } = noting(context)
  for (let count = 0; count < 10_000; count += 1) notes.delivered('main', webhook, Date.now())
  pass(day)
  assert.deepEqual(noted, [])
})

test('a receiver that fails ten times a second for three days costs few rows', (context) => {
  const { noted, notes, pass } = noting(context)
  const begun = Date.now()
  for (let second = 0; second < 3 * 86_400; second += 1) {
    const known = Date.now() - begun > 2000 ? { ...webhook, failingSince: begun } : webhook
    for (let count = 0; count < 10; count += 1) notes.failed('main', known, attemptAt(Date.now()))
    pass(1000)
  }
  assert.ok(noted.length < 600, `${noted.length} rows`)
  assert.deepEqual(
    noted.slice(0, 5).map(({ at }) => at - begun),
    [1000, 3000, 7000, 15_000, 31_000],
  )
  const seen = noted.map(({ command }) => (command.type === 'tried' ? command.attempts.length + command.omitted : 0))
  const last = noted.at(-1)?.at ?? 0
  assert.equal(
    seen.reduce((sum, count) => sum + count, 0),
    (10 * (last - begun)) / 1000,
  )
  for (const { command } of noted) assert.ok(command.type === 'tried' && command.attempts.length <= 20)
})

test('a receiver that fails twice a minute costs no more', (context) => {
  const { noted, notes, passSlowly } = noting(context)
  const begun = Date.now()
  for (let count = 0; count < 3 * 2880; count += 1) {
    notes.failed('main', count === 0 ? webhook : { ...webhook, failingSince: begun }, attemptAt(Date.now()))
    passSlowly(30_000)
  }
  assert.ok(noted.length < 600, `${noted.length} rows`)
})

test('what fails after a quiet time, or anew after it was answered, is noted soon', (context) => {
  const { noted, notes, passSlowly } = noting(context)
  const failing = { ...webhook, failingSince: Date.now() - 2 * hour }
  for (let count = 0; count < 60; count += 1) {
    notes.failed('main', failing, attemptAt(Date.now()))
    passSlowly(60_000)
  }
  notes.delivered('main', failing, Date.now())
  notes.delivered('main', webhook, Date.now())
  // What failed before is noted, and then a minute passes in which nothing does.
  passSlowly(11 * 60_000)
  noted.length = 0
  const begun = Date.now()
  notes.failed('main', webhook, attemptAt(begun))
  passSlowly(1000)
  assert.deepEqual(
    noted.map(({ at }) => at - begun),
    [1000],
  )
})

test('that a failing one was answered is noted once, and again where it stays failing', (context) => {
  const { noted, notes, pass } = noting(context)
  const failing = { ...webhook, failingSince: Date.now() - hour }
  for (let count = 0; count < 100; count += 1) notes.delivered('main', failing, Date.now())
  assert.deepEqual(
    noted.map(({ command }) => command.type),
    ['delivered'],
  )
  pass(5000)
  notes.delivered('main', failing, Date.now())
  assert.equal(noted.length, 2)
  pass(5000)
})
