// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelError } from '../../../src/failure.ts'
import { Running, type Resident } from '../../../src/providers/gguf/running.ts'

interface Told extends Resident {
  isOver: boolean
  isBusy: boolean
}

function resident(usedAt: number, isBusy = false): Told {
  const one: Told = {
    isOver: false,
    isBusy,
    usedAt,
    end: () => {
      one.isOver = true
      return Promise.resolve()
    },
  }
  return one
}

test('where one more would be too many, the one that was asked longest ago goes, and none that is at work', async () => {
  const running = new Running(2)
  const [old, older, next] = [resident(2), resident(1), resident(3)]
  await running.admit(old)
  await running.admit(older)
  await running.admit(older)
  assert.equal(old.isOver || older.isOver, false)
  await running.admit(next)
  assert.deepEqual([old.isOver, older.isOver], [false, true])
  old.isBusy = true
  next.isBusy = true
  const failing = running.admit(resident(4))
  await assert.rejects(failing, (error) => error instanceof ModelError && error.failure.type === 'rate')
  next.isOver = true
  await running.admit(resident(5))
  assert.equal(old.isOver, false)
})
