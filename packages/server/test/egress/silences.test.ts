import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSilences, type Quiet } from '../../src/egress/silences.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function quiet(mostMs: number): Quiet & { lates: number } {
  return {
    mostMs,
    hasStirred: false,
    lates: 0,
    late() {
      this.lates += 1
    },
  }
}

test('what is silent for too long is told once; what stirs, may take its time, or is taken away, never', async () => {
  const silences = createSilences({ everyMs: 5 })
  const [silent, talking, patient, gone] = [quiet(150), quiet(150), quiet(Infinity), quiet(150)]
  const [first, ...others] = [silent, talking, patient, gone].map((one) => silences.watch(one))
  others[2]?.()
  others[2]?.()
  while (silent.lates === 0) {
    talking.hasStirred = true
    await pause(1)
  }
  const lates = (): readonly number[] => [silent, talking, patient, gone].map((one) => one.lates)
  assert.deepEqual(lates(), [1, 0, 0, 0])
  while (talking.lates === 0) await pause(1)
  assert.deepEqual(lates(), [1, 1, 0, 0])
  first?.()
  others[0]?.()
  others[1]?.()
  // Nothing is looked after any more; then something is.
  await pause(20)
  const again = quiet(60)
  silences.watch(again)
  while (again.lates === 0) await pause(1)
})

test('where the process stood still nobody is called silent for that', async () => {
  let at = 0
  const silences = createSilences({ everyMs: 5, now: () => at })
  const one = quiet(300)
  silences.watch(one)
  await pause(30)
  at = 1_000_000
  await pause(30)
  assert.equal(one.lates, 0)
  while (one.lates === 0) {
    at += 10
    await pause(6)
  }
})
