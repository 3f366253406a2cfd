// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { route, type Candidate } from '../../src/router/index.ts'
import { seeded } from '../catalog/seeded.ts'
import { asking, candidate, health, plainNeeds, priced, ready } from './candidates.ts'
import { choosing, order } from './order-of.ts'

describe('choosing', () => {
  const three = [priced('a/mid', 2), priced('b/dear', 9), priced('c/cheap', 1)]

  it('takes the cheapest where nothing else is said, those without a price last', () => {
    const { prices: _, ...facts } = candidate('d/unpriced').facts
    assert.deepEqual(order([...three, { ...candidate('d/unpriced'), facts }]), [
      'c/cheap',
      'a/mid',
      'b/dear',
      'd/unpriced',
    ])
  })

  it('reckons with the length of the prompt and of the answer', () => {
    const reader = candidate('a/reader', { prices: { input: 1, output: 100 } })
    const writer = candidate('b/writer', { prices: { input: 50, output: 10 } })
    assert.deepEqual(order([writer, reader], { needs: { ...plainNeeds, input: 9000 } }), ['a/reader', 'b/writer'])
    assert.deepEqual(order([reader, writer], { needs: { ...plainNeeds, output: 9000 } }), ['b/writer', 'a/reader'])
  })

  it('takes the cheapest of those that are good enough, and says of the others that they are not', () => {
    const rated = (name: string, dollars: number, score?: number): Candidate =>
      priced(name, dollars, score === undefined ? {} : { quality: [{ task: 'any', score, source: 'test' }] })
    const candidates = [
      rated('a/poor', 1, 0.3),
      rated('b/good', 3, 0.9),
      rated('c/fair', 2, 0.7),
      rated('d/untested', 1),
    ]
    const policy = choosing({ type: 'cheapest', quality: 0.7 })
    assert.deepEqual(order(candidates, { policy }), ['c/fair', 'b/good'])
    const { explanation } = route(asking(candidates, { policy }))
    assert.deepEqual(explanation.leftOut, [{ why: 'quality', count: 2, some: ['a/poor', 'd/untested'] }])
  })

  it('takes the quality for the class of the task before that for any', () => {
    const quality = [
      { task: 'any', score: 0.9, source: 'test' },
      { task: 'code', score: 0.2, source: 'test' },
    ]
    const candidates = [
      priced('a/talker', 1, { quality }),
      priced('b/coder', 1, { quality: [{ task: 'any', score: 0.5, source: 'test' }] }),
    ]
    const policy = choosing({ type: 'best' })
    assert.deepEqual(order(candidates, { policy }), ['a/talker', 'b/coder'])
    assert.deepEqual(order(candidates, { policy, task: 'code' }), ['b/coder', 'a/talker'])
  })

  it('takes the best, and price in the place of a quality that is not known, saying so', () => {
    const policy = choosing({ type: 'best' })
    const known = priced('d/known', 1, { quality: [{ task: 'any', score: 0.1, source: 'test' }] })
    assert.deepEqual(order([...three, known], { policy }), ['d/known', 'b/dear', 'a/mid', 'c/cheap'])
    assert.equal(route(asking(three, { policy })).explanation.standIn, 'price')
    assert.equal(route(asking([known], { policy })).explanation.standIn, undefined)
  })

  it('takes the fastest for the whole answer, and those not measured as of the usual speed', () => {
    const policy = choosing({ type: 'fastest' })
    const views = {
      'a/mid': ready({ firstTokenMs: 100, tokensPerSecond: 10 }),
      'b/dear': ready({ firstTokenMs: 900, tokensPerSecond: 500 }),
    }
    const healthOf = health(views)
    assert.deepEqual(order(three.slice(0, 2), { policy, healthOf }), ['b/dear', 'a/mid'])
    assert.deepEqual(order(three.slice(0, 2), { policy, healthOf, needs: { ...plainNeeds, output: 1 } }), [
      'a/mid',
      'b/dear',
    ])
    const { explanation } = route(asking(three, { policy, healthOf }))
    assert.equal(explanation.standIn, 'median')
    assert.deepEqual([explanation.order[0]?.id, explanation.order[0]?.ms], ['b/dear', 1900])
  })

  it('takes the one that is pinned, wherever it is to be had, and no other', () => {
    const candidates = [priced('a/one', 2), priced('b/one', 1), priced('b/two', 1)]
    assert.deepEqual(order(candidates, { policy: choosing({ type: 'pinned', model: 'one' }) }), ['b/one', 'a/one'])
    assert.deepEqual(order(candidates, { policy: choosing({ type: 'pinned', model: 'a/one' }) }), ['a/one'])
    assert.deepEqual(order(candidates, { policy: choosing({ type: 'pinned', model: 'x' }) }), ['models.unknown'])
  })

  it('goes down a chain in its order, whatever anything costs', () => {
    const policy = choosing({ type: 'chain', models: ['b/*', 'missing', 'cheap', '*'] })
    assert.deepEqual(order(three, { policy }), ['b/dear', 'c/cheap', 'a/mid'])
  })

  it('takes a name in a chain for what bears it, before what has it as an alias', () => {
    const candidates = [priced('a/other', 1, { aliases: ['one'] }), priced('b/one', 5), priced('a/third', 1)]
    assert.deepEqual(order(candidates, { policy: choosing({ type: 'chain', models: ['one'] }) }), ['b/one'])
    assert.deepEqual(order(candidates.slice(0, 1), { policy: choosing({ type: 'chain', models: ['one'] }) }), [
      'a/other',
    ])
  })

  it('shares calls out by weight, and has the others stand behind', () => {
    const policy = choosing({
      type: 'weighted',
      models: [
        { model: 'mid', weight: 6 },
        { model: 'dear', weight: 3 },
        { model: 'cheap', weight: 1 },
      ],
    })
    const random = seeded(7)
    const firsts = new Map<string, number>()
    for (let round = 0; round < 10_000; round++) {
      const [first = '', ...rest] = order(three, { policy, random })
      assert.equal(rest.length, 2)
      firsts.set(first, (firsts.get(first) ?? 0) + 1)
    }
    for (const [name, share] of [
      ['a/mid', 6000],
      ['b/dear', 3000],
      ['c/cheap', 1000],
    ] as const)
      assert.ok(Math.abs((firsts.get(name) ?? 0) - share) < 200, `${name} ${firsts.get(name)}`)
  })

  it('chooses among some', () => {
    assert.deepEqual(order(three, { policy: choosing({ type: 'cheapest', among: ['a/*', 'dear'] }) }), [
      'a/mid',
      'b/dear',
    ])
  })
})

