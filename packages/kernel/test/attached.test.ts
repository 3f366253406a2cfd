import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '@hearth/protocol'
import type { Attempt } from '../src/index.ts'
import { never, row, running, until } from './running.ts'

const attachment = { kind: 'call', address: row(1).address, request: null }

test('an attached call comes before what waits, and its end goes to whoever waits for it alone', async () => {
  const order: Json[] = []
  const ends: (() => void)[] = []
  const { runner, results } = running({
    concurrency: 1,
    run: (request) =>
      new Promise((resolve) => {
        order.push(request)
        ends.push(() => resolve({ type: 'done', value: request }))
      }),
  })
  for (const sequence of [1, 2, 3]) runner.start(row(sequence), () => `owed ${sequence}`)
  const attached = runner.attach({ ...attachment, request: 'attached' })
  for (const count of [1, 2, 3, 4]) {
    await until(() => ends.length === count)
    ends[count - 1]?.()
  }
  assert.deepEqual(await attached, { type: 'done', value: 'attached' })
  await until(() => results.length === 3)
  assert.deepEqual(order, ['owed 1', 'attached', 'owed 2', 'owed 3'])
})

test('an attached call tells its caller how it goes, and after its end nothing; what is owed has nobody to tell', async () => {
  const told: Json[] = []
  const parts: (Attempt['part'] | null)[] = []
  const { runner } = running({
    concurrency: 1,
    run: async (request, { part }) => {
      parts.push(part)
      part?.({ type: 'text-delta', text: 'one' })
      await Promise.resolve()
      part?.({ type: 'text-delta', text: 'two' })
      return { type: 'done', value: request }
    },
  })
  await runner.attach({ ...attachment, part: ({ text }) => void told.push(text ?? null) })
  parts[0]?.({ type: 'text-delta', text: 'late' })
  assert.deepEqual(told, ['one', 'two'])
  runner.start(row(1), () => null)
  await until(() => parts.length === 2)
  assert.equal(parts[1], undefined)
})

test('an attached call whose caller has left is cut, or not made at all', async () => {
  const made: Json[] = []
  const { runner } = running({
    concurrency: 1,
    run: (request) => {
      made.push(request)
      return never()
    },
  })
  const leaves = [new AbortController(), new AbortController()]
  const calls = leaves.map(({ signal }, index) => runner.attach({ ...attachment, request: index, signal }))
  await until(() => made.length === 1)
  leaves[1]?.abort()
  leaves[0]?.abort()
  assert.deepEqual(
    (await Promise.all(calls)).map(({ type }) => type),
    ['unknown', 'unknown'],
  )
  await until(() => runner.counts().get('call') === 0)
  assert.deepEqual(made, [0])
})

test('an attached call ends with its server: cut where it ran, refused where it had not begun', async () => {
  const { runner } = running({ concurrency: 1, run: () => never() }, 10)
  const calls = [runner.attach(attachment), runner.attach(attachment)]
  await until(() => runner.counts().get('call') === 2)
  await runner.stop()
  assert.deepEqual(
    (await Promise.all(calls)).map(({ type }) => type),
    ['unknown', 'retryable'],
  )
  assert.equal((await runner.attach(attachment)).type, 'retryable')
})

test('what an attached call leaves to be done holds up no caller and no other call, and a stop waits for it', async () => {
  const rest = Promise.withResolvers<void>()
  const { runner } = running({
    concurrency: 1,
    run: (request) => Promise.resolve({ type: 'done', value: request, rest: rest.promise }),
  })
  const ends = await Promise.all([runner.attach(attachment), runner.attach(attachment)])
  assert.deepEqual(
    ends.map(({ type }) => type),
    ['done', 'done'],
  )
  assert.equal(runner.counts().get('call'), 0)
  let isStopped = false
  const stopped = runner.stop().then(() => void (isStopped = true))
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  assert.equal(isStopped, false)
  rest.resolve()
  await stopped
})

test('what an attached call leaves to be done and never ends holds up a stop for its grace alone', async () => {
  const { runner } = running({ run: () => Promise.resolve({ type: 'done', value: null, rest: never() }) }, 10)
  await runner.attach(attachment)
  await runner.stop()
})
