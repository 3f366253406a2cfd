// shows: A3
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seeded } from '../catalog/seeded.ts'
import type { FailureType } from '../../src/index.ts'
import { breakIt, failure, one, world, type World } from './world.ts'

const standing = ({ health }: World): string => health.view(one, 10).standing.type
const fail = ({ begin }: World, type: FailureType): void => begin().failed(failure(type))

describe('a deployment that fails', () => {
  it('is left alone after five failures in a row, of which a success begins the count anew', () => {
    const it = world()
    for (let count = 0; count < 4; count++) fail(it, 'away')
    it.begin().done(1)
    for (let count = 0; count < 4; count++) fail(it, 'away')
    assert.equal(standing(it), 'ready')
    fail(it, 'away')
    assert.equal(standing(it), 'resting')
  })

  it('is left alone when half of its calls fail, once there are ten in the window', () => {
    const it = world()
    for (let count = 0; count < 4; count++) {
      it.begin().done(1)
      fail(it, 'late')
    }
    it.begin().done(1)
    assert.equal(standing(it), 'ready')
    fail(it, 'late')
    assert.equal(standing(it), 'resting')
  })

  it('is not held to what it did more than a minute ago', () => {
    const it = world()
    for (let count = 0; count < 9; count++) {
      it.begin().done(1)
      if (count < 4) fail(it, 'late')
    }
    it.clock.now += 70_000
    for (let count = 0; count < 4; count++) {
      fail(it, 'late')
      it.begin().done(1)
    }
    assert.equal(standing(it), 'ready')
    assert.equal(it.health.view(one, 1).errorRate, 0.5)
  })

  it('is judged by what speaks against it, and by nothing else', () => {
    for (const type of ['away', 'lost', 'late', 'garbage'] as const) {
      const it = world()
      for (let count = 0; count < 5; count++) fail(it, type)
      assert.equal(standing(it), 'resting', type)
    }
    for (const type of ['refused', 'too-long', 'stopped', 'unknown-model'] as const) {
      const it = world()
      for (let count = 0; count < 50; count++) fail(it, type)
      assert.equal(standing(it), 'ready', type)
      assert.equal(it.health.view(one, 1).errorRate, undefined, type)
    }
    for (const type of ['rate', 'key'] as const) {
      const it = world()
      for (let count = 0; count < 9; count++) {
        fail(it, type)
        it.clock.now += 86_400_000
      }
      assert.equal(standing(it), 'ready', type)
    }
  })

  it('is tried by one call at a time when its rest is over', () => {
    const it = world()
    breakIt(it)
    it.clock.now += 1999
    assert.throws(() => it.begin(), /failing/)
    it.clock.now += 1
    assert.equal(standing(it), 'probe')
    const probe = it.begin()
    assert.throws(() => it.begin(), /failing/)
    probe.done(1)
    assert.equal(standing(it), 'ready')
    it.begin()
    it.begin()
  })

  it('rests twice as long each time that a try fails, and never longer than two minutes', () => {
    const it = world()
    breakIt(it)
    const rests: number[] = []
    for (let round = 0; round < 9; round++) {
      const { standing: now } = it.health.view(one, 1)
      assert.ok(now.type === 'resting')
      rests.push(now.forMs)
      it.clock.now += now.forMs
      fail(it, 'away')
    }
    assert.deepEqual(rests, [2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000, 120_000, 120_000])
  })

  it('rests up to a quarter less, at random', () => {
    const it = world(() => 0.999999)
    breakIt(it)
    const { standing: now } = it.health.view(one, 1)
    assert.ok(now.type === 'resting' && now.forMs > 1499 && now.forMs < 1501)
  })

  it('is tried again at once when a try ends that says nothing of it', () => {
    for (const type of ['refused', 'stopped', 'rate'] as const) {
      const it = world()
      breakIt(it)
      it.clock.now += 2000
      it.begin().failed(failure(type))
      if (type === 'rate') it.clock.now += 86_400_000
      assert.equal(standing(it), 'probe', type)
    }
  })

  it('is tried again when a try never ended', () => {
    const it = world()
    breakIt(it)
    it.clock.now += 2000
    const lost = it.begin()
    it.clock.now += 299_999
    assert.equal(standing(it), 'resting')
    it.clock.now += 1
    const second = it.begin()
    lost.done(1)
    assert.equal(standing(it), 'resting')
    second.done(1)
    assert.equal(standing(it), 'ready')
  })

  it('is not taken for well because of a call that began before', () => {
    const it = world()
    const early = it.begin()
    breakIt(it)
    early.done(1)
    assert.equal(standing(it), 'resting')
    it.clock.now += 2000
    assert.equal(standing(it), 'probe')
  })

  it('starts with a clean record when it is well again', () => {
    const it = world()
    breakIt(it)
    it.clock.now += 2000
    it.begin().done(1)
    for (let count = 0; count < 4; count++) fail(it, 'away')
    assert.equal(standing(it), 'ready')
  })

  it('counts the end of a call once', () => {
    const it = world()
    const call = it.begin()
    for (let count = 0; count < 50; count++) call.failed(failure('away'))
    call.done(5)
    assert.equal(standing(it), 'ready')
    assert.equal(it.health.view(one, 1).inFlight, 0)
  })
})

