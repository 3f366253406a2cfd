// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { estimateTokens } from '../../src/catalog/index.ts'
import type { ChatCall } from '../../src/language.ts'
import { needsOf } from '../../src/router/index.ts'
import { saying } from './candidates.ts'

const needs = (more: Partial<ChatCall>): readonly string[] => needsOf(saying('Hello', more)).abilities
const tool = { type: 'function', name: 'look', inputSchema: { type: 'object' } } as const

describe('what a call needs', () => {
  it('is nothing but room where it only speaks', () => {
    const call = saying('Hello')
    const found = needsOf(call)
    assert.deepEqual(found.abilities, [])
    assert.equal(found.input, estimateTokens(call))
    assert.ok(found.least < found.input)
    assert.equal(found.output, undefined)
  })

  it('is what it asks for', () => {
    assert.deepEqual(needs({ tools: [tool] }), ['tools'])
    assert.deepEqual(needs({ tools: [] }), [])
    assert.deepEqual(needs({ responseFormat: { type: 'json' } }), ['json'])
    assert.deepEqual(needs({ responseFormat: { type: 'json', schema: { type: 'object' } } }), ['schema'])
    assert.deepEqual(needs({ responseFormat: { type: 'text' } }), [])
    assert.deepEqual(needs({ reasoning: 'high' }), ['reasoning'])
    for (const reasoning of ['none', 'provider-default'] as const) assert.deepEqual(needs({ reasoning }), [])
    assert.deepEqual(needs({ providerOptions: { openai: { logprobs: 3 } } }), ['logprobs'])
    assert.deepEqual(needs({ providerOptions: { openai: { logprobs: false } } }), [])
    assert.deepEqual(needsOf(saying('Hello'), true).abilities, ['streaming'])
  })

  it('is to take the files that are in it, also in what a tool gave back', () => {
    const data = { type: 'url', url: new URL('https://example.com/x') } as const
    const file = (mediaType: string) => ({ type: 'file', mediaType, data }) as const
    const asked = needsOf({
      prompt: [
        { role: 'user', content: [file('image/png'), file('application/pdf'), file('text/plain'), file('image')] },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: '1',
              toolName: 'x',
              output: { type: 'content', value: [file('audio/wav')] },
            },
          ],
        },
        { role: 'user', content: [file('video/mp4')] },
      ],
    })
    assert.deepEqual(asked.abilities, ['images', 'pdf', 'audio', 'video'])
  })

  it('is as long an answer as it says, where that is a length', () => {
    assert.equal(needsOf(saying('x', { maxOutputTokens: 900 })).output, 900)
    for (const nonsense of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1.5])
      assert.equal(needsOf(saying('x', { maxOutputTokens: nonsense })).output, undefined)
  })
})
