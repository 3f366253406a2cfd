// shows: A13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { View } from '@hearth/kernel'
import type { Reader } from '@hearth/features'
import { createManualClock } from '@hearth/testing'
import { createCatchingUp } from '../../src/store/catching-up.ts'
import type { Progress } from '../../src/store/progress.ts'
import { isHearthError } from '../doors/is-hearth-error.ts'

const view = (name: string): View => ({ name, version: 1, columns: {}, project: () => [] })
const trailing = view('trailing')
const inline = view('inline')

/** Stands where the test says. */
function standing() {
  const places = new Map<'log' | View, number>([
    ['log', 5],
    [trailing, 3],
  ])
  let asked = 0
  const progress: Progress = {
    trails: (each) => each === trailing,
    reached: (of, slots) => {
      asked += 1
      return Promise.resolve(new Map(slots.map((slot) => [slot, places.get(of) ?? 0])))
    },
  }
  const rows: Reader['rows'] = () => Promise.resolve([{ key: String(places.get(trailing)), home: 'h' }])
  const reader = { rows, sum: () => Promise.resolve([places.get(trailing) ?? 0]) } as unknown as Reader
  return { places, progress, reader, asked: () => asked }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}
const query = { tenant: 'main', limit: 1 }

test('what is there already is not waited for', async () => {
  const { progress } = standing()
  await using catchingUp = createCatchingUp(progress)
  await catchingUp.wait('log', [
    { slot: 1, sequence: 5 },
    { slot: 2, sequence: 0 },
  ])
})

test('a read waits for the view that trails, and for no other', async () => {
  const clock = createManualClock()
  const { places, progress, reader } = standing()
  await using catchingUp = createCatchingUp(progress, { clock })
  const after = catchingUp.after([{ slot: 1, sequence: 4 }], reader)
  assert.equal((await after.rows(inline, query))[0]?.key, '3')
  const waiting = Promise.all([after.rows(trailing, query), after.sum(trailing, 'main', ['a'])])
  await turns()
  clock.advance(100)
  await turns()
  places.set(trailing, 4)
  clock.advance(100)
  const [rows, sums] = await waiting
  assert.deepEqual([rows[0]?.key, sums], ['4', [4]])
})

test('many who wait cost one question at a time, and wait no longer than they may', async () => {
  const clock = createManualClock()
  const { progress, asked } = standing()
  await using catchingUp = createCatchingUp(progress, { clock, patienceMs: 100, pauseMs: 20, mostWaiting: 50 })
  const waits = Array.from({ length: 50 }, (_, slot) => catchingUp.wait('log', [{ slot, sequence: 6 }]))
  const ended = Promise.allSettled(waits)
  await assert.rejects(catchingUp.wait('log', [{ slot: 1, sequence: 6 }]), isHearthError('read.behind'))
  for (let step = 0; step < 5; step += 1) {
    await turns()
    clock.advance(20)
  }
  for (const end of await ended) assert.equal(end.status === 'rejected' && end.reason.code, 'read.behind')
  assert.equal(asked(), 6)
  await catchingUp.wait('log', [{ slot: 1, sequence: 5 }])
})

test('who waits for a database that cannot be asked is told so', async () => {
  const { progress } = standing()
  const gone = new Error('gone')
  await using catchingUp = createCatchingUp({ ...progress, reached: () => Promise.reject(gone) })
  await assert.rejects(catchingUp.wait('log', [{ slot: 1, sequence: 1 }]), gone)
})
