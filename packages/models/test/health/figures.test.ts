// shows: A2, A3
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failure, one, world } from './world.ts'

describe('what is measured of a deployment', () => {
  it('is nothing before it was used', () => {
    assert.deepEqual(world().health.view(one, 10), { standing: { type: 'ready' }, inFlight: 0 })
  })

  it('is the time to its first token, and how fast the others come', () => {
    const it = world()
    const call = it.begin()
    it.clock.now += 400
    call.first()
    it.clock.now += 1000
    call.first()
    it.clock.now += 1000
    call.done(100)
    call.first()
    const { firstTokenMs, tokensPerSecond } = it.health.view(one, 1)
    assert.deepEqual([firstTokenMs, tokensPerSecond], [400, 50])
  })

  it('is the speed of the whole where an answer comes whole', () => {
    const it = world()
    const call = it.begin()
    it.clock.now += 2000
    call.done(50)
    const { firstTokenMs, tokensPerSecond } = it.health.view(one, 1)
    assert.deepEqual([firstTokenMs, tokensPerSecond], [undefined, 25])
  })

  it('leans to what was measured last', () => {
    const it = world()
    const answer = (ms: number): void => {
      const call = it.begin()
      it.clock.now += ms
      call.first()
      call.done()
    }
    answer(100)
    answer(300)
    assert.equal(it.health.view(one, 1).firstTokenMs, 200)
    for (let count = 0; count < 30; count++) answer(1000)
    const slow = it.health.view(one, 1).firstTokenMs ?? 0
    assert.ok(slow > 970 && slow < 1000, String(slow))
  })

  it('is forgotten when it is old', () => {
    const it = world()
    const call = it.begin()
    it.clock.now += 400
    call.first()
    call.done(10)
    it.clock.now += 600_001
    assert.deepEqual(it.health.view(one, 1), { standing: { type: 'ready' }, inFlight: 0 })
  })

  it('is the share of the last minute’s calls that failed, once there are five', () => {
    const it = world()
    for (let count = 0; count < 3; count++) it.begin().done(1)
    it.begin().failed(failure('away'))
    assert.equal(it.health.view(one, 1).errorRate, undefined)
    it.begin().failed(failure('refused'))
    assert.equal(it.health.view(one, 1).errorRate, undefined)
    it.begin().done(1)
    assert.equal(it.health.view(one, 1).errorRate, 0.2)
    it.clock.now += 61_000 + 10_000
    assert.equal(it.health.view(one, 1).errorRate, undefined)
  })

  it('is how many calls are under way', () => {
    const it = world()
    const calls = [it.begin(), it.begin(), it.begin()]
    assert.equal(it.health.view(one, 1).inFlight, 3)
    calls[0]?.done(1)
    calls[1]?.failed(failure('stopped'))
    assert.equal(it.health.view(one, 1).inFlight, 1)
  })

  it('takes no harm from a clock that goes back, nor from counts that are none', () => {
    const it = world()
    for (const tokens of [Number.NaN, -1, 0, Number.POSITIVE_INFINITY]) {
      const call = it.begin()
      it.clock.now -= 5000
      call.first()
      it.clock.now += 1
      call.done(tokens)
    }
    const { firstTokenMs, tokensPerSecond } = it.health.view(one, 1)
    assert.deepEqual([firstTokenMs, tokensPerSecond], [undefined, undefined])
  })

  it('is kept for no more deployments than there is room for', () => {
    const it = world()
    it.begin({ deployment: 'kept', key: 'k' })
    for (let count = 0; count < 12_000; count++)
      it.begin({ deployment: `d${count}`, key: 'k' }).failed(failure('unknown-model'))
    assert.equal(it.health.summary().deployments.length, 5000)
    assert.equal(it.health.view({ deployment: 'kept', key: 'k' }, 1).inFlight, 1)
  })
})
