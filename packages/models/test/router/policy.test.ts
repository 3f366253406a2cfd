// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { outsideSubset } from '@hearth/protocol'
import * as z from 'zod'
import { matches, matchesModel, matchesProvider, policySchema } from '../../src/router/index.ts'

describe('a policy', () => {
  it('is of a form that every door can express', () => {
    assert.deepEqual(outsideSubset(z.toJSONSchema(policySchema)), [])
  })

  it('may say nothing, or all that there is to say', () => {
    assert.deepEqual(policySchema.parse({}), {})
    const full = {
      aliases: [{ name: 'quick', model: 'acme/swift' }],
      rules: [
        {
          name: 'hard ones',
          when: [
            { type: 'task', any: ['code'] },
            { type: 'complexity', atLeast: 0.5 },
            { type: 'tokens', atMost: 1000 },
            { type: 'needs', all: ['tools'] },
            { type: 'tags', any: ['team-a'] },
            { type: 'regions', any: ['eu'] },
            { type: 'data-policy', atLeast: 'no-training' },
            { type: 'asked', any: ['gpt-*'] },
          ],
          choose: { type: 'chain', models: ['a/b', 'c'] },
        },
        { when: [], choose: { type: 'weighted', models: [{ model: 'x', weight: 3 }] } },
        { when: [], choose: { type: 'pinned', model: 'x' } },
        { when: [], choose: { type: 'fastest' } },
        { when: [], choose: { type: 'best', among: ['a/*'] } },
      ],
      otherwise: { type: 'cheapest', quality: 0.7, able: ['reasoning'] },
      constraints: {
        models: { allow: ['a/*'], deny: ['*-preview'] },
        providers: { deny: ['x'] },
        dataPolicy: 'zero-retention',
        regions: ['eu'],
        mostUsd: '0.05',
        mostMs: 30_000,
      },
    }
    assert.deepEqual(policySchema.parse(full), full)
  })

  it('is refused where it makes no sense', () => {
    for (const policy of [
      { rules: [{ when: [], choose: { type: 'dearest' } }] },
      { rules: [{ when: [{ type: 'weather' }], choose: { type: 'best' } }] },
      { rules: [{ when: [], choose: { type: 'weighted', models: [] } }] },
      { rules: [{ when: [], choose: { type: 'weighted', models: [{ model: 'x', weight: 0 }] } }] },
      { constraints: { mostUsd: '-1' } },
      { constraints: { mostUsd: '5 cents' } },
      { constraints: { dataPolicy: 'unknown' } },
      { otherwise: { type: 'cheapest', quality: 7 } },
      { whatever: 1 },
    ])
      assert.equal(policySchema.safeParse(policy).success, false, JSON.stringify(policy))
  })
})

describe('a pattern', () => {
  it('takes a star for anything', () => {
    for (const [pattern, text] of [
      ['*', ''],
      ['*', 'a/b'],
      ['a*', 'a'],
      ['a*c', 'abc'],
      ['a*c', 'ac'],
      ['*b*', 'abc'],
      ['**', 'x'],
      ['a*b*c', 'a1b2b3c'],
      ['*ab*ab*', 'abab'],
    ] as const)
      assert.ok(matches(pattern, text), `${pattern} ${text}`)
    for (const [pattern, text] of [
      ['', 'a'],
      ['a', 'ab'],
      ['a*', 'ba'],
      ['ab*ba', 'aba'],
      ['a*b*c', 'acb'],
      ['*ab*ab*', 'aab'],
      ['a*b*b', 'ab'],
      ['A', 'a'],
      ['a.c', 'abc'],
    ] as const)
      assert.ok(!matches(pattern, text), `${pattern} ${text}`)
  })

  // A matcher that goes back would need more steps than there is time.
  it('is matched without going back', () => {
    assert.equal(matches('*a'.repeat(60) + 'b', 'a'.repeat(20_000)), false)
  })

  it('is about a model at a provider where it has a slash, and about the model alone where it has none', () => {
    const heavy = { provider: 'depot-eu', kind: 'depot', model: 'maker/heavy' }
    for (const pattern of ['depot-eu/*', 'depot/*', '*/heavy', 'depot/maker/heavy', 'maker*', '*heavy'])
      assert.ok(matchesModel([pattern], heavy), pattern)
    for (const pattern of ['maker/heavy', 'maker/*', 'heavy', 'depot', 'depot-us/*'])
      assert.ok(!matchesModel([pattern], heavy), pattern)
    assert.ok(matchesProvider(['dep*'], heavy) && matchesProvider(['depot'], heavy) && !matchesProvider(['eu'], heavy))
  })
})
