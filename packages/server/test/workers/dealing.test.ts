import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDealing } from '../../src/workers/dealing.ts'
import type { WorkerHandle } from '../../src/workers/worker-handle.ts'

// Workers that are only asked: what they answer, and when, is said by the test.

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const log = { ...silent, fatal: () => undefined, isLevelEnabled: () => false }

interface Acted extends WorkerHandle {
  /** Its next `take` waits until this is called. */
  takesSlowly(): () => void
  /** The same, and then it has ended. */
  losesWhatItTakes(): () => void
  end(): void
}

function worker(id: string): Acted {
  const exited = Promise.withResolvers<void>()
  let isAlive = true
  let slow: Promise<void> | null = null
  const end = (): void => {
    isAlive = false
    exited.resolve()
  }
  return {
    id,
    pid: 0,
    port: 0,
    ask: (async (word: string) => {
      if (word === 'take') await slow
      return null
    }) as WorkerHandle['ask'],
    exited: exited.promise,
    isAlive: () => isAlive,
    kill: () => undefined,
    takesSlowly: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      slow = promise
      return resolve
    },
    losesWhatItTakes: () => {
      const { promise, reject } = Promise.withResolvers<void>()
      slow = promise
      return () => {
        end()
        reject(new Error('it has ended'))
      }
    },
    end,
  }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('shares are settled when none is on its way, so that they can be evened out then', async () => {
  const [one, other, next] = [worker('one'), worker('other'), worker('next')]
  const dealing = createDealing(2, log)
  for (const each of [one, other]) dealing.join(each)
  await dealing.settle()
  assert.deepEqual([dealing.sharesOf(one).length, dealing.sharesOf(other).length], [1, 1])
  const go = one.takesSlowly()
  other.end()
  const first = dealing.settle()
  await turns()
  // Who takes the place of the lost one is there before the first has taken its share.
  dealing.join(next)
  let isSettled = false
  const second = dealing.settle().then(() => (isSettled = true))
  await turns()
  assert.equal(isSettled, false)
  go()
  await Promise.all([first, second])
  assert.equal(dealing.sharesOf(one).length, 2)
  await dealing.move(0, next)
  assert.deepEqual([dealing.sharesOf(one), dealing.sharesOf(next)], [[1], [0]])
})

test('a share that is on its way is waited for by whoever would move it', async () => {
  const [one, other] = [worker('one'), worker('other')]
  const dealing = createDealing(2, log)
  for (const each of [one, other]) dealing.join(each)
  await dealing.settle()
  const [share] = dealing.sharesOf(one)
  assert.ok(share !== undefined)
  const go = other.takesSlowly()
  const moves = [dealing.move(share, other), dealing.move(share, other)]
  let over = 0
  for (const move of moves) void move.then(() => (over += 1))
  await turns()
  assert.equal(over, 0)
  go()
  await Promise.all(moves)
  assert.equal(dealing.isOwner(other, share), true)
})

test('a share whose next owner is lost on the way is settled when another has it', async () => {
  const [one, other, next] = [worker('one'), worker('other'), worker('next')]
  const dealing = createDealing(2, log)
  for (const each of [one, other]) dealing.join(each)
  await dealing.settle()
  const [share] = dealing.sharesOf(one)
  assert.ok(share !== undefined)
  const lose = other.losesWhatItTakes()
  const moving = dealing.move(share, other).catch(() => undefined)
  await turns()
  dealing.join(next)
  const settling = dealing.settle()
  lose()
  await settling
  assert.equal(dealing.isOwner(other, share), false)
  assert.equal([one, next].filter((each) => dealing.isOwner(each, share)).length, 1)
  await moving
})
