// shows: B2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OwedEffects } from '../src/effects/owed.ts'
import { formatEffectId, inOrder, type EffectRow, type LogWriter } from '../src/ports/log.ts'
import { row } from './running.ts'

const timer = (sequence: number, due: number): EffectRow => ({ ...row(sequence), slot: 0, kind: 'timer', due })

/** A database that owes timers, one each millisecond, and notes how many each question asked for. */
function owing(count: number) {
  const rows = Array.from({ length: count }, (_, index) => timer(index + 1, index + 1))
  const asked: number[] = []
  const writer: Pick<LogWriter, 'owed'> = {
    owed: (_slots, which, after, limit) => {
      if (which !== 'timers') return Promise.resolve([])
      asked.push(limit)
      return Promise.resolve(rows.filter((row) => after === null || inOrder(row, after) > 0).slice(0, limit))
    },
  }
  return { writer, asked }
}

const ring = (owed: OwedEffects, now: number, most: number): readonly number[] =>
  owed.takeDue(now, most).map((row) => {
    owed.forget(row)
    return row.due
  })

test('what is not due soon is read on in small pages, one between two batches, and what is due in large ones', async () => {
  const { writer, asked } = owing(30_000)
  const owed = new OwedEffects(5_000)
  await owed.extend(writer, [0], 0)
  // Before anything is known a large one is read; what it brought lasts for a while.
  assert.deepEqual(asked.splice(0), [2_500, 256])
  const rung: number[] = []
  for (let now = 100; now <= 5_000; now += 100) {
    rung.push(...ring(owed, now, 256))
    await owed.extend(writer, [0], now)
  }
  assert.ok(asked.length >= 10, `${asked.length} pages`)
  assert.deepEqual([...new Set(asked.splice(0))], [256])
  // A clock that jumped: all is due.
  for (let turns = 0; rung.length < 30_000 && turns < 1_000; turns += 1) {
    rung.push(...ring(owed, 40_000, 256))
    await owed.extend(writer, [0], 40_000)
  }
  assert.deepEqual([...new Set(asked)], [2_500])
  assert.deepEqual(
    rung,
    Array.from({ length: 30_000 }, (_, index) => index + 1),
  )
  assert.equal(owed.find({ slot: 0, sequence: 1, ordinal: 0 }), undefined)
})

test('an effect that was added behind the edge comes with a later page', async () => {
  const { writer, asked } = owing(6_000)
  const owed = new OwedEffects(5_000)
  await owed.extend(writer, [0], 0)
  const late = timer(6_000, 6_000)
  owed.wait(late)
  assert.equal(owed.holds(formatEffectId(late)), false)
  for (let now = 100; now <= 4_000; now += 100) {
    ring(owed, now, 256)
    await owed.extend(writer, [0], now)
  }
  assert.equal(owed.holds(formatEffectId(late)), true)
  assert.ok(asked.length > 2)
})
