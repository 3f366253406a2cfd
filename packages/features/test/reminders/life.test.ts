// shows: B2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReminderCommand } from '../../src/reminders/deciding.ts'
import type { Manner } from '../../src/reminders/events.ts'
import { planOf } from '../../src/reminders/input.ts'
import { seeded } from '../recurrence/random-rule.ts'
import { Life, type Rung } from './life.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const start = Date.UTC(2030, 0, 1)
const nine = start + 9 * hour

const once = () => planOf({ at: '2030-01-01T09:00:00Z' }, 'UTC', start)
const daily = (more: object = {}) => planOf({ rule: 'FREQ=DAILY', start: '2030-01-01T09:00', ...more }, 'UTC', start)
const nagging: Manner = { nag: { everyMs: 10 * minute, times: 3 } }
const times = (rings: readonly Rung[]): readonly (readonly [what: string, minutes: number])[] =>
  rings.map(({ at, what }) => [what, (at - nine) / minute])

test('it nags until it is done, so often and no oftener [B2]', () => {
  const life = Life.set(once(), nagging, start)
  life.pass(start + 2 * day)
  assert.deepEqual(times(life.rings), [
    ['rang', 0],
    ['nag', 10],
    ['nag', 20],
    ['nag', 30],
  ])
  assert.equal(life.status, 'rung')
  const attended = Life.set(once(), nagging, start)
  attended.pass(nine + 15 * minute)
  assert.equal(attended.tell({ type: 'done' }), null)
  assert.equal(attended.tell({ type: 'done' }), null)
  attended.pass(start + 2 * day)
  assert.deepEqual(times(attended.rings), [
    ['rang', 0],
    ['nag', 10],
  ])
  assert.equal(attended.status, 'done')
  assert.deepEqual(
    [attended.tell({ type: 'snooze', until: { forMs: hour } }), attended.tell({ type: 'cancel' })],
    ['reminders.over', 'reminders.over'],
  )
})

test('what recurs and is done goes on, and nags at each occurrence', () => {
  const life = Life.set(daily(), nagging, start)
  life.pass(nine + 5 * minute)
  life.tell({ type: 'done' })
  assert.equal(life.status, 'scheduled')
  life.tell({ type: 'done' })
  life.pass(nine + day + 5 * minute)
  life.tell({ type: 'done' })
  life.pass(nine + day + 2 * hour)
  assert.deepEqual(times(life.rings), [
    ['rang', 0],
    ['rang', 1440],
  ])
  life.tell({ type: 'done', next: true })
  life.pass(nine + 3 * day)
  assert.deepEqual(times(life.rings).slice(2), [['rang', 3 * 1440]])
})

test('a new occurrence takes the place of what is still open of the one before', () => {
  const life = Life.set(
    planOf({ rule: 'FREQ=MINUTELY;INTERVAL=15;COUNT=3', start: '2030-01-01T09:00' }, 'UTC', start),
    nagging,
    start,
  )
  life.pass(nine + 2 * hour)
  assert.deepEqual(times(life.rings), [
    ['rang', 0],
    ['nag', 10],
    ['rang', 15],
    ['nag', 25],
    ['rang', 30],
    ['nag', 40],
    ['nag', 50],
    ['nag', 60],
  ])
  assert.equal(life.status, 'rung')
  life.tell({ type: 'done' })
  assert.equal(life.status, 'done')
})

test('what rang can be put off, and nags again from there', () => {
  const life = Life.set(once(), nagging, start)
  life.pass(nine + minute)
  assert.equal(life.tell({ type: 'snooze', until: { forMs: hour } }), null)
  assert.equal(life.status, 'snoozed')
  life.pass(nine + 70 * minute)
  assert.equal(life.tell({ type: 'snooze', until: nine + 3 * hour }), null)
  life.pass(start + 2 * day)
  assert.deepEqual(times(life.rings), [
    ['rang', 0],
    ['snooze', 61],
    ['snooze', 180],
    ['nag', 190],
  ])
})

