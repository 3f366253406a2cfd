// shows: A3
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failure, one, world, type World } from './world.ts'

const restOf = ({ health }: World, used = one): number => {
  const { standing } = health.view(used, 1)
  return standing.type === 'resting' ? standing.forMs : 0
}

describe('a key that is not taken, or has had enough', () => {
  it('is left alone for as long as the provider says, and a little longer at random', () => {
    const it = world(() => 0.5)
    it.begin().failed(failure('rate', 10_000))
    assert.equal(restOf(it), 11_000)
    it.clock.now += 10_999
    assert.throws(() => it.begin(), /key/)
    it.clock.now += 1
    it.begin()
  })

  it('is left alone twice as long each time where the provider says nothing', () => {
    for (const [type, waits] of [
      ['rate', [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]],
      ['key', [60_000, 120_000, 240_000, 480_000, 960_000, 1_920_000, 3_600_000, 3_600_000]],
    ] as const) {
      const it = world()
      const seen: number[] = []
      for (let round = 0; round < waits.length; round++) {
        it.begin().failed(failure(type))
        seen.push(restOf(it))
        it.clock.now += restOf(it)
      }
      assert.deepEqual(seen, waits)
    }
  })

  it('begins anew after a success', () => {
    const it = world()
    for (let round = 0; round < 3; round++) {
      it.begin().failed(failure('rate'))
      it.clock.now += restOf(it)
    }
    it.begin().done(1)
    it.begin().failed(failure('rate'))
    assert.equal(restOf(it), 1000)
  })

  it('rests at all deployments that it is used with, and no other does', () => {
    const it = world()
    it.begin({ deployment: 'a', key: 'k1' }).failed(failure('key'))
    assert.equal(restOf(it, { deployment: 'b', key: 'k1' }), 60_000)
    assert.equal(restOf(it, { deployment: 'a', key: 'k2' }), 0)
  })

  it('says whether it has had enough or is not taken, to other workers too', () => {
    for (const [type, why] of [
      ['rate', 'key'],
      ['key', 'refused'],
    ] as const) {
      const it = world()
      const other = world()
      it.begin().failed(failure(type))
      other.health.absorb(it.health.summary())
      for (const { health } of [it, other]) {
        const { standing } = health.view(one, 1)
        assert.equal(standing.type === 'resting' && standing.why, why)
      }
    }
  })

  it('is not freed by a call that began before', () => {
    const it = world()
    const early = it.begin()
    it.begin().failed(failure('rate', 5000))
    early.done(1)
    assert.equal(restOf(it), 5000)
    const another = world()
    const calls = [another.begin(), another.begin()]
    calls[0]?.failed(failure('rate', 5000))
    calls[1]?.failed(failure('rate', 1000))
    assert.equal(restOf(another), 5000)
  })

  it('is not put away for good by what a provider says', () => {
    for (const afterMs of [1e15, Number.POSITIVE_INFINITY]) {
      const it = world()
      it.begin().failed(failure('rate', afterMs))
      assert.equal(restOf(it), 86_400_000)
    }
    for (const afterMs of [0, -5, Number.NaN]) {
      const it = world()
      it.begin().failed(failure('rate', afterMs))
      assert.equal(restOf(it), 1000)
    }
  })
})
