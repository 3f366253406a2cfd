// shows: B2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf } from '../../src/reminders/input.ts'
import { Life } from './life.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2030, 0, 1)
const nine = start + 9 * hour

const daily = (more: object = {}) => planOf({ rule: 'FREQ=DAILY', start: '2030-01-01T09:00', ...more }, 'UTC', start)

test('weeks of exceptions in a row are taken, when it is set, changed and missed', () => {
  const out = (days: number, from = 2): readonly string[] =>
    Array.from({ length: days }, (_, index) => new Date(start + (from - 1 + index) * day).toISOString().slice(0, 10))
  const set = Life.set(daily({ except: out(365) }), {}, start)
  set.pass(start + 400 * day)
  assert.deepEqual(
    set.rings.slice(0, 2).map(({ at }) => (at - nine) / day),
    [0, 366],
  )
  const changed = Life.set(daily(), {}, start)
  changed.pass(nine)
  assert.equal(changed.tell({ type: 'change', plan: { except: [...out(60)] } }), null)
  assert.equal(changed.state?.next?.at, nine + 61 * day)
  const missed = Life.set(daily({ except: out(300, 3) }), {}, start)
  missed.wake(nine + 200 * day)
  assert.deepEqual(
    missed.events.flatMap((event) => (event.type === 'reminder.rang' ? [(event.occurrence.at - nine) / day] : [])),
    [1],
  )
  assert.equal(missed.state?.next?.at, nine + 302 * day)
})

test('an exception is meant by what the rule says, by what the clock shows, and by the instant', () => {
  const gap = { rule: 'FREQ=DAILY', start: '2030-03-30T02:30', zone: 'Europe/Berlin' }
  for (const except of ['2030-03-31T02:30', '2030-03-31T03:30', '2030-03-31T01:30:00Z', '2030-03-31T03:30:00+02:00']) {
    const life = Life.set(planOf({ ...gap, except: [except] }, 'UTC', start), {}, start)
    life.pass(Date.UTC(2030, 3, 2))
    assert.deepEqual(
      life.rings.map(({ at }) => new Date(at).toISOString().slice(0, 10)),
      ['2030-03-30', '2030-04-01'],
      except,
    )
  }
})

test('exceptions leave out a time or a whole day, and COUNT counts them', () => {
  const life = Life.set(
    daily({ rule: 'FREQ=DAILY;COUNT=6', except: ['2030-01-02', '2030-01-03T09:00', '2030-01-04T10:00'] }),
    {},
    start,
  )
  life.pass(start + 30 * day)
  assert.deepEqual(
    life.rings.map(({ at }) => (at - nine) / day),
    [0, 3, 4, 5],
  )
  const hourly = planOf(
    { rule: 'FREQ=HOURLY', start: '2030-01-01T00:00', except: ['2030-01-01', '2030-01-02'] },
    'UTC',
    start,
  )
  const skipping = Life.set(hourly, {}, start)
  skipping.pass(start + 2 * day)
  assert.deepEqual(
    skipping.rings.map(({ at }) => at - start),
    [2 * day],
  )
})

test('what was missed is caught up with at the last that was not left out', () => {
  const plan = daily({ except: ['2030-01-05', '2030-01-06T09:00', '2030-01-04'] })
  const life = Life.set(plan, {}, start)
  life.wake(nine + 5 * day + hour)
  assert.deepEqual(
    life.events.flatMap((event) => (event.type === 'reminder.rang' ? [event.occurrence.at - nine] : [])),
    [2 * day],
  )
  assert.equal(life.state?.next?.at, nine + 6 * day)
})
