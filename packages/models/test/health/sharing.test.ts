// shows: A3
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { merge, type DeploymentSummary, type Limits, type Seen, type Summary } from '../../src/health/index.ts'
import { seeded } from '../catalog/seeded.ts'
import { breakIt, failure, one, start, world, type World } from './world.ts'

const empty: Summary = { deployments: [], keys: [] }

/** Few values, so that they meet and tie. */
function randomSummary(random: () => number): Summary {
  const some = (most: number): number => Math.floor(random() * most)
  const limit = () => ({ left: some(3), perMs: some(2), until: some(3), at: some(3) })
  const limits = (): Limits => ({
    ...(random() < 0.5 ? { requests: limit() } : {}),
    ...(random() < 0.5 ? { tokens: limit() } : {}),
  })
  const seen = (worker: string): Seen => ({
    worker,
    version: some(3),
    calls: some(3),
    failures: some(2),
    inFlight: some(2),
    ...(random() < 0.5 ? { firstTokenMs: some(3) } : {}),
    ...(random() < 0.5 ? { tokensPerSecond: some(3) } : {}),
  })
  const deployment = (id: string): DeploymentSummary => ({
    id,
    breaker: { openings: some(3), until: some(3), since: some(3) },
    limits: limits(),
    seen: ['w1', 'w2', 'w3'].filter(() => random() < 0.6).map(seen),
  })
  return {
    deployments: ['a', 'b', 'c'].filter(() => random() < 0.7).map(deployment),
    keys: ['k1', 'k2'].filter(() => random() < 0.7).map((id) => ({ id, until: some(4) })),
  }
}

describe('what workers tell one another', () => {
  it('comes to the same in whatever order, and however often, it arrives', () => {
    const random = seeded(21)
    for (let round = 0; round < 3000; round++) {
      const [a, b, c] = [randomSummary(random), randomSummary(random), randomSummary(random)] as const
      const ab = merge(a, b)
      assert.deepEqual(ab, merge(b, a))
      assert.deepEqual(merge(ab, c), merge(a, merge(b, c)))
      assert.deepEqual(merge(ab, b), ab)
      assert.deepEqual(merge(ab, ab), ab)
      assert.deepEqual(merge(a, empty), merge(a, a))
    }
  })

  it('keeps, of two that speak of the same, the later', () => {
    const at = (since: number, openings: number): Summary => ({
      deployments: [{ id: 'a', breaker: { openings, until: 9, since }, limits: {}, seen: [] }],
      keys: [{ id: 'k', until: since }],
    })
    const merged = merge(at(5, 0), at(4, 3))
    assert.equal(merged.deployments[0]?.breaker.openings, 0)
    assert.equal(merged.keys[0]?.until, 5)
    assert.equal(merge(at(5, 0), at(5, 3)).deployments[0]?.breaker.openings, 3)
  })

  it('is a few hundred bytes for each deployment', () => {
    const it = world()
    const call = it.begin({ deployment: 'acme-production/some-model-of-a-usual-name-2026#key-1', key: 'key-1' })
    call.heard({
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6m0s',
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
    })
    it.clock.now += 333
    call.first()
    it.clock.now += 1777
    call.done(431)
    const size = Buffer.byteLength(JSON.stringify(it.health.summary()))
    assert.ok(size > 100 && size < 600, String(size))
  })
})

function pair(): readonly [World, World] {
  const clock = { now: start }
  return [world(() => 0, clock, 'w1'), world(() => 0, clock, 'w2')]
}
const tell = (from: World, to: World): void => to.health.absorb(from.health.summary())

