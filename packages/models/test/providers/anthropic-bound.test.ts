// shows: A1, A4
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatCall } from '../../src/language.ts'
import { open } from '../../src/providers/anthropic/provider.ts'

/** What goes out for a call, answered with an error: the request is all that is looked at. */
async function sentFor(model: string, call: Partial<ChatCall>): Promise<Record<string, unknown>> {
  const bodies: string[] = []
  const provider = open({
    name: 'claude',
    baseUrl: 'http://127.0.0.1:1/v1',
    key: 'sk-ant-key',
    fetch: (_input, init) => {
      bodies.push(String(init?.body))
      return Promise.resolve(new Response('{}', { status: 400 }))
    },
  })
  const prompt: ChatCall['prompt'] = [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }]
  await assert.rejects(async () => await provider.chat?.(model).doGenerate({ prompt, ...call }))
  return JSON.parse(bodies[0] ?? '{}') as Record<string, unknown>
}

test('a bound of an answer holds for what is thought and said together, however thinking was asked for', async () => {
  const thinking = { anthropic: { thinking: { type: 'enabled', budgetTokens: 4000 } } }
  const calls: readonly Partial<ChatCall>[] = [
    { providerOptions: thinking },
    { reasoning: 'high' },
    { reasoning: 'low' },
    {},
  ]
  for (const maxOutputTokens of [5000, 3000, 900])
    for (const call of calls) {
      const sent = await sentFor('claude-sonnet-4-5', { maxOutputTokens, ...call })
      const { max_tokens: most, thinking: thought } = sent as {
        readonly max_tokens: number
        readonly thinking?: { readonly budget_tokens?: number }
      }
      assert.equal(most, maxOutputTokens, JSON.stringify(sent))
      const budget = thought?.budget_tokens
      assert.ok(budget === undefined || (budget >= 1024 && budget < most), JSON.stringify(sent))
    }
  const sent = await sentFor('claude-sonnet-4-5', { maxOutputTokens: 5000, providerOptions: thinking })
  assert.deepEqual(sent['thinking'], { type: 'enabled', budget_tokens: 4000 })
})
