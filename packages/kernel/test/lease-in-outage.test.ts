import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createManualClock } from '@hearth/testing'
import {
  actor,
  createKernel,
  createMemoryLog,
  createMemoryStore,
  masterKey,
  type EffectKind,
  type Log,
} from '../src/index.ts'

const asks = actor<number, { type: 'ask' }, { type: 'asked' | 'settled' }>({
  kind: 'asker',
  personal: false,
  initial: 0,
  decide: () => ({ type: 'accept', events: [{ type: 'asked' }], asks: [{ kind: 'long', request: null }] }),
  settle: () => ({ type: 'accept', events: [{ type: 'settled' }] }),
  evolve: (count) => count + 1,
})

/** A log that takes no commits while it is told so. */
function refusing(log: Log, isAway: () => boolean): Log {
  return {
    ...log,
    writer: (owner) => {
      const inner = log.writer(owner)
      return {
        ...inner,
        append: (batch) =>
          isAway() ? Promise.resolve({ type: 'unavailable', reason: 'away', trouble: 'full' }) : inner.append(batch),
      }
    },
  }
}

test('a lease that cannot be renewed is over while the lane still waits for its commit, and not before', async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1))
  let away = false
  let started = 0
  let cutAt: number | null = null
  const long: EffectKind = {
    kind: 'long',
    delivery: 'idempotent',
    concurrency: 1,
    timeoutMs: 3_600_000,
    leased: true,
    backoffMs: () => 1_000_000,
    run: (_request, { signal }) => {
      started += 1
      signal.addEventListener('abort', () => (cutAt = clock.elapsed()))
      return new Promise(() => undefined)
    },
  }
  const log = refusing(createMemoryLog(createMemoryStore()), () => away)
  const kernel = createKernel({
    log,
    actors: [asks],
    effects: [long],
    master: masterKey(randomBytes(32)),
    owner: 'one',
    lanes: 1,
    clock,
    onFenced: () => undefined,
  })
  const passes = async (milliseconds: number): Promise<void> => {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      clock.advance(50)
      await new Promise(setImmediate)
    }
  }
  const starting = kernel.start()
  await passes(50)
  await starting
  const address = { tenant: 'main', home: 'h', kind: 'asker', id: 'one' }
  const sent = kernel.submit({
    type: 'command',
    id: 'one',
    address,
    command: { type: 'ask' },
    principal: 'p',
    correlation: 'c',
    key: null,
    bytes: 1,
    present: () => ({ status: 200, body: '' }),
  })
  await passes(500)
  await sent
  assert.equal(started, 1)
  await passes(60_000)
  assert.equal(cutAt, null, 'it is renewed as long as it can be')
  away = true
  const awayFrom = clock.elapsed()
  await passes(15_000)
  assert.equal(kernel.lanes()[0]?.wait?.trouble, 'full')
  assert.equal(cutAt, null, 'its lease is not over')
  await passes(30_000)
  assert.ok(cutAt !== null && cutAt > awayFrom)
  away = false
  await passes(2000)
  assert.equal(kernel.lanes()[0]?.wait, null)
  const stopping = kernel.stop()
  await passes(10_000)
  await stopping
})
