// shows: A13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { databaseProgress } from '../../src/store/progress.ts'

/** A database whose questions are answered when the test says so. */
function slowly() {
  const asked: {
    readonly slots: readonly number[]
    readonly answer: (sequence: number) => void
    readonly fail: () => void
  }[] = []
  const progress = databaseProgress(
    {
      progress: (slots) =>
        new Promise((resolve, reject) => {
          asked.push({
            slots,
            answer: (sequence) => resolve(new Map(slots.map((slot) => [slot, sequence]))),
            fail: () => reject(new Error('away')),
          })
        }),
    },
    () => new Map(),
  )
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
  return { asked, progress, turn }
}

test('who asks at once is answered by one question, who comes after it by the next, never by one before', async () => {
  const { asked, progress, turn } = slowly()
  const first = [progress.reached('log', [1]), progress.reached('log', [2, 1])]
  await turn()
  assert.deepEqual(
    asked.map(({ slots }) => slots),
    [[1, 2]],
  )
  const later = [progress.reached('log', [3]), progress.reached('log', [1])]
  await turn()
  assert.equal(asked.length, 1, 'the next question waits for this one')
  asked[0]?.answer(7)
  assert.deepEqual(
    (await Promise.all(first)).map((each) => each.get(1)),
    [7, 7],
  )
  await turn()
  assert.deepEqual(
    asked.map(({ slots }) => slots),
    [
      [1, 2],
      [3, 1],
    ],
  )
  asked[1]?.answer(9)
  assert.deepEqual(
    (await Promise.all(later)).map((each) => each.get(3)),
    [9, 9],
  )
})

test('a question that fails fails those who asked it, and no others', async () => {
  const { asked, progress, turn } = slowly()
  const failing = progress.reached('log', [1])
  await turn()
  const next = progress.reached('log', [1])
  asked[0]?.fail()
  await assert.rejects(failing, /away/)
  await turn()
  asked[1]?.answer(3)
  assert.equal((await next).get(1), 3)
})
