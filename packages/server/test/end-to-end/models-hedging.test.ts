// shows: A3
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { until } from './hearth.ts'
import { failureOf, hello, useModelGround } from './model-ground.ts'
import { beginStream, chunk, event, json, said, startUpstream, type Upstream } from './upstream.ts'

let second: Upstream
const ground = useModelGround(async ({ hearth, upstream }) => {
  second = await startUpstream()
  for (const [name, baseUrl] of [
    ['a-first', upstream.url],
    ['a-second', second.url],
  ])
    await hearth.call('providers.add', { name, kind: 'openai', baseUrl, key: 'sk', models: ['gpt-4o-mini'] })
  const choose = { type: 'chain', models: ['a-first/gpt-4o-mini', 'a-second/gpt-4o-mini'] }
  const policy = { rules: [{ when: [{ type: 'asked', any: ['twin'] }], choose }], hedge: { afterMs: 60 } }
  assert.equal((await hearth.call('router.setPolicy', { policy })).status, 200)
  const limits = [{ usd: 1, per: 'day' }]
  assert.equal((await hearth.call('budgets.set', { scope: 'tenant', limits })).status, 200)
})

after(() => second[Symbol.asyncDispose]())

/** The provider, and what became of it. */
const triesOf = async (call: string | null): Promise<readonly (readonly [string, string])[]> => {
  const { attempts } = await ground.recordOf(call)
  return (attempts as readonly { readonly provider: string; readonly outcome: string }[])
    .map(({ provider, outcome }) => [provider, outcome] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
}

const ask = (stream: boolean) =>
  ground.hearth.request('POST', '/v1/chat/completions', { model: 'twin', messages: hello, stream, max_tokens: 50 })

test('where nothing has come for a while the next place is asked too; the other is left, paid and in the record', async () => {
  for (const stream of [false, true]) {
    ground.upstream.asked.length = 0
    ground.upstream.instead = () => true
    const answer = await ask(stream)
    assert.equal(answer.headers.get('x-hearth-provider'), 'a-second')
    assert.equal(answer.headers.get('x-hearth-attempts'), '2')
    if (!stream) assert.equal(answer.json.choices[0].message.content, said)
    else assert.ok(answer.text.endsWith('data: [DONE]\n\n'))
    await until(() => ground.upstream.asked[0]?.cut === true, 'the other is left')
    const call = answer.headers.get('x-hearth-call')
    assert.deepEqual(await triesOf(call), [
      ['a-first', 'stopped'],
      ['a-second', 'ok'],
    ])
    const record = await ground.recordOf(call)
    assert.deepEqual([record['provider'], record['outcome'], record['inputTokens']], ['a-second', 'done', 11])
    // What was set aside for the one that was left is spent: nobody knows what it had worked.
    assert.ok(Number(record['costUsd']) < 0.00001)
  }
  const { spent } = (await ground.hearth.call('budgets.list', {})).json.items[0]
  assert.ok(spent.total > 2 * 50 * 0.6e-6, String(spent.total))
})

test('one that is slow and speaks first answers, and the second is left', async () => {
  ground.upstream.instead = async (_asked, response) => {
    await until(() => second.asked.length > asked, 'the second is asked too')
    json(response, { choices: [{ index: 0, message: { role: 'assistant', content: 'mine' }, finish_reason: 'stop' }] })
    return true
  }
  second.instead = () => true
  const asked = second.asked.length
  const answer = await ask(false)
  assert.deepEqual(
    [answer.headers.get('x-hearth-provider'), answer.json.choices[0].message.content],
    ['a-first', 'mine'],
  )
  await until(() => second.asked.at(-1)?.cut === true, 'the second is left')
  second.instead = undefined
})

test('one that is quick is asked alone, and so is one that has begun', async () => {
  const asked = second.asked.length
  assert.equal((await ask(false)).headers.get('x-hearth-provider'), 'a-first')
  ground.upstream.instead = async (_asked, response) => {
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { content: 'slowly' })))
    await new Promise((resolve) => setTimeout(resolve, 200))
    response.write(event(chunk('gpt-4o-mini', {}, 'stop')))
    response.end(event('[DONE]'))
    return true
  }
  const answer = await ask(true)
  assert.match(answer.text, /slowly/)
  assert.equal(second.asked.length, asked)
})

test('where both fail, the client is told once', async () => {
  const fails: Upstream['instead'] = async (_asked, response) => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    json(response, { error: { message: 'no', type: 'invalid_request_error' } }, 400)
    return true
  }
  ground.upstream.instead = fails
  second.instead = fails
  const failure = await failureOf(ground.openai().chat.completions.create({ model: 'twin', messages: hello }))
  assert.equal(failure.status, 400)
  second.instead = undefined
})
