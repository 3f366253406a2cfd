// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { policySchema, route, type RouteInput } from '../../src/router/index.ts'
import { asking, plainNeeds, priced } from './candidates.ts'
import { order } from './order-of.ts'

describe('what is asked for', () => {
  const candidates = [
    priced('acme/swift', 2),
    priced('depot/swift', 1),
    priced('depot/acme/swift', 3),
    priced('acme/grand', 9, { aliases: ['big'] }),
    { ...priced('acme-eu/grand', 8), kind: 'acme' },
  ]
  const asked = (name: string, policy: unknown = {}): readonly string[] =>
    order(candidates, { asked: name, policy: policySchema.parse(policy) })

  it('is a model at a provider, by the provider’s name before its kind', () => {
    assert.deepEqual(asked('acme/swift'), ['acme/swift'])
    assert.deepEqual(asked('acme/grand'), ['acme/grand'])
    assert.deepEqual(asked('acme-eu/grand'), ['acme-eu/grand'])
    assert.deepEqual(asked('depot/acme/swift'), ['depot/acme/swift'])
  })

  it('is a model wherever it is to be had, an alias of it, or a pattern', () => {
    assert.deepEqual(asked('swift'), ['depot/swift', 'acme/swift'])
    assert.deepEqual(asked('big'), ['acme/grand'])
    assert.deepEqual(asked('ac*/swift'), ['acme/swift', 'depot/acme/swift'])
  })

  it('is what the policy’s alias stands for', () => {
    const policy = {
      aliases: [
        { name: 'quick', model: 'depot/swift' },
        { name: 'swift', model: 'grand' },
      ],
    }
    assert.deepEqual(asked('quick', policy), ['depot/swift'])
    assert.deepEqual(asked('swift', policy), ['acme-eu/grand', 'acme/grand'])
    const routed = route(asking(candidates, { asked: 'quick', policy }))
    assert.equal(routed.explanation.alias, 'depot/swift')
    assert.deepEqual(asked('auto', { aliases: [{ name: 'auto', model: 'grand' }] }), ['acme-eu/grand', 'acme/grand'])
  })

  it('is got by whoever names it, whatever the rules choose for others', () => {
    const policy = { rules: [{ when: [], choose: { type: 'pinned', model: 'grand' } }], otherwise: { type: 'best' } }
    assert.deepEqual(asked('swift', policy), ['acme/swift', 'depot/swift'])
    assert.deepEqual(asked('auto', policy), ['acme-eu/grand', 'acme/grand'])
  })

  it('is not measured by what is chosen among when nothing is asked for', () => {
    assert.deepEqual(asked('swift', { otherwise: { type: 'pinned', model: 'grand' } }), ['depot/swift', 'acme/swift'])
    assert.deepEqual(asked('swift', { otherwise: { type: 'cheapest', quality: 0.9 } }), ['depot/swift', 'acme/swift'])
    assert.deepEqual(asked('swift', { otherwise: { type: 'best', among: ['grand'] } }), ['acme/swift', 'depot/swift'])
  })

  it('is another one where a rule speaks of what is asked', () => {
    const policy = {
      rules: [{ name: 'moved', when: [{ type: 'asked', any: ['gpt-*'] }], choose: { type: 'pinned', model: 'grand' } }],
    }
    assert.deepEqual(asked('gpt-4', policy), ['acme-eu/grand', 'acme/grand'])
    assert.deepEqual(asked('claude', policy), ['models.unknown'])
    const { explanation } = route(asking(candidates, { asked: 'gpt-4', policy: policySchema.parse(policy) }))
    assert.deepEqual([explanation.rule, explanation.ruleName], [0, 'moved'])
  })

  it('does not have to be one: a constraint holds all the same', () => {
    assert.deepEqual(asked('acme/swift', { constraints: { models: { deny: ['acme/*'] } } }), ['models.none-fits'])
  })
})

describe('rules', () => {
  const candidates = [priced('a/small', 1), priced('a/large', 9)]
  const ruled = (when: unknown, more: Partial<RouteInput> = {}): boolean => {
    const policy = policySchema.parse({ rules: [{ when: [when], choose: { type: 'pinned', model: 'large' } }] })
    return order(candidates, { policy, ...more })[0] === 'a/large'
  }

  it('hold by the class of the task', () => {
    assert.ok(ruled({ type: 'task', any: ['code', 'chat'] }))
    assert.ok(!ruled({ type: 'task', any: ['code'] }))
    assert.ok(ruled({ type: 'task', any: ['code'] }, { task: 'code' }))
  })

  it('hold by complexity and by length', () => {
    const complexity = { score: 0.5, reasons: [], task: 'chat' } as const
    assert.ok(ruled({ type: 'complexity', atLeast: 0.5 }, { complexity }))
    assert.ok(!ruled({ type: 'complexity', atLeast: 0.51 }, { complexity }))
    assert.ok(!ruled({ type: 'complexity', atMost: 0.49 }, { complexity }))
    assert.ok(ruled({ type: 'tokens', atLeast: 100, atMost: 100 }))
    assert.ok(!ruled({ type: 'tokens', atLeast: 101 }))
  })

  it('hold by who asks, and how careful one has to be with what is said', () => {
    assert.ok(ruled({ type: 'tags', any: ['x', 'y'] }, { routedFor: { tags: ['y'] } }))
    assert.ok(!ruled({ type: 'tags', any: ['x'] }, { routedFor: { tags: ['y'] } }))
    assert.ok(!ruled({ type: 'tags', any: ['x'] }))
    const careful = candidates.map((one) => ({ ...one, dataPolicy: 'own', regions: ['eu'] }) as const)
    const policy = policySchema.parse({
      rules: [
        { when: [{ type: 'data-policy', atLeast: 'zero-retention' }], choose: { type: 'pinned', model: 'large' } },
        { when: [{ type: 'regions', any: ['eu'] }], choose: { type: 'chain', models: ['large', 'small'] } },
      ],
    })
    const first = (routedFor: RouteInput['routedFor']): string | undefined =>
      order(careful, { policy, ...(routedFor === undefined ? {} : { routedFor }) })[0]
    assert.equal(first({ dataPolicy: 'own' }), 'a/large')
    assert.equal(first({ dataPolicy: 'no-training' }), 'a/small')
    assert.equal(first({ regions: ['eu'] }), 'a/large')
    assert.equal(first(undefined), 'a/small')
  })

  it('hold by what is needed', () => {
    const needs = { ...plainNeeds, abilities: ['tools', 'images'] as const }
    assert.ok(ruled({ type: 'needs', all: ['images'] }, { needs }))
    assert.ok(!ruled({ type: 'needs', all: ['images', 'schema'] }, { needs }))
  })

  it('are tried in their order, and all conditions of one have to hold', () => {
    const policy = policySchema.parse({
      rules: [
        {
          when: [
            { type: 'tags', any: ['x'] },
            { type: 'task', any: ['code'] },
          ],
          choose: { type: 'pinned', model: 'small' },
        },
        { when: [{ type: 'tags', any: ['x'] }], choose: { type: 'pinned', model: 'large' } },
      ],
      otherwise: { type: 'chain', models: ['small'] },
    })
    assert.deepEqual(order(candidates, { policy, routedFor: { tags: ['x'] } }), ['a/large'])
    assert.deepEqual(order(candidates, { policy, routedFor: { tags: ['x'] }, task: 'code' }), ['a/small'])
    assert.deepEqual(order(candidates, { policy }), ['a/small'])
  })
})
