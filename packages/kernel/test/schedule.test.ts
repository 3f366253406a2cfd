import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Schedule } from '../src/effects/schedule.ts'
import { formatEffectId, type EffectRow } from '../src/ports/log.ts'

const row = (due: number, sequence: number): EffectRow => ({
  slot: 1,
  sequence,
  ordinal: 0,
  actor: 1,
  address: { tenant: 'main', home: 'h', kind: 'k', id: 'i' },
  kind: 'timer',
  due,
  attempt: 1,
  person: null,
  request: Buffer.from('null'),
})

const drain = (schedule: Schedule, now: number): number[] => {
  const taken: number[] = []
  for (let next = schedule.takeDue(now); next !== null; next = schedule.takeDue(now)) taken.push(next.due)
  return taken
}

test('timers come in order of due time whatever order they were added in [B2]', () => {
  const schedule = new Schedule(1000)
  schedule.extend([], 10)
  const dues = Array.from({ length: 500 }, (_, index) => (index * 7919) % 997)
  for (const [index, due] of dues.entries()) schedule.add(row(due, index + 1))
  assert.deepEqual(
    drain(schedule, 400),
    dues.filter((due) => due <= 400).sort((a, b) => a - b),
  )
  assert.equal(schedule.takeDue(400), null)
})

test('what lies beyond the edge is left to a later load, and is not held twice', () => {
  const schedule = new Schedule(1000)
  schedule.extend([row(10, 1), row(20, 2)], 2)
  assert.equal(schedule.wantsMore, true)
  schedule.add(row(30, 3))
  schedule.add(row(15, 4))
  assert.equal(schedule.held(formatEffectId(row(30, 3))), undefined)
  schedule.extend([row(30, 3)], 2)
  assert.equal(schedule.wantsMore, false)
  assert.deepEqual(drain(schedule, 100), [10, 15, 20, 30])
})

test('a full schedule forgets the latest, which are loaded again from where the edge went back to', () => {
  const schedule = new Schedule(4)
  schedule.extend([], 4)
  for (let due = 10; due <= 80; due += 10) schedule.add(row(due, due))
  assert.equal(schedule.size, 8)
  schedule.add(row(5, 5))
  assert.equal(schedule.size, 5)
  assert.equal(schedule.held(formatEffectId(row(50, 50))), undefined)
  schedule.add(row(45, 45))
  assert.notEqual(schedule.held(formatEffectId(row(45, 45))), undefined)
  schedule.add(row(60, 61))
  assert.equal(schedule.held(formatEffectId(row(60, 61))), undefined)
  assert.deepEqual(drain(schedule, 45), [5, 10, 20, 30, 40, 45])
  for (const due of [5, 10, 20, 30, 40, 45]) schedule.remove(formatEffectId(row(due, due)))
  assert.equal(schedule.wantsMore, true)
  schedule.extend([row(50, 50), row(60, 60), row(60, 61), row(70, 70)], 4)
  assert.deepEqual(drain(schedule, 60), [50, 60, 60])
})

test('effects under way without end do not pile up in memory, and are all found again', () => {
  const schedule = new Schedule(10)
  schedule.extend([], 10)
  const started = Array.from({ length: 100 }, (_, index) => row(1, index + 1)).filter((one) => schedule.hold(one))
  assert.equal(started.length, 20)
  assert.equal(schedule.wantsMore, false)
  for (const one of started) schedule.remove(formatEffectId(one))
  assert.equal(schedule.wantsMore, true)
  assert.equal(schedule.edge !== null && schedule.edge.sequence < 22, true)
})

test('a removed effect never comes up, and a later attempt replaces the earlier one', () => {
  const schedule = new Schedule(1000)
  schedule.extend([], 10)
  schedule.add(row(5, 1))
  schedule.add(row(6, 2))
  schedule.remove(formatEffectId(row(5, 1)))
  const again = { ...row(9, 2), attempt: 2 }
  schedule.remove(formatEffectId(row(6, 2)))
  schedule.add(again)
  assert.deepEqual(drain(schedule, 100), [9])
  assert.equal(schedule.held(formatEffectId(again))?.attempt, 2)
})

test('a due effect is started past the heap only when no backlog lies before it', () => {
  const schedule = new Schedule(1000)
  assert.equal(schedule.hold(row(1, 1)), false)
  schedule.extend([row(10, 1)], 1)
  assert.equal(schedule.hold(row(11, 2)), false)
  assert.equal(schedule.hold(row(9, 3)), true)
  assert.equal(schedule.takeDue(9), null)
})

test('what is removed long before its time takes no memory until then', () => {
  const schedule = new Schedule(1000)
  schedule.extend([], 10)
  schedule.add(row(1, 1))
  const addAndRemove = (sequence: number): void => {
    const far = row(1_000_000, sequence)
    schedule.add(far)
    schedule.remove(formatEffectId(far))
  }
  for (let sequence = 2; sequence < 2000; sequence += 1) addAndRemove(sequence)
  assert.ok(schedule.entries < 100, `${schedule.entries} entries`)
  assert.deepEqual(drain(schedule, 2_000_000), [1])
})

test('what is read again comes in order, and what is under way is not taken up twice', () => {
  const schedule = new Schedule(1000)
  schedule.extend([row(1, 1), row(5, 2), row(9, 3)], 10)
  assert.equal(schedule.takeDue(1)?.sequence, 1)
  schedule.readAgain()
  assert.equal(schedule.wantsMore, true)
  assert.equal(schedule.takeDue(100), null, 'nothing is known to come first')
  schedule.add(row(7, 4))
  schedule.extend([row(1, 1), row(2, 5), row(5, 2)], 3)
  schedule.extend([row(7, 4), row(9, 3)], 3)
  assert.deepEqual(drain(schedule, 100), [2, 5, 7, 9])
})
