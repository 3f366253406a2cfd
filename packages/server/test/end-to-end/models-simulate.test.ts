// shows: A2
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hearthCommand } from './hearth.ts'
import { hello, useModelGround } from './model-ground.ts'

const ground = useModelGround()

const call = async (operation: string, input: object) => {
  const { status, json: answer } = await ground.hearth.call(operation, input)
  return { status, ...answer }
}
const simulate = (policy: object, more: object = {}) => call('router.simulate', { policy, ...more })

const facts = (dollars: number, more: object = {}) => ({
  prices: { input: dollars * 1_000_000, output: dollars * 1_000_000 },
  can: { tools: true, streaming: true },
  ...more,
})

test('yesterday’s calls are weighed under another policy, at what they would have cost', async () => {
  const local = { name: 'local', kind: 'vllm', baseUrl: ground.upstream.url, models: [] }
  await call('providers.add', local)
  await call('providers.remove', { name: 'fake' })
  await call('models.declare', { provider: 'local', model: 'dear', facts: facts(10) })
  await call('models.declare', { provider: 'local', model: 'cheap', facts: facts(1, { can: { tools: false } }) })
  assert.deepEqual((await simulate({})).calls, 0)
  const openai = ground.openai()
  const tools = [
    { type: 'function' as const, function: { name: 'look', parameters: { type: 'object', properties: {} } } },
  ]
  const ids: (string | null)[] = []
  for (const more of [{}, { max_tokens: 40 }, { tools }]) {
    const asked = { model: 'local/dear', messages: hello, ...more }
    const { response } = await openai.chat.completions.create(asked).withResponse()
    ids.push(response.headers.get('x-hearth-call'))
  }
  await openai.embeddings.create({ model: 'local/dear', input: 'x' })
  // One that fails is left aside.
  ground.upstream.instead = (_asked, response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}')
    return true
  }
  await openai.chat.completions.create({ model: 'local/dear', messages: hello }).catch(() => undefined)
  ground.upstream.instead = undefined
  for (const id of ids) await ground.recordOf(id)

  // A name says where it goes, whatever the policy says of others.
  const same = await simulate({})
  assert.deepEqual([same.calls, same.moved, same.refused, same.unjudged], [3, 0, 0, 3])
  // 15 tokens at ten dollars a million, three times.
  assert.deepEqual(same.cost, { calls: 3, wasUsd: '0.00045', wouldUsd: '0.00045' })

  const cheapest = { rules: [{ when: [{ type: 'asked', any: ['*'] }], choose: { type: 'cheapest' } }] }
  const answer = await simulate(cheapest)
  assert.deepEqual([answer.calls, answer.moved, answer.refused], [3, 2, 0])
  // The one with tools stays: the cheap one has none.
  assert.deepEqual(answer.cost, { calls: 3, wasUsd: '0.00045', wouldUsd: '0.00018' })
  assert.deepEqual(answer.moves, [
    { was: 'local/dear', would: 'local/cheap', calls: 2 },
    { was: 'local/dear', would: 'local/dear', calls: 1 },
  ])
  assert.ok(answer.ms.calls >= 1 && answer.ms.was > 0)
  // Nothing was asked for it, and the policy is as it was.
  assert.equal((await call('router.policy', {})).policy, null)

  const refusing = await simulate({ constraints: { dataPolicy: 'own' } })
  assert.deepEqual(
    [refusing.refused, refusing.moves[0]],
    [3, { was: 'local/dear', would: null, refused: 'models.none-fits', calls: 3 }],
  )
  const later = await simulate({}, { since: new Date(Date.now() + 60_000).toISOString() })
  assert.deepEqual([later.calls, later.left], [0, 0])
  assert.equal((await simulate({}, { calls: 2 })).calls + (await simulate({}, { calls: 2 })).left, 2)
  assert.equal((await simulate({}, { since: 'yesterday' })).code, 'input.invalid')
  assert.equal((await simulate({ rules: 7 })).code, 'input.invalid')
})

test('what a key may not use it would not have gone to', async () => {
  const made = await call('keys.create', { name: 'bound', models: ['local/dear'], scopes: ['models.use'] })
  const { response } = await ground
    .openai(made.key)
    .chat.completions.create({ model: 'local/dear', messages: hello })
    .withResponse()
  await ground.recordOf(response.headers.get('x-hearth-call'))
  const answer = await simulate({ rules: [{ when: [{ type: 'asked', any: ['*'] }], choose: { type: 'cheapest' } }] })
  assert.deepEqual([answer.calls, answer.moved], [4, 2])
})

test('on the command line, from a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-simulate-'))
  try {
    const file = join(folder, 'policy.json')
    await writeFile(
      file,
      JSON.stringify({ rules: [{ when: [{ type: 'asked', any: ['*'] }], choose: { type: 'cheapest' } }] }),
    )
    const { code, said } = await hearthCommand(['models', 'simulate', '--policy', file, '--data', ground.hearth.data])
    assert.equal(code, 0)
    assert.match(said, /^4 calls since .*: 2 would have gone elsewhere, 0 been refused; \d+ are left aside$/m)
    assert.match(said, /2: local\/dear -> local\/cheap/)
    const none = await hearthCommand(['models', 'simulate', '--data', ground.hearth.data])
    assert.deepEqual([none.code, /--policy/.test(none.complained)], [2, true])
    const absent = await hearthCommand([
      'models',
      'simulate',
      '--policy',
      join(folder, 'none'),
      '--data',
      ground.hearth.data,
    ])
    assert.equal(absent.code, 2)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
