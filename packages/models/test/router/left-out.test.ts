// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { route, type Candidate, type RouteInput } from '../../src/router/index.ts'
import { asking, candidate, health, plainNeeds, priced, ready } from './candidates.ts'
import { holding, order } from './order-of.ts'

describe('what is left out', () => {
  const whyOf = (one: Candidate, more: Partial<RouteInput>): string | undefined =>
    route(asking([one], more)).explanation.leftOut[0]?.why

  it('is who cannot what is needed', () => {
    for (const [ability, can] of [
      ['tools', { tools: false }],
      ['schema', { structured: 'json' }],
      ['json', { structured: 'none' }],
      ['images', { images: false }],
      ['reasoning', { reasoning: false }],
      ['streaming', { streaming: false }],
    ] as const)
      assert.equal(whyOf(candidate('a/x', { can }), { needs: { ...plainNeeds, abilities: [ability] } }), ability)
    const json = { needs: { ...plainNeeds, abilities: ['json'] as const } }
    assert.equal(whyOf(candidate('a/x', { can: { structured: 'schema' } }), json), undefined)
  })

  it('is not who may well be able, but stands behind those who are known to be', () => {
    const needs = { ...plainNeeds, abilities: ['logprobs'] as const }
    const candidates = [priced('a/silent', 1, { can: {} }), priced('b/able', 5, { can: { logprobs: true } })]
    const routed = route(asking(candidates, { needs }))
    assert.ok(routed.type === 'chosen')
    assert.deepEqual(
      routed.order.map(({ id }) => id),
      ['b/able', 'a/silent'],
    )
    assert.deepEqual(
      routed.explanation.order.map(({ unsure }) => unsure),
      [undefined, ['logprobs']],
    )
  })

  it('is who has no room for the prompt for certain; who perhaps has none stands behind', () => {
    const roomy = priced('a/roomy', 9, { context: 50_000 })
    const tight = priced('b/tight', 1, { context: 10_000 })
    assert.deepEqual(order([roomy, tight], { needs: { abilities: [], least: 6000, input: 9000 } }), [
      'b/tight',
      'a/roomy',
    ])
    assert.deepEqual(order([roomy, tight], { needs: { abilities: [], least: 6000, input: 11_000 } }), [
      'a/roomy',
      'b/tight',
    ])
    assert.deepEqual(order([roomy, tight], { needs: { abilities: [], least: 10_001, input: 20_000 } }), ['a/roomy'])
    assert.deepEqual(order([roomy, tight], { needs: { abilities: [], least: 6000, input: 9000, output: 2000 } }), [
      'a/roomy',
      'b/tight',
    ])
    assert.equal(
      whyOf(candidate('a/x', { context: 50_000, input: 5000 }), { needs: { abilities: [], least: 5001, input: 9000 } }),
      'too-long',
    )
  })

  it('is not who has said nothing of its room: that one stands behind those that have it', () => {
    const { context: _, ...facts } = candidate('a/silent').facts
    const candidates = [{ ...candidate('a/silent'), facts }, priced('b/roomy', 9)]
    assert.deepEqual(order(candidates, { needs: { abilities: [], least: 5000, input: 9000 } }), ['b/roomy', 'a/silent'])
    assert.deepEqual(order(candidates, { needs: { abilities: [], least: 1000, input: 4000 } }), ['a/silent', 'b/roomy'])
  })

  it('is who costs more than may be spent, or nobody knows how much', () => {
    const more = { policy: holding({ mostUsd: '0.0012' }) }
    assert.equal(whyOf(priced('a/x', 2), more), undefined)
    assert.equal(whyOf(priced('a/x', 2.1), more), 'price')
    const { prices: _, ...facts } = candidate('a/x').facts
    assert.equal(whyOf({ ...candidate('a/x'), facts }, more), 'price')
  })

  it('is who was measured to take too long', () => {
    const policy = holding({ mostMs: 5000 })
    const one = candidate('a/x')
    assert.equal(whyOf(one, { policy, healthOf: health({ 'a/x': ready({ tokensPerSecond: 99 }) }) }), 'latency')
    assert.equal(whyOf(one, { policy, healthOf: health({ 'a/x': ready({ tokensPerSecond: 101 }) }) }), undefined)
    assert.equal(whyOf(one, { policy }), undefined)
  })

  it('is who may not be asked', () => {
    const one = candidate('acme/swift')
    assert.equal(whyOf(one, { policy: holding({ models: { allow: ['acme/g*'] } }) }), 'model-not-allowed')
    assert.equal(whyOf(one, { policy: holding({ models: { allow: ['*'], deny: ['swift'] } }) }), 'model-not-allowed')
    assert.equal(whyOf(one, { policy: holding({ providers: { deny: ['ac*'] } }) }), 'provider-not-allowed')
    assert.equal(
      whyOf(one, { policy: holding({ models: { allow: ['swift'] }, providers: { allow: ['acme'] } }) }),
      undefined,
    )
  })

  it('is who is less careful with what it is told than it has to be', () => {
    const one = candidate('a/x', { dataPolicy: 'no-training' })
    assert.equal(whyOf(one, { policy: holding({ dataPolicy: 'no-training' }) }), undefined)
    assert.equal(whyOf(one, { policy: holding({ dataPolicy: 'zero-retention' }) }), 'data-policy')
    assert.equal(whyOf(one, { routedFor: { dataPolicy: 'own' } }), 'data-policy')
    assert.equal(whyOf({ ...one, dataPolicy: 'own' }, { routedFor: { dataPolicy: 'own' } }), undefined)
    assert.equal(whyOf(candidate('a/x'), { policy: holding({ dataPolicy: 'no-training' }) }), 'data-policy')
  })

  it('is who is, or may be, where it is not allowed', () => {
    const policy = holding({ regions: ['eu', 'ch'] })
    assert.equal(whyOf(candidate('a/x', { regions: ['eu'] }), { policy }), undefined)
    assert.equal(whyOf(candidate('a/x', { regions: ['eu', 'us'] }), { policy }), 'region')
    assert.equal(whyOf(candidate('a/x'), { policy }), 'region')
    assert.equal(whyOf(candidate('a/x', { regions: ['eu'] }), { policy, routedFor: { regions: ['ch'] } }), 'region')
    assert.equal(whyOf(candidate('a/x', { regions: ['us'] }, { regions: ['ch'] }), { policy }), undefined)
  })

  it('is who does not chat, or is not served any more', () => {
    assert.equal(whyOf(candidate('a/x', { type: 'embedding' }), {}), 'no-chat')
    const old = candidate('a/x', { until: '2026-03-01' })
    assert.equal(whyOf(old, { today: '2026-03-01' }), undefined)
    assert.equal(whyOf(old, { today: '2026-03-02' }), 'retired')
  })

  it('is who rests', () => {
    for (const why of ['failing', 'key', 'limit'] as const) {
      const healthOf = health({ 'a/x': ready({ standing: { type: 'resting', why, forMs: 10 } }) })
      assert.equal(whyOf(candidate('a/x'), { healthOf }), why)
    }
    const healthOf = health({ 'a/x': ready({ standing: { type: 'probe' } }) })
    assert.equal(route(asking([candidate('a/x')], { healthOf })).explanation.order[0]?.probe, true)
  })
})