test('what has not rung yet can be put off: it rings then, and what follows comes at its own time', () => {
  const life = Life.set(daily(), {}, start)
  assert.equal(life.tell({ type: 'snooze', until: nine + hour }), null)
  assert.equal(life.status, 'snoozed')
  life.pass(nine + day)
  assert.deepEqual(times(life.rings), [
    ['snooze', 60],
    ['rang', 1440],
  ])
  const single = Life.set(once(), {}, start)
  single.tell({ type: 'snooze', until: nine - hour })
  single.pass(start + day)
  assert.deepEqual(times(single.rings), [['snooze', -60]])
  assert.equal(single.status, 'rung')
})

test('an occurrence that comes while another is put off takes its place', () => {
  const life = Life.set(daily(), {}, start)
  life.pass(nine)
  life.tell({ type: 'snooze', until: { forMs: 2 * day } })
  life.pass(nine + 2 * day)
  assert.deepEqual(times(life.rings), [
    ['rang', 0],
    ['rang', 1440],
    ['rang', 2880],
  ])
})

test('it is held back in quiet hours, rings when they end, late, and once for all that came meanwhile', () => {
  const quiet = { from: 8 * 60, to: 10 * 60, zone: 'UTC' }
  const life = Life.set(once(), nagging, start)
  life.quiet = quiet
  life.pass(nine)
  assert.equal(life.status, 'scheduled')
  life.pass(start + day)
  assert.deepEqual(times(life.rings), [
    ['rang', 60],
    ['nag', 70],
    ['nag', 80],
    ['nag', 90],
  ])
  assert.equal(life.rings[0]?.late, true)
  const many = Life.set(
    planOf({ rule: 'FREQ=MINUTELY;INTERVAL=20', start: '2030-01-01T09:00' }, 'UTC', start),
    {},
    start,
  )
  many.quiet = quiet
  many.pass(nine + hour + minute)
  assert.deepEqual(times(many.rings), [['rang', 60]])
  assert.deepEqual(
    many.events.flatMap((event) => (event.type === 'reminder.rang' ? [event.covers] : [])),
    [3],
  )
})

test('what is urgent, and what somebody put off to a time of theirs, rings in quiet hours too', () => {
  const quiet = { from: 8 * 60, to: 12 * 60, zone: 'UTC' }
  const life = Life.set(once(), { urgent: true, ...nagging }, start)
  life.quiet = quiet
  life.pass(nine + 15 * minute)
  assert.deepEqual(times(life.rings), [
    ['rang', 0],
    ['nag', 10],
  ])
  const snoozed = Life.set(once(), {}, start)
  snoozed.pass(nine)
  snoozed.quiet = quiet
  snoozed.tell({ type: 'snooze', until: { forMs: hour } })
  snoozed.pass(start + day)
  assert.deepEqual(times(snoozed.rings), [
    ['rang', 0],
    ['snooze', 60],
  ])
})

test('a nag that would come in quiet hours waits for their end, also where they were said after it', () => {
  const before = Life.set(once(), nagging, start)
  before.quiet = { from: 9 * 60 + 5, to: 10 * 60, zone: 'UTC' }
  before.pass(nine + 65 * minute)
  assert.deepEqual(times(before.rings), [
    ['rang', 0],
    ['nag', 60],
  ])
  const later = Life.set(once(), nagging, start)
  later.pass(nine)
  later.quiet = { from: 9 * 60 + 5, to: 10 * 60, zone: 'UTC' }
  later.pass(nine + 65 * minute)
  assert.deepEqual(times(later.rings), [
    ['rang', 0],
    ['nag', 60],
  ])
})