describe('a random walk', () => {
  const outcomes: readonly (FailureType | 'ok')[] = [
    'ok',
    'ok',
    'ok',
    'away',
    'away',
    'away',
    'away',
    'late',
    'lost',
    'garbage',
    'refused',
    'stopped',
    'rate',
    'key',
    'too-long',
  ]
  const used = [
    { deployment: 'a', key: 'k1' },
    { deployment: 'b', key: 'k1' },
    { deployment: 'c', key: 'k2' },
  ] as const

  it('never lets two tries through at once, nor anything while a key cools down, and always comes to a try', () => {
    let tries = 0
    let rests = 0
    for (let seed = 0; seed < 60; seed++) {
      const random = seeded(seed)
      const it = world(random)
      const running = new Map<
        string,
        { readonly call: ReturnType<World['begin']>; readonly isProbe: boolean; readonly at: number }[]
      >()
      const coolUntil = new Map<string, number>()
      for (let step = 0; step < 600; step++) {
        const which = used[Math.floor(random() * used.length)] ?? assert.fail()
        const calls = running.get(which.deployment) ?? []
        running.set(which.deployment, calls)
        it.clock.now += Math.floor(random() ** 4 * 20_000)
        const before = it.health.view(which, 10).standing
        if (random() < 0.55) {
          const begun = it.health.begin(which, 10)
          // What a view says, a call meets.
          assert.equal(begun.type === 'begun', before.type !== 'resting')
          if (begun.type === 'resting') {
            // All rests end: of a breaker after two minutes, of a probe that is lost after five, of a key after an hour and a fifth.
            assert.ok(begun.standing.forMs > 0 && begun.standing.forMs <= 86_400_000 * 1.2)
            if (begun.standing.why === 'failing') assert.ok(begun.standing.forMs <= 120_000)
            rests += 1
            continue
          }
          assert.ok(it.clock.now >= (coolUntil.get(which.key) ?? 0), 'a key that cools down was used')
          const isProbe = before.type === 'probe'
          if (isProbe) {
            tries += 1
            const others = calls.filter((one) => one.isProbe && it.clock.now - one.at < 300_000)
            assert.equal(others.length, 0, 'two tries at once')
          }
          calls.push({ call: begun.call, isProbe, at: it.clock.now })
        } else {
          const [ending] = calls.splice(Math.floor(random() * calls.length), 1)
          const outcome = outcomes[Math.floor(random() * outcomes.length)] ?? 'ok'
          if (ending === undefined) continue
          if (outcome === 'ok') ending.call.done(10)
          else {
            const afterMs = random() < 0.5 ? Math.floor(random() * 30_000) : undefined
            ending.call.failed(failure(outcome, afterMs))
            if ((outcome === 'rate' || outcome === 'key') && afterMs !== undefined)
              coolUntil.set(which.key, Math.max(coolUntil.get(which.key) ?? 0, it.clock.now + afterMs))
          }
          assert.equal(it.health.view(which, 10).inFlight, calls.length)
        }
      }
      // Left alone, everything comes back within its bounds.
      for (const calls of running.values()) for (const { call } of calls) call.failed(failure('stopped'))
      it.clock.now += 3_600_000 * 1.2 + 900_000
      for (const which of used) assert.notEqual(it.health.view(which, 10).standing.type, 'resting')
    }
    assert.ok(tries > 200 && rests > 1000, `${tries} ${rests}`)
  })
})