describe('sharing the load', () => {
  const keys = ['k1', 'k2', 'k3', 'k4'].map((key) => priced(`a/one#${key}`, 1))

  it('gives equals the same share of the calls', () => {
    const random = seeded(3)
    const firsts = new Map<string, number>()
    for (let round = 0; round < 8000; round++) {
      const [first = ''] = order(keys, { random })
      firsts.set(first, (firsts.get(first) ?? 0) + 1)
    }
    for (const { id } of keys) assert.ok(Math.abs((firsts.get(id) ?? 0) - 2000) < 200, `${id} ${firsts.get(id)}`)
  })

  it('prefers, of equals, the one with the fewest calls under way', () => {
    const views = {
      'a/one#k1': ready({ inFlight: 3 }),
      'a/one#k2': ready({ inFlight: 1 }),
      'a/one#k3': ready({ inFlight: 9 }),
    }
    assert.deepEqual(order(keys, { healthOf: health(views) }), ['a/one#k4', 'a/one#k2', 'a/one#k1', 'a/one#k3'])
  })

  it('has those that fail often stand behind their equals, though not behind what a chain puts after them', () => {
    const views = { 'a/one#k1': ready({ errorRate: 0.4 }) }
    assert.equal(order(keys.slice(0, 2), { healthOf: health(views) })[0], 'a/one#k2')
    const chain = choosing({ type: 'chain', models: ['one', 'two'] })
    const candidates = [priced('b/two', 1), keys[0] ?? assert.fail()]
    assert.equal(order(candidates, { healthOf: health(views), policy: chain })[0], 'a/one#k1')
  })

  it('is the same for the same random numbers', () => {
    for (let seed = 0; seed < 50; seed++)
      assert.deepEqual(order(keys, { random: seeded(seed) }), order(keys, { random: seeded(seed) }))
  })
})
