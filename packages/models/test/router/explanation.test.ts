// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { policySchema, route, type Candidate, type RouteInput } from '../../src/router/index.ts'
import { seeded } from '../catalog/seeded.ts'
import { asking, candidate, health, plainNeeds, priced, ready } from './candidates.ts'

const bytes = (candidates: readonly Candidate[], more: Partial<RouteInput>): number =>
  Buffer.byteLength(JSON.stringify(route(asking(candidates, more)).explanation))

describe('an explanation', () => {
  it('says of each candidate where it stands and by which figures, or why it was left out', () => {
    const candidates = [
      priced('a/one', 2, { quality: [{ task: 'any', score: 0.7, source: 'test' }] }),
      priced('b/two', 1),
      candidate('c/deaf', { can: { tools: false } }),
      candidate('d/denied'),
    ]
    const policy = policySchema.parse({ constraints: { providers: { deny: ['d'] } } })
    const healthOf = health({
      'b/two': ready({ firstTokenMs: 300.4, tokensPerSecond: 100, inFlight: 2, errorRate: 0.5 }),
    })
    const { explanation } = route(
      asking(candidates, { policy, healthOf, needs: { ...plainNeeds, abilities: ['tools'] } }),
    )
    assert.deepEqual(explanation, {
      asked: 'auto',
      rule: null,
      choice: 'cheapest',
      task: 'chat',
      complexity: 0,
      needs: ['tools'],
      input: 100,
      output: 500,
      candidates: 4,
      order: [
        { id: 'a/one', nano: 1_200_000, quality: 0.7 },
        { id: 'b/two', nano: 600_000, ms: 5300, failing: 0.5, inFlight: 2 },
      ],
      fit: 2,
      leftOut: [
        { why: 'provider-not-allowed', count: 1, some: ['d/denied'] },
        { why: 'tools', count: 1, some: ['c/deaf'] },
      ],
    })
  })

  it('is plain data', () => {
    const { explanation } = route(asking([priced('a/one', 2)]))
    assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation)
  })

  it('stays below 4 kB, whatever there are of candidates, names and reasons', () => {
    const random = seeded(9)
    const letters = ['a', '"', '\u0000', 'é', '漢', '🎉', '\ud800', '\\']
    const name = (length: number): string =>
      Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('')
    const policy = policySchema.parse({
      aliases: [{ name: 'x', model: 'y'.repeat(200) }],
      rules: [{ name: '漢'.repeat(60), when: [], choose: { type: 'best', among: ['*0/*', '*1/*', '*2/*'] } }],
      constraints: {
        models: { deny: ['*3'] },
        providers: { deny: ['p1*'] },
        mostUsd: '0.01',
        dataPolicy: 'no-training',
      },
    })
    for (const length of [1, 10, 90, 500])
      for (const count of [1, 20, 500]) {
        const candidates = Array.from({ length: count }, (_, index) => {
          const id = `p${index % 7}/${name(length)}${index % 5}`
          const facts =
            random() < 0.3 ? {} : { dataPolicy: 'own' as const, can: {}, context: random() < 0.3 ? 10 : 1e6 }
          return { ...priced(id, random() * 30, facts), id }
        })
        const healthOf = (): ReturnType<typeof ready> =>
          ready({ firstTokenMs: random() * 1e9, tokensPerSecond: random(), errorRate: random(), inFlight: 123_456 })
        const abilities = ['tools', 'schema', 'images', 'audio', 'video', 'pdf', 'reasoning', 'logprobs'] as const
        for (const asked of ['auto', 'x', '"'.repeat(10_000), '*'])
          for (const use of [policy, { otherwise: { type: 'best' } } as const]) {
            const needs = { abilities, input: 123_456, least: 60_000, output: 99_999 }
            const size = bytes(candidates, { asked, policy: use, needs, healthOf, task: name(300), random })
            assert.ok(size < 4096, `${size} with ${count} of ${length}`)
          }
      }
  })

  it('names some of every group, also beside a large one', () => {
    const many = Array.from({ length: 400 }, (_, index) => candidate(`many/m${index}`, { can: { tools: false } }))
    const candidates = [...many, candidate('few/f', { type: 'embedding' })]
    const { explanation } = route(asking(candidates, { needs: { ...plainNeeds, abilities: ['tools'] } }))
    const [first, second] = explanation.leftOut
    assert.deepEqual(first, { why: 'no-chat', count: 1, some: ['few/f'] })
    assert.equal(second?.count, 400)
    assert.ok((second?.some.length ?? 0) > 50)
  })
})
