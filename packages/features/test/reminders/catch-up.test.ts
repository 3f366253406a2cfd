import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tagged } from '@hearth/kernel'
import { formatLocal, HearthError, parseLocal } from '@hearth/protocol'
import { reminder } from '../../src/reminders/actor.ts'
import { statusOf, type Reminder, type ReminderEvent } from '../../src/reminders/events.ts'
import { assertFollowable, firstOf, lateAfterMs, type Occurrence, type Plan } from '../../src/reminders/plan.ts'
import { catchUp, nextOccurrence, occurrencesAfter } from '../../src/reminders/recurrence/index.ts'
import { readRule } from '../recurrence/expand.ts'
import { randomRule, seeded } from '../recurrence/random-rule.ts'

type RulePlan = Extract<Plan, { type: 'rule' }>

const address = { tenant: 'main', home: 'owner', kind: 'reminder', id: 'rem_1' }
const timer = {
  effect: '0',
  kind: 'timer',
  request: null,
  attempt: 1,
  outcome: { type: 'done', value: null },
} as const
const contextAt = (at: number) => ({
  at,
  address,
  hops: 0,
  effect: String,
  reference: () => undefined,
  beside: () => ({ zone: null, quiet: null }),
})

interface Life {
  state: Reminder
  due: number | null
  readonly events: ReminderEvent[]
}

function setAt(plan: Plan): Life {
  const next = firstOf(plan)
  const command = { type: 'set', text: 'x', plan, next } as Tagged
  return lived(
    { state: null as unknown as Reminder, due: null, events: [] },
    reminder.decide(null, command, contextAt(0)),
  )
}

function lived(life: Life, decision: ReturnType<typeof reminder.decide>): Life {
  assert.ok(decision.type === 'accept')
  const events = decision.events as readonly ReminderEvent[]
  const state = events.reduce<unknown>((before, event) => reminder.evolve(before, event), life.state) as Reminder
  return { state, due: decision.asks?.[0]?.due ?? null, events: [...life.events, ...events] }
}

/** The timer is done at once when it is due: everything up to `now` that nobody was there for. */
function wakenAt(life: Life, now: number): Life {
  let woken = life
  for (let settled = 0; woken.due !== null && woken.due <= now; settled += 1) {
    assert.ok(settled < 3000)
    assert.ok(reminder.settle !== undefined)
    woken = lived(woken, reminder.settle(woken.state, timer, contextAt(now)))
  }
  return woken
}

const rings = ({ events }: Life): readonly (readonly [at: number, late: boolean])[] =>
  events.flatMap((event) => (event.type === 'reminder.rang' ? [[event.occurrence.at, event.late] as const] : []))

const rulePlan = (rule: string, start: string, zone: string, catchingUp: Plan['catchUp']): RulePlan => ({
  type: 'rule',
  rule,
  start,
  zone,
  catchUp: catchingUp,
})

test('a rule of odd seconds from 1990 rings once, or not at all, and goes on with what is to come', () => {
  const rule = 'FREQ=SECONDLY;INTERVAL=13;BYDAY=MO;BYSECOND=1,7'
  const now = Date.UTC(2026, 10, 21, 12)
  for (const catchingUp of ['once', 'skip'] as const) {
    const plan = rulePlan(rule, '1990-01-01T00:00:00', 'Europe/Berlin', catchingUp)
    assertFollowable(plan, firstOf(plan), now)
    const life = wakenAt(setAt(plan), now)
    assert.equal(life.events.length, 2)
    assert.deepEqual(rings(life), catchingUp === 'once' ? [[Date.UTC(2026, 10, 16, 22, 58, 1), true]] : [])
    assert.equal(life.state.next?.at, Date.UTC(2026, 10, 22, 23, 3, 1))
  }
})

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'Africa/Casablanca']
const starts = [
  '2026-03-28T22:10:00',
  '2026-10-24T22:10:00',
  '2011-12-29T20:00:00',
  '2025-10-04T23:45:30',
  '1990-01-01T00:00:00',
]

