// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { policySchema, simulate, type RecordedCall } from '../../src/router/index.ts'
import { usageOf } from '../catalog/usage-of.ts'
import { candidate, health, plainNeeds, priced, ready } from './candidates.ts'

const candidates = [priced('a/small', 1), priced('a/large', 10), candidate('a/unpriced', { prices: {} })]
const call = (id: string, more: Partial<RecordedCall> = {}): RecordedCall => ({
  id,
  asked: 'auto',
  needs: plainNeeds,
  complexity: { score: 0, reasons: [], task: 'chat' },
  answeredBy: 'a/large',
  usage: usageOf({ input: 1000, output: 100 }),
  cost: 11_000_000_000n,
  ms: 9000,
  ...more,
})
const healthOf = health({
  'a/small': ready({ firstTokenMs: 500, tokensPerSecond: 50, standing: { type: 'resting', why: 'failing', forMs: 1 } }),
})

describe('calls of the past under another policy', () => {
  it('go where it would have sent them, at what that would have cost and taken', () => {
    const simulated = simulate({
      calls: [call('1'), call('2', { answeredBy: 'a/small' })],
      policy: {},
      candidates,
      healthOf,
      random: () => 0.5,
    })
    assert.deepEqual(simulated.calls[0], { id: '1', was: 'a/large', would: 'a/small', cost: 1_100_000_000n, ms: 2500 })
    assert.equal(simulated.moved, 1)
    assert.deepEqual(simulated.cost, { calls: 2, was: 22_000_000_000n, would: 2_200_000_000n })
    assert.deepEqual(simulated.ms, { calls: 2, was: 18_000, would: 5000 })
  })

  it('are compared where both sides are known, and only there', () => {
    const pinned = policySchema.parse({
      rules: [{ when: [{ type: 'tags', any: ['x'] }], choose: { type: 'pinned', model: 'unpriced' } }],
      otherwise: { type: 'pinned', model: 'large' },
    })
    const calls = [call('1'), call('2', { routedFor: { tags: ['x'] } }), call('3', { cost: undefined })]
    const { cost, ms, count } = simulate({ calls, policy: pinned, candidates, random: () => 0.5 })
    assert.equal(count, 3)
    assert.deepEqual(cost, { calls: 1, was: 11_000_000_000n, would: 11_000_000_000n })
    assert.deepEqual(ms, { calls: 0, was: 0, would: 0 })
  })

  it('are told that they would have been refused, and why', () => {
    const policy = policySchema.parse({ constraints: { models: { deny: ['*'] } } })
    const { calls, refused, moved } = simulate({ calls: [call('1')], policy, candidates, random: () => 0.5 })
    assert.deepEqual([refused, moved], [1, 0])
    assert.deepEqual(calls[0], {
      id: '1',
      was: 'a/large',
      would: null,
      refused: 'models.none-fits',
      cost: undefined,
      ms: undefined,
    })
  })
})