test('what is changed counts from now on, and what has rung does not ring again', () => {
  const life = Life.set(daily(), {}, start)
  life.pass(nine + hour)
  assert.equal(life.tell({ type: 'change', plan: { start: '2030-01-01T08:00' } }), null)
  life.pass(nine + day)
  assert.deepEqual(times(life.rings), [
    ['rang', 0],
    ['rang', 1440 - 60],
  ])
  assert.equal(life.tell({ type: 'change', plan: { zone: 'America/New_York' } }), null)
  assert.equal(life.state?.next?.at, start + day + 13 * hour)
  assert.equal(life.tell({ type: 'change', text: 'y', nag: { everyMs: hour, times: 1 } }), null)
  assert.equal(life.state?.next?.at, start + day + 13 * hour)
  assert.deepEqual([life.state?.text, life.state?.nag], ['y', { everyMs: hour, times: 1 }])
  assert.equal(life.tell({ type: 'change', nag: null }), null)
  assert.equal(life.state?.nag, undefined)
  assert.equal(life.tell({ type: 'change', plan: { rule: 'FREQ=DAILY;COUNT=1' } }), 'reminders.never')
  assert.equal(life.tell({ type: 'change', plan: { rule: 'nonsense' } }), 'input.invalid')
  assert.equal(life.tell({ type: 'change', plan: { at: '2030-01-05T09:00' } }), null)
  assert.deepEqual(life.state?.plan.type, 'once')
  assert.equal(life.tell({ type: 'change', plan: { except: ['2030-01-05'] } }), 'input.invalid')
})

test('what has rung, or is done, rings anew where it is given a time; what was cancelled stays so', () => {
  const life = Life.set(once(), nagging, start)
  life.pass(nine + minute)
  assert.equal(life.tell({ type: 'change', plan: { at: '2030-01-01T12:00' } }), null)
  assert.equal(life.status, 'scheduled')
  life.pass(start + day)
  assert.deepEqual(times(life.rings).slice(0, 2), [
    ['rang', 0],
    ['rang', 180],
  ])
  life.tell({ type: 'done' })
  assert.equal(life.tell({ type: 'change', plan: { at: '2030-02-01T12:00' } }), null)
  assert.equal(life.status, 'scheduled')
  life.tell({ type: 'cancel' })
  for (const command of [{ type: 'change', text: 'y' }, { type: 'snooze', until: 0 }, { type: 'done' }] as const)
    assert.equal(life.tell(command), 'reminders.over')
})

test('what has rung does not ring again because something else of its plan is changed', () => {
  for (const plan of [
    { catchUp: 'skip' },
    { zone: 'UTC' },
    { zone: 'Asia/Tokyo' },
    { zone: 'America/New_York' },
  ] as const) {
    const rung = Life.set(once(), {}, start)
    rung.pass(nine + minute)
    assert.equal(rung.tell({ type: 'change', plan }), null)
    assert.equal(rung.status, 'rung')
    rung.tell({ type: 'done' })
    assert.equal(rung.tell({ type: 'change', plan }), null)
    assert.equal(rung.status, 'done')
    rung.pass(start + 30 * day)
    assert.equal(rung.rings.length, 1, JSON.stringify(plan))
  }
  const series = Life.set(daily({ rule: 'FREQ=DAILY;COUNT=1' }), {}, start)
  series.pass(nine + minute)
  series.tell({ type: 'done' })
  assert.equal(series.tell({ type: 'change', plan: { catchUp: 'each' } }), null)
  assert.equal(series.status, 'done')
})

test('what was put off or is held back rings although the plan is changed meanwhile', () => {
  const snoozed = Life.set(daily(), {}, start)
  snoozed.pass(nine)
  snoozed.tell({ type: 'snooze', until: { forMs: hour } })
  snoozed.tell({ type: 'change', plan: { except: ['2030-01-09'] } })
  snoozed.tell({ type: 'change', plan: { rule: 'FREQ=DAILY;INTERVAL=2' } })
  snoozed.pass(nine + 2 * hour)
  assert.deepEqual(times(snoozed.rings), [
    ['rang', 0],
    ['snooze', 60],
  ])
  const held = Life.set(daily(), {}, start)
  held.quiet = { from: 8 * 60, to: 10 * 60, zone: 'UTC' }
  held.pass(nine)
  held.tell({ type: 'change', plan: { catchUp: 'skip' } })
  held.tell({ type: 'change', plan: { start: '2030-01-01T08:30' } })
  held.pass(nine + 2 * hour)
  assert.deepEqual(times(held.rings), [['rang', 60]])
  const before = Life.set(daily(), {}, start)
  before.tell({ type: 'snooze', until: nine + hour })
  before.tell({ type: 'change', plan: { except: ['2030-01-09'] } })
  before.pass(nine + day)
  assert.deepEqual(times(before.rings), [
    ['snooze', 60],
    ['rang', 1440],
  ])
})