describe('a worker that is told', () => {
  it('leaves alone what failed for another, and tries it as well when the rest is over', () => {
    const [a, b] = pair()
    breakIt(a)
    tell(a, b)
    assert.throws(() => b.begin(), /failing/)
    a.clock.now += 2000
    assert.equal(b.health.view(one, 1).standing.type, 'probe')
  })

  it('comes back with the other that found it well, and does not listen to older news', () => {
    const [a, b] = pair()
    breakIt(a)
    const old = a.health.summary()
    tell(a, b)
    a.clock.now += 2000
    a.begin().done(1)
    tell(a, b)
    assert.equal(b.health.view(one, 1).standing.type, 'ready')
    b.health.absorb(old)
    assert.equal(b.health.view(one, 1).standing.type, 'ready')
  })

  it('still has one try at once when news comes in the middle of its own', () => {
    const [a, b] = pair()
    breakIt(a)
    tell(a, b)
    a.clock.now += 2000
    const probe = b.begin()
    a.begin().failed(failure('away'))
    tell(a, b)
    a.clock.now += 4000
    assert.throws(() => b.begin(), /failing/)
    probe.done(1)
    assert.equal(b.health.view(one, 1).standing.type, 'ready')
  })

  it('does not believe in a rest without end', () => {
    const [, b] = pair()
    const breaker = { openings: 1, until: Number.MAX_SAFE_INTEGER, since: start }
    b.health.absorb({ deployments: [{ id: one.deployment, breaker, limits: {}, seen: [] }], keys: [] })
    b.clock.now += 120_000
    assert.equal(b.health.view(one, 1).standing.type, 'probe')
  })

  it('believes itself before an opening that was dated ahead', () => {
    const [a, b] = pair()
    const ahead = { openings: 1, until: start + 1000, since: start + 60_000 }
    const news = { deployments: [{ id: one.deployment, breaker: ahead, limits: {}, seen: [] }], keys: [] }
    b.health.absorb(news)
    b.clock.now += 1000
    b.begin().done(1)
    b.health.absorb(news)
    tell(a, b)
    assert.equal(b.health.view(one, 1).standing.type, 'ready')
  })

  it('does not count its own calls twice when they come back to it', () => {
    const [a, b] = pair()
    a.begin()
    b.begin()
    const all = merge(a.health.summary(), b.health.summary())
    a.health.absorb(all)
    assert.equal(a.health.view(one, 1).inFlight, 2)
  })

  it('leaves a key alone that cools down for another, and what is at its limit', () => {
    const [a, b] = pair()
    a.begin().failed(failure('rate', 5000))
    tell(a, b)
    assert.throws(() => b.begin(), /key/)
    assert.throws(() => b.begin({ deployment: 'other', key: one.key }), /key/)
    const used = { deployment: 'd', key: 'k2' }
    a.begin(used).heard({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '9s' })
    tell(a, b)
    assert.throws(() => b.begin(used), /limit/)
  })

  it('counts the calls and failures of all, and knows the speed that another measured', () => {
    const [a, b] = pair()
    for (let count = 0; count < 3; count++) a.begin().failed(failure('away'))
    const call = a.begin()
    a.clock.now += 1000
    call.first()
    a.clock.now += 1000
    call.done(20)
    a.begin()
    b.begin().done(1)
    tell(a, b)
    tell(a, b)
    const { errorRate, inFlight, firstTokenMs } = b.health.view(one, 1)
    assert.deepEqual([errorRate, inFlight, firstTokenMs], [0.6, 1, 1000])
    tell(b, a)
    assert.equal(a.health.view(one, 1).inFlight, 1)
  })

  it('hears several others, each for itself, and forgets those that fall silent', () => {
    const clock = { now: start }
    const [a, b, c] = ['w1', 'w2', 'w3'].map((worker) => world(() => 0, clock, worker)) as [World, World, World]
    a.begin()
    b.begin()
    tell(a, c)
    tell(b, c)
    assert.equal(c.health.view(one, 1).inFlight, 2)
    clock.now += 50_000
    tell(b, c)
    clock.now += 20_000
    assert.equal(c.health.view(one, 1).inFlight, 1)
  })

  it('does not pass on what it has only heard', () => {
    const [a, b] = pair()
    a.begin().done(1)
    tell(a, b)
    assert.deepEqual(b.health.summary(), empty)
  })
})
