// shows: A1, A8
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { framed } from '@hearth/testing/event-frames'
import { hello, useModelGround } from './model-ground.ts'

// Providers that are asked in another protocol than clients speak, with keys of several parts and options.

const ground = useModelGround()
const model = 'aws/us.anthropic.claude-sonnet-4-5-20250929-v1:0'
const tide = 'High tide in Tromsø is at 06:14 — 高潮 at dawn.'
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const recorded = (file: string): string =>
  readFileSync(join(import.meta.dirname, '../../../models/test/providers/fixtures/bedrock', file), 'utf8')

const add = (provider: object, key?: string) =>
  ground.hearth.call('providers.add', provider, key === undefined ? {} : { authorization: `Bearer ${key}` })
const bedrock = () => ({
  name: 'aws',
  kind: 'bedrock',
  baseUrl: ground.upstream.url,
  key: `AKIAIOSFODNN7EXAMPLE:${secret}`,
  options: { region: 'us-east-1' },
})

/** What Bedrock streams next. */
function stream(lines: string): void {
  ground.upstream.instead = ({ path }, response) => {
    if (!path.endsWith('/converse-stream')) return false
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' }).end(framed(lines))
    return true
  }
}

beforeEach(async () => {
  assert.equal((await add(bedrock())).status, 200)
})

test('a client of OpenAI streams from Bedrock, is signed for, and what it took is priced', async () => {
  stream(recorded('text.events'))
  const { data, response } = await ground
    .openai()
    .chat.completions.create({ model, messages: hello, stream: true, stream_options: { include_usage: true } })
    .withResponse()
  const chunks = await Array.fromAsync(data)
  assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), tide)
  assert.equal(chunks.at(-1)?.usage?.total_tokens, 39)
  assert.match(
    String(ground.upstream.asked[0]?.headers['authorization']),
    /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/\d{8}\/us-east-1\/bedrock\/aws4_request, /,
  )
  const record = await ground.recordOf(response.headers.get('x-hearth-call'))
  // 25 tokens at 3.30 and 14 at 16.50 dollars a million.
  assert.deepEqual([record['provider'], record['outcome'], record['costUsd']], ['aws', 'done', '0.0003135'])
})

test('a client of Anthropic has calls of tools streamed from it, and an exception in the middle is one in its words', async () => {
  stream(recorded('tools.events'))
  const tools = [{ name: 'get_tide', input_schema: { type: 'object' as const } }]
  const asking = { model, max_tokens: 100, messages: hello, tools }
  const message = await ground.anthropic().messages.stream(asking).finalMessage()
  assert.deepEqual(
    message.content.map((block) => block.type === 'tool_use' && [block.name, block.input]),
    [
      ['get_tide', { place: 'Tromsø', day: 3 }],
      ['get_wind', { place: 'Bodø' }],
    ],
  )
  assert.equal(message.stop_reason, 'tool_use')
  const [start = '', first = ''] = recorded('text.events').split('\n')
  stream(`${start}\n${first}\n!throttlingException {"message":"Too many tokens for ${secret}"}`)
  let said = ''
  const broken = ground.anthropic().messages.stream({ ...asking, tools: [] })
  broken.on('text', (delta) => (said += delta))
  const failure = await broken.done().catch((error: Error) => error)
  assert.ok(failure instanceof Error)
  assert.equal(said, 'High tide')
  assert.match(failure.message, /Too many tokens/)
  assert.ok(!failure.message.includes(secret))
})

test('options are those of a kind, are shown, and lead nowhere that whoever adds them may not go', async () => {
  const { json } = await ground.hearth.call('providers.list', {})
  const shown = json.items.find(({ name }: { readonly name: string }) => name === 'aws')
  assert.deepEqual(shown.options, { region: 'us-east-1' })
  assert.ok(!JSON.stringify(json).includes(secret))
  const wrong = await add({ ...bedrock(), options: { regoin: 'us-east-1' } })
  assert.equal(wrong.status, 400)
  assert.match(JSON.stringify(wrong.json.issues), /regoin/)
  const none = await add({ name: 'x', kind: 'openai', key: 'k', options: { region: 'x' } })
  assert.equal(none.status, 400)
  const made = await ground.hearth.call('keys.create', { name: 'of models', scopes: ['providers.write'] })
  const watsonx = { name: 'ibm', kind: 'watsonx', baseUrl: 'https://93.184.215.14', key: 'k' }
  const inside = await add({ ...watsonx, options: { project: 'p', iam: 'http://127.0.0.1:1/token' } }, made.json.key)
  assert.equal(inside.status, 422, inside.text)
  for (const iam of ['file:///etc/passwd', 'https://ann:a-password@example.com/token'])
    assert.equal((await add({ ...watsonx, options: { project: 'p', iam } })).status, 400)
  assert.equal((await add({ ...watsonx, options: { project: 'p' } }, made.json.key)).status, 200)
  assert.equal((await ground.hearth.call('providers.remove', { name: 'ibm' })).status, 200)
})

test('models of a cloud are listed when it is asked, and none is taken to be there before', async () => {
  const ids = async () =>
    (await ground.hearth.call('models.list', { provider: 'aws' })).json.items.map(
      ({ model: id }: { readonly model: string }) => id,
    )
  assert.deepEqual(await ids(), [])
  ground.upstream.instead = ({ path }, response) => {
    const file = path.startsWith('/v1/inference-profiles') ? 'models-2.json' : 'models.json'
    response.writeHead(200, { 'content-type': 'application/json' }).end(recorded(file))
    return true
  }
  assert.equal((await ground.hearth.call('models.refresh', { provider: 'aws' })).json.models, 2)
  assert.deepEqual(await ids(), ['amazon.nova-pro-v1:0', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'])
})
