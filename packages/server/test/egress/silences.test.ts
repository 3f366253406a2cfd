import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSilences, type Quiet } from '../../src/egress/silences.ts'

const looked = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))

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
  let at = 0
  const silences = createSilences({ everyMs: 5, now: () => at })
  const [silent, talking, patient, gone, later] = [quiet(100), quiet(100), quiet(Infinity), quiet(100), quiet(300)]
  const [first, ...others] = [silent, talking, patient, gone, later].map((one) => silences.watch(one))
  others[2]?.()
  others[2]?.()
  for (at = 50; at < 200; at += 50) {
    talking.hasStirred = true
    await looked()
  }
  const lates = (): readonly number[] => [silent, talking, patient, gone, later].map((one) => one.lates)
  assert.deepEqual(lates(), [1, 0, 0, 0, 0])
  assert.equal(talking.hasStirred, false)
  at = 1_000_000
  await looked()
  assert.deepEqual(lates(), [1, 1, 0, 0, 1])
  first?.()
  others[1]?.()
  const again = quiet(10)
  silences.watch(again)
  at += 10
  await looked()
  assert.equal(again.lates, 1)
})
