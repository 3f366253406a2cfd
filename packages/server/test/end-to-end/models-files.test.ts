// shows: A1, A8
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { ownerKey } from './hearth.ts'
import { useModelGround } from './model-ground.ts'
import { json } from './upstream.ts'

// Pictures that are named by an address, at providers that take none.

const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const answer = readFileSync(
  join(import.meta.dirname, '../../../models/test/providers/fixtures/google/text.json'),
  'utf8',
)
const ground = useModelGround()
const asked: string[] = []
let serve: RequestListener
const pictures = createServer((request, response) => {
  asked.push(request.url ?? '')
  serve(request, response)
})
const at = (path: string): string => `http://127.0.0.1:${(pictures.address() as AddressInfo).port}${path}`

before(async () => {
  pictures.listen(0, '127.0.0.1')
  await once(pictures, 'listening')
})
after(async () => {
  pictures.closeAllConnections()
  pictures.close()
  await once(pictures, 'close')
})

beforeEach(async () => {
  const { url } = ground.upstream
  for (const provider of [
    { name: 'gemini', kind: 'google', baseUrl: url, key: 'g' },
    { name: 'ollama', kind: 'ollama', baseUrl: url, models: ['llava'] },
    { name: 'vllm', kind: 'vllm', baseUrl: url, models: ['llava'] },
  ])
    assert.equal((await ground.hearth.call('providers.add', provider)).status, 200)
  ground.upstream.instead = ({ path }, response) => {
    if (!path.includes(':generateContent')) return false
    json(response, JSON.parse(answer) as object)
    return true
  }
  asked.length = 0
  serve = (_request, response) => response.end(Buffer.from(picture, 'base64'))
})

const question = (model: string, ...urls: readonly string[]) => ({
  model,
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is it?' },
        ...urls.map((url) => ({ type: 'image_url', image_url: { url } })),
      ],
    },
  ],
})
const ask = (body: object, key = ownerKey, path = '/v1/chat/completions') =>
  ground.hearth.request('POST', path, body, { authorization: `Bearer ${key}`, 'x-api-key': key })
const sent = (): string => ground.upstream.asked.at(-1)?.body ?? ''

test('a picture is fetched once, and goes to the provider as what it is, whatever its server calls it', async () => {
  serve = ({ url }, response) => {
    if (url === '/moved') return void response.writeHead(302, { location: '/a.txt' }).end()
    response.writeHead(200, { 'content-type': 'text/plain' }).end(Buffer.from(picture, 'base64'))
  }
  const { status } = await ask(question('gemini/gemini-2.5-flash', at('/moved'), at('/moved')))
  assert.equal(status, 200)
  assert.deepEqual(asked, ['/moved', '/a.txt'])
  assert.equal(sent().split(`"inlineData":{"mimeType":"image/png","data":"${picture}"}`).length, 3, sent())
})

test('one that an Anthropic client names in the result of a tool is fetched too', async () => {
  const image = { type: 'image', source: { type: 'url', url: at('/tool.png') } }
  const body = {
    model: 'gemini/gemini-2.5-flash',
    max_tokens: 50,
    messages: [
      { role: 'user', content: 'Look outside.' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'look', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: [image] }] },
    ],
    tools: [{ name: 'look', input_schema: { type: 'object', properties: {} } }],
  }
  const { status, text } = await ask(body, ownerKey, '/v1/messages')
  assert.equal(status, 200, text)
  assert.deepEqual(asked, ['/tool.png'])
  assert.ok(sent().includes(picture), sent())
})

test('a server of OpenAI’s protocol that fetches nothing is given the picture, and one that does its address', async () => {
  assert.equal((await ask(question('ollama/llava', at('/b.png')))).status, 200)
  assert.ok(sent().includes(`data:image/png;base64,${picture}`), sent())
  assert.deepEqual(asked, ['/b.png'])
  assert.equal((await ask(question('vllm/llava', at('/c.png')))).status, 200)
  assert.ok(sent().includes(at('/c.png')))
  assert.equal((await ask(question('ollama/llava', `data:image/png;base64,${picture}`))).status, 200)
  assert.deepEqual(asked, ['/b.png'])
})

test('an address that whoever asks may not reach is not asked', async () => {
  const { json: made } = await ground.hearth.call('keys.create', { name: 'guest', scopes: ['models.use'] })
  for (const url of [at('/secret.png'), 'http://localhost:1/x.png', 'http://169.254.169.254/latest/meta-data/']) {
    const refused = await ask(question('gemini/gemini-2.5-flash', url), made.key)
    assert.deepEqual([refused.status, refused.json.error.code], [400, 'models.refused'], url)
    assert.match(refused.json.error.message, /may not be reached/)
    assert.ok(!refused.text.includes(new URL(url).host))
  }
  assert.deepEqual(asked, [])
  assert.equal(ground.upstream.asked.length, 0)
})

test('what was answered about a picture at a private address is given to nobody who may not have it fetched', async () => {
  await ground.hearth.call('caches.set', { caches: { scope: 'tenant', sampled: true } })
  const { json: made } = await ground.hearth.call('keys.create', { name: 'guest', scopes: ['models.use'] })
  const secret = question('ollama/llava', at('/private.png'))
  assert.deepEqual([(await ask(secret)).status, (await ask(secret)).status], [200, 200])
  assert.deepEqual([ground.upstream.asked.length, asked.length], [1, 1])
  assert.match((await ask(secret, made.key)).text, /may not be reached/)
  // Of anything else all have the same.
  const plain = question('ollama/llava')
  await ask(plain)
  assert.equal((await ask(plain, made.key)).status, 200)
  assert.equal(ground.upstream.asked.length, 2)
  await ground.hearth.call('caches.set', { caches: null })
})

test('what is no picture, too large, too slow to end or not there is refused, and the provider is not asked', async () => {
  const cases: readonly (readonly [RequestListener, RegExp])[] = [
    [(_, response) => response.end('<svg onload="x"/>'), /no picture/],
    // A budget has set aside what a picture costs, and a document may cost a hundred times as much.
    [(_, response) => response.end('%PDF-1.7 a thousand pages'), /no picture/],
    [(_, response) => response.writeHead(404).end(), /could not be fetched/],
    [(_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(), /could not be fetched/],
    [({ url }, response) => response.writeHead(302, { location: `${url}x` }).end(), /led on again/],
    [({ socket }) => socket.destroy(), /could not be fetched/],
    [
      (_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(1_048_576, 1)));
        }
        response.on('drain', more)
        more()
      },
      /larger than 20 MB/,
    ],
  ]
  for (const [one, why] of cases) {
    serve = one
    const refused = await ask(question('gemini/gemini-2.5-flash', at('/p.png')))
    assert.deepEqual([refused.status, refused.json.error.code], [400, 'models.refused'], String(why))
    assert.match(refused.json.error.message, why)
  }
  const many = Array.from({ length: 21 }, (_, index) => at(`/${index}.png`))
  assert.equal((await ask(question('gemini/gemini-2.5-flash', ...many))).status, 400)
  const named = at('/named.png').replace('//', '//ann:secret@')
  asked.length = 0
  assert.match((await ask(question('gemini/gemini-2.5-flash', named))).text, /behind a name and a password/)
  assert.deepEqual(asked, [])
  assert.equal(ground.upstream.asked.length, 0)
})

test('a model that sees nothing has nothing fetched for it', async () => {
  await ask(question('demo', at('/d.png')))
  assert.deepEqual(asked, [])
})
