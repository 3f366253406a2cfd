// shows: A3, A4
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { hello, useModelGround } from './model-ground.ts'
import { beginStream, chunk, event, said, startUpstream, usage, type Upstream } from './upstream.ts'

let second: Upstream
const ground = useModelGround(async ({ hearth, upstream }) => {
  second = await startUpstream()
  for (const [name, baseUrl] of [
    ['a-first', upstream.url],
    ['a-second', second.url],
  ])
    await hearth.call('providers.add', {
      name,
      kind: 'openai',
      baseUrl,
      key: 'sk',
      models: ['gpt-4o-mini'],
      patience: { headMs: 5000 },
    })
  const choose = { type: 'chain', models: ['a-first/gpt-4o-mini', 'a-second/gpt-4o-mini'] }
  const rules = [{ when: [{ type: 'asked', any: ['twin'] }], choose }]
  const policy = { rules, lost: 'continue', patience: { headMs: 200 } }
  assert.equal((await hearth.call('router.setPolicy', { policy })).status, 200)
  assert.equal((await hearth.call('caches.set', { caches: { scope: 'tenant' } })).status, 200)
  const limits = [{ usd: 1, per: 'day' }]
  assert.equal((await hearth.call('budgets.set', { scope: 'tenant', limits })).status, 200)
})

after(() => second[Symbol.asyncDispose]())

test('an answer is gone on with by the next provider: the client hears one, the record and the budget know of both', async () => {
  const { items } = (await ground.hearth.call('providers.list', {})).json
  assert.deepEqual(items[0].patience, { headMs: 5000 })
  ground.upstream.instead = (_asked, response) => {
    beginStream(response)
    for (const content of ['Good', ' morn']) response.write(event(chunk('gpt-4o-mini', { content })))
    setTimeout(() => response.destroy(), 20)
    return true
  }
  second.instead = ({ body }, response) => {
    const { messages } = JSON.parse(body)
    assert.deepEqual(messages.at(-2), { role: 'assistant', content: 'Good morn' })
    beginStream(response)
    for (const content of ['Good mor', 'ning', ', Ann', '.']) response.write(event(chunk('gpt-4o-mini', { content })))
    response.write(event(chunk('gpt-4o-mini', {}, 'stop')))
    response.write(event({ ...chunk('gpt-4o-mini', {}), choices: [], usage }))
    response.end(event('[DONE]'))
    return true
  }
  const asked = { model: 'twin', messages: hello, stream: true, max_tokens: 50 } as const
  // What two have told is nobody's to be kept.
  for (let times = 1; times <= 2; times += 1) {
    const { data, response } = await ground.openai().chat.completions.create(asked).withResponse()
    const text = (await Array.fromAsync(data)).map(({ choices }) => choices[0]?.delta.content ?? '').join('')
    assert.equal(text, said)
    assert.equal(second.asked.length, times)
    const call = response.headers.get('x-hearth-call')
    const record = await ground.recordOf(call)
    const { attempts, continued, outcome, provider, passed } = record
    assert.deepEqual([continued, outcome, provider, passed], [1, 'done', 'a-second', false])
    assert.deepEqual(
      (attempts as readonly { readonly provider: string; readonly outcome: string }[]).map((one) => [
        one.provider,
        one.outcome,
      ]),
      [
        ['a-first', 'lost'],
        ['a-second', 'ok'],
      ],
    )
    const { why } = (await ground.hearth.call('router.explain', { call })).json
    assert.match(why, /gone on with/)
    assert.ok(Number(record['inputTokens']) > usage.prompt_tokens)
  }
  const { spent } = (await ground.hearth.call('budgets.list', {})).json.items[0]
  // What was set aside for those that were lost is spent, and little beside it.
  assert.ok(spent.total > 2 * 50 * 0.6e-6 && spent.total < 3 * 50 * 0.6e-6 + 0.0002, String(spent.total))
})