/** A rule, and a time up to which not too many occurrences lie behind it, all of them known one by one. */
function absence(seed: number) {
  const random = seeded(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const text = randomRule(random)
  const zone = pick(zones)
  const near = parseLocal(pick(starts))
  assert.ok(near.type === 'local')
  const start = formatLocal(near.local + Math.floor(random() * 240) * 60_000)
  const query = { rule: readRule(text), start, zone }
  const all: Occurrence[] = []
  let found = nextOccurrence(query)
  for (; found.type === 'occurrence' && all.length < 120; found = nextOccurrence({ ...query, last: all.at(-1) }))
    all.push(found.occurrence)
  const last = all[Math.floor(random() * all.length)]
  const lag = Math.floor(random() * pick([500, 1500, 60_000, 7_200_000]))
  const end = found.type === 'occurrence' ? (all.at(-1)?.at ?? 0) - 1 : Number.POSITIVE_INFINITY
  const now = last === undefined ? 0 : Math.min(last.at + lag, end)
  return { query, text, all, now, name: `seed ${seed}: ${text} from ${start} in ${zone} at ${now}` }
}

const isLong = process.env['HEARTH_TEST_LONG'] !== undefined
const seeds = Array.from({ length: 1200 }, (_, seed) => seed)

test('once, skip and each agree with going through all that was missed, one by one [B2]', () => {
  let missedMost = 0
  for (const { query, text, all, now, name } of seeds.slice(0, isLong ? Infinity : 300).map(absence)) {
    const behind = all.filter((one) => one.at <= now)
    if (behind.length === 0) continue
    const missed = behind.filter((one) => now - one.at > lateAfterMs)
    const fresh = behind.filter((one) => now - one.at <= lateAfterMs).map((one) => [one.at, false] as const)
    const next = all[behind.length] ?? null
    missedMost = Math.max(missedMost, missed.length)
    const expected = {
      once: [...missed.slice(-1).map((one) => [one.at, true] as const), ...fresh],
      skip: fresh,
      each: [...missed.map((one) => [one.at, true] as const), ...fresh],
    }
    for (const catchingUp of ['once', 'skip', 'each'] as const) {
      const plan = rulePlan(text, query.start, query.zone, catchingUp)
      const life = wakenAt(setAt(plan), now)
      assert.deepEqual(rings(life), expected[catchingUp], `${catchingUp}, ${name}`)
      assert.deepEqual(life.state.next, next, `${catchingUp}, ${name}`)
      assert.equal(statusOf(life.state), next === null ? 'rung' : 'scheduled', name)
    }
  }
  assert.ok(missedMost > 100)
})

test('what was missed since 1990 is found with the effort of one decision, or the rule was refused', () => {
  const now = Date.UTC(2026, 10, 21, 12)
  let followed = 0
  for (const seed of seeds) {
    const text = randomRule(seeded(seed))
    const plan = rulePlan(text, '1990-01-01T00:00:00', 'Europe/Berlin', 'once')
    if (!isAccepted(plan, now) || firstOf(plan).at >= now) continue
    followed += 1
    const query = { rule: readRule(text), start: plan.start, zone: plan.zone }
    const found = catchUp(query, firstOf(plan), now)
    assert.ok(found.type === 'caught-up' && found.next.type !== 'spent', `seed ${seed}: ${text}`)
    const { last, next } = found
    assert.ok(last.at < now && (next.type === 'ended' || next.occurrence.at >= now), `seed ${seed}: ${text}`)
    const after = occurrencesAfter({ ...query, last, limit: 1 })
    assert.deepEqual(
      after.type === 'occurrences' && (after.occurrences[0] ?? null),
      next.type === 'occurrence' ? next.occurrence : null,
    )
  }
  assert.ok(followed > 1000, String(followed))
})

function isAccepted(plan: RulePlan, now: number): boolean {
  try {
    assertFollowable(plan, firstOf(plan), now)
    return true
  } catch (error) {
    assert.ok(error instanceof HearthError && ['reminders.never', 'reminders.too-far'].includes(error.code))
    return false
  }
}

test('a next that takes more than one decision to find is searched on, and is rung', () => {
  const rule = 'FREQ=SECONDLY;INTERVAL=86401;BYHOUR=9;BYMINUTE=0;BYSECOND=0'
  let life = setAt(rulePlan(rule, '1990-01-01T09:00:00', 'UTC', 'once'))
  life = wakenAt(life, Date.UTC(1990, 0, 1, 9))
  assert.deepEqual([rings(life).length, statusOf(life.state), life.state.next], [1, 'scheduled', null])
  for (let turns = 0; life.state.next === null && turns < 9; turns += 1) life = wakenAt(life, life.due ?? 0)
  assert.equal(life.due, Date.UTC(1990, 0, 1, 9) + 86_400 * 86_401_000)
  assert.deepEqual([statusOf(life.state), life.state.search], ['scheduled', null])
  life = wakenAt(life, life.due ?? 0)
  assert.equal(rings(life).length, 2)
})

test('what was missed and cannot be told in one decision is neither rung wrongly nor given up', () => {
  const rule = 'FREQ=SECONDLY;INTERVAL=86401;BYHOUR=9;BYMINUTE=0;BYSECOND=0'
  const now = Date.UTC(2100, 0, 1)
  const life = wakenAt(setAt(rulePlan(rule, '1990-01-01T09:00:00', 'UTC', 'once')), now)
  assert.deepEqual(
    life.events.map(({ type }) => type),
    ['reminder.set', 'reminder.sought'],
  )
  assert.deepEqual([statusOf(life.state), life.state.next?.at], ['scheduled', Date.UTC(1990, 0, 1, 9)])
  assert.ok((life.due ?? 0) > now)
})