test('what was put off before it rang is covered by the one that comes first', () => {
  const life = Life.set(planOf({ rule: 'FREQ=HOURLY', start: '2030-01-01T09:00' }, 'UTC', start), {}, start)
  life.tell({ type: 'snooze', until: nine + 90 * minute })
  life.pass(nine + hour)
  const [rang] = life.events.flatMap((event) => (event.type === 'reminder.rang' ? [event] : []))
  assert.deepEqual([rang?.occurrence.at, rang?.covers], [nine + hour, 1])
})

test('an urgent one is let go at once, a nag begins for what has rung, and the next may be done while one is open', () => {
  const held = Life.set(once(), {}, start)
  held.quiet = { from: 8 * 60, to: 20 * 60, zone: 'UTC' }
  held.pass(nine + minute)
  held.tell({ type: 'change', urgent: true })
  held.pass(nine + minute)
  assert.deepEqual(times(held.rings), [['rang', 1]])
  const nagged = Life.set(once(), {}, start)
  nagged.pass(nine + minute)
  nagged.tell({ type: 'change', nag: { everyMs: 10 * minute, times: 2 } })
  nagged.pass(nine + 2 * hour)
  assert.deepEqual(times(nagged.rings), [
    ['rang', 0],
    ['nag', 11],
    ['nag', 21],
  ])
  const series = Life.set(daily(), nagging, start)
  series.pass(nine + minute)
  series.tell({ type: 'done', next: true })
  series.pass(nine + 2 * day)
  assert.deepEqual(times(series.rings), [
    ['rang', 0],
    ['rang', 2880],
  ])
})

test('whatever is done to it, it knows its timers, never rings after its end, and always before it', () => {
  const plans = [once, daily, () => daily({ rule: 'FREQ=HOURLY;COUNT=40', except: ['2030-01-02'] })]
  let [rings, refusals] = [0, 0]
  for (let seed = 1; seed <= 3000; seed += 1) {
    const random = seeded(seed)
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
    const life = Life.set(
      pick(plans)(),
      pick<Manner>([{}, nagging, { urgent: true }, { ...nagging, urgent: true }]),
      start,
    )
    for (let step = 0; step < 30; step += 1) {
      if (random() < 0.1)
        life.quiet = pick([null, { from: 0, to: 600, zone: 'UTC' }, { from: 1300, to: 420, zone: 'Asia/Tokyo' }])
      const command = pick<ReminderCommand | null>([
        null,
        null,
        null,
        { type: 'snooze', until: { forMs: pick([minute, hour, day]) } },
        { type: 'done' },
        { type: 'done', next: true },
        { type: 'change', text: 'y', nag: pick([null, { everyMs: 10 * minute, times: 3 }]) },
        {
          type: 'change',
          plan: pick([
            { zone: 'Asia/Tokyo' },
            { at: '2030-01-03T07:00' },
            { rule: 'FREQ=DAILY', start: '2030-01-02T06:00' },
          ]),
        },
        random() < 0.1 ? { type: 'cancel' } : null,
      ])
      if (command !== null && life.tell(command) !== null) refusals += 1
      if (random() < 0.5) life.pass(life.now + Math.floor(random() * day))
      else life.wake(life.now + Math.floor(random() * 2 * day))
      assert.ok(life.status !== 'cancelled' || life.timers.size === 0, `seed ${seed}`)
      assert.ok(life.status !== 'snoozed' || life.timers.size > 0, `seed ${seed}`)
      assert.ok(life.status !== 'scheduled' || life.timers.size > 0, `seed ${seed}`)
      assert.ok(
        [...life.timers.values()].every((due) => due > life.now),
        `seed ${seed}: what is due has rung`,
      )
    }
    rings += life.rings.length
  }
  assert.ok(rings > 10_000 && refusals > 100, `${rings} ${refusals}`)
})
