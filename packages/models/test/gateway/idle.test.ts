import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'node:test'
import { createIdle } from '../../src/gateway/idle.ts'

test('what is silent for so long is heard of once, and never while it is we who do not read', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let late = 0
  const idle = createIdle(10, () => {
    late += 1
    resolve()
  })
  idle.hold()
  await pause(60)
  assert.equal(late, 0)
  idle.heard()
  await promise
  await pause(30)
  assert.equal(late, 1)
  idle.end()
})
