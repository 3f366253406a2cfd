// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { policySchema, route, type Candidate, type Refusal, type RouteInput } from '../../src/router/index.ts'
import { asking, candidate, health, plainNeeds, ready } from './candidates.ts'

const refusal = (candidates: readonly Candidate[], more: Partial<RouteInput> = {}): Refusal => {
  const routed = route(asking(candidates, more))
  assert.ok(routed.type === 'refused')
  return routed.refusal
}
const resting = (forMs: number) => ready({ standing: { type: 'resting', why: 'key', forMs } })

describe('a refusal', () => {
  it('says that there is no such model, or none at all', () => {
    const unknown = refusal([candidate('a/x')], { asked: 'y' })
    assert.equal(unknown.code, 'models.unknown')
    assert.match(unknown.detail, /"y"/)
    assert.equal(refusal([]).code, 'models.unknown')
    assert.ok(refusal([candidate('a/x')], { asked: 'y'.repeat(100_000) }).detail.length < 300)
  })

  it('says that a rule speaks of models that nobody has', () => {
    const policy = policySchema.parse({ otherwise: { type: 'pinned', model: 'gone' } })
    const { code, unmet } = refusal([candidate('a/x')], { policy })
    assert.deepEqual([code, unmet], ['models.unknown', ['rule']])
  })

  it('says what no model has', () => {
    const needs = { ...plainNeeds, abilities: ['images', 'tools'] as const }
    const blind = [
      candidate('a/x', { can: { images: false, tools: true } }),
      candidate('b/y', { can: { images: false, tools: false } }),
    ]
    const { code, unmet, detail } = refusal(blind, { needs })
    assert.deepEqual([code, unmet], ['models.none-fits', ['images']])
    assert.match(detail, /images in the prompt/)
  })

  it('says what the closest lacks where each has something', () => {
    const needs = { ...plainNeeds, abilities: ['images', 'tools', 'reasoning'] as const }
    const candidates = [
      candidate('a/x', { can: { images: false, tools: true, reasoning: true } }),
      candidate('b/y', { can: { images: true, tools: false, reasoning: false } }),
    ]
    const { code, unmet, detail } = refusal(candidates, { needs })
    assert.deepEqual([code, unmet], ['models.none-fits', ['images']])
    assert.match(detail, /none has all of it/)
  })

  it('says how long the prompt is, and what would fit, where that is all', () => {
    const needs = { ...plainNeeds, least: 200_000, input: 300_000 }
    const candidates = [
      candidate('a/x', { context: 8000 }),
      candidate('b/y', { context: 128_000 }),
      candidate('c/z', { context: 190_000, can: { tools: false } }),
    ]
    const { code, detail } = refusal(candidates, { needs: { ...needs, abilities: ['tools'] } })
    assert.equal(code, 'models.too-long')
    assert.match(detail, /200000 .* 128000/)
  })

  it('says when to come back where all that would do are resting', () => {
    const candidates = [candidate('a/x'), candidate('b/y'), candidate('c/z', { type: 'embedding' })]
    const healthOf = health({ 'a/x': resting(5000.2), 'b/y': resting(700), 'c/z': resting(1) })
    const { code, afterMs, unmet } = refusal(candidates, { healthOf })
    assert.deepEqual([code, afterMs, unmet], ['models.resting', 700, ['key']])
  })

  it('says that a key was not taken, and what gives the provider another', () => {
    const refused = ready({ standing: { type: 'resting', why: 'refused', forMs: 9 } })
    const { code, detail, unmet } = refusal([candidate('a/x')], { healthOf: health({ 'a/x': refused }) })
    assert.deepEqual([code, unmet], ['models.resting', ['key-refused']])
    assert.match(detail, /does not take the key .*providers\.add/)
    assert.doesNotMatch(detail, /cooling/)
  })

  it('does not send anybody to wait for what would not do', () => {
    const healthOf = health({ 'a/x': resting(10) })
    const needs = { ...plainNeeds, abilities: ['audio'] as const }
    const { code, unmet, afterMs } = refusal([candidate('a/x')], { healthOf, needs })
    assert.deepEqual([code, unmet, afterMs], ['models.none-fits', ['audio'], undefined])
  })
})
