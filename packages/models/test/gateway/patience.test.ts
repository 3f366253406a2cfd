// shows: A3
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headOfStream, headOfWhole } from '../../src/gateway/patience.ts'
import { createHealth } from '../../src/health/index.ts'

test('the head of a stream is waited for by what its place usually takes, and never less than ten seconds', () => {
  assert.equal(headOfStream({ firstTokenMs: 300 }, 0), 10_000)
  assert.equal(headOfStream({ firstTokenMs: 4000 }, 0), 32_000)
  assert.equal(headOfStream({ firstTokenMs: 300 }, 100_000), 60_000)
  assert.equal(headOfStream({}, 0), 60_000)
})

test('an answer that comes whole is waited for by its length and the speed of its place, where both are known', () => {
  assert.equal(headOfWhole({ tokensPerSecond: 50 }, 0, 1000), 60_000)
  assert.equal(headOfWhole({ tokensPerSecond: 500, wholeMs: 200 }, 0, 100), 10_000)
  assert.equal(headOfWhole({ tokensPerSecond: 5000, wholeMs: 5000 }, 2000, 100), 41_000)
  assert.equal(headOfWhole({}, 0, 100), undefined)
  assert.equal(headOfWhole({ tokensPerSecond: 50 }, 0, undefined), undefined)
})

test('a place is silent where many wait, none has heard of it since, and it answered a moment before', () => {
  let now = 1_000_000
  const health = createHealth({ worker: 'one', now: () => now, random: () => 0.5 })
  const used = { deployment: 'd', key: 'd' }
  const begin = () => {
    const begun = health.begin(used, 10)
    return begun.type === 'begun' ? begun.call : assert.fail('it rests')
  }
  const never = Array.from({ length: 9 }, begin)
  now += 2000
  assert.equal(never.at(-1)?.isSilent(2000), false, 'nothing was ever heard of it')
  const first = never.pop()
  first?.heard({})
  first?.first()
  now += 1
  const calls = Array.from({ length: 3 }, begin)
  now += 3000
  assert.equal(calls[0]?.isSilent(2000), true)
  assert.equal(calls[0]?.isSilent(3500), false, 'it spoke later than that')
  assert.equal(never[0]?.isSilent(2000), true, 'also for one that was asked before it fell silent')
  for (const call of never.slice(4)) call.failed({ type: 'late', detail: 'late' })
  assert.equal(calls[1]?.isSilent(2000), true, 'those that gave up have waited too')
  calls[2]?.heard({})
  assert.equal(calls[1]?.isSilent(2000), false, 'it speaks again')
  for (const call of [...never, ...calls]) call.done()
  now += 60_000
  const later = Array.from({ length: 9 }, begin)
  now += 3000
  assert.equal(later[0]?.isSilent(2000), false, 'it was not asked for a while, and may have to wake up')
})
