import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatLocal, localToInstant, parseLocal } from '@hearth/protocol'
import { nextOccurrence, occurrencesAfter, type Occurrence } from '../../src/reminders/recurrence/index.ts'
import { readRule } from './expand.ts'
import { randomRule, seeded } from './random-rule.ts'

// Each zone with a local time shortly before its clock is changed.
const changes: readonly (readonly [string, string])[] = [
  ['UTC', '2026-01-01T00:00:00'],
  ['Europe/Berlin', '2026-03-28T22:10:00'],
  ['Europe/Berlin', '2026-10-24T22:10:00'],
  ['America/New_York', '2026-03-07T23:20:30'],
  ['America/New_York', '2026-10-31T23:20:30'],
  ['Australia/Lord_Howe', '2025-10-04T23:45:00'],
  ['Australia/Lord_Howe', '2025-04-05T23:45:00'],
  ['Pacific/Apia', '2011-12-29T20:00:00'],
  ['Africa/Casablanca', '2025-02-22T23:00:00'],
  ['Africa/Casablanca', '2025-04-05T23:00:00'],
  ['Asia/Kathmandu', '1985-12-31T22:00:00'],
]
const limit = 40

function series(seed: number) {
  const random = seeded(seed)
  const text = randomRule(random)
  const [zone, near] = changes[Math.floor(random() * changes.length)] ?? ['UTC', '2026-01-01T00:00:00']
  const parsed = parseLocal(near)
  assert.ok(parsed.type === 'local')
  const start = formatLocal(parsed.local + Math.floor(random() * 240) * 60_000)
  const query = { rule: readRule(text), start, zone }
  const answer = occurrencesAfter({ ...query, limit })
  const all = answer.type === 'occurrences' ? answer.occurrences : []
  return { random, query, all, name: `seed ${seed}: ${text} from ${start} in ${zone}` }
}

const seeds = Array.from({ length: 1500 }, (_, seed) => seed)

test('occurrences follow one another, and each is its local time', () => {
  for (const { all, query, name } of seeds.map(series)) {
    for (const [place, one] of all.entries()) {
      const before = all[place - 1]
      assert.ok(
        before === undefined ||
          (one.at > before.at && (one.index ?? -1) > (before.index ?? -1) && one.local > before.local),
        name,
      )
      const local = parseLocal(one.local)
      assert.equal(local.type === 'local' && localToInstant(local.local, query.zone), one.at, name)
      assert.ok(one.local >= query.start, name)
    }
  }
})

test('going on from any occurrence is the same as coming from the start', () => {
  for (const { random, all, query, name } of seeds.map(series)) {
    const place = Math.floor(random() * all.length)
    const last = all[place]
    if (last === undefined) continue
    const rest = occurrencesAfter({ ...query, last: { index: last.index, local: last.local }, limit })
    assert.ok(rest.type === 'occurrences', name)
    assert.deepEqual(rest.occurrences.slice(0, limit - place - 1), all.slice(place + 1), name)
  }
})

test('jumping to any instant gives what comes after it, under the same index', () => {
  for (const { random, all, query, name } of seeds.map(series)) {
    const target = all[Math.floor(random() * all.length)]
    if (target === undefined) continue
    const after = target.at + Math.floor((random() - 0.5) * 7_200_000)
    const expected = all.find((one) => one.at > after)
    const last = all.findLast((one) => one.at < target.at - 86_400_000)
    if (expected === undefined) continue
    assert.deepEqual(found(nextOccurrence({ ...query, after })), expected, name)
    assert.deepEqual(found(nextOccurrence({ ...query, after, last })), expected, name)
  }
})

function found(answer: ReturnType<typeof nextOccurrence>): Occurrence | undefined {
  return answer.type === 'occurrence' ? answer.occurrence : undefined
}
