// shows: A1
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { hearthCommand, ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'
import { localModel } from './local-model.ts'

const { path, skip } = localModel()
let hearth: RunningHearth
let scratch: string

const openai = (apiKey = ownerKey): OpenAI => new OpenAI({ baseURL: `${hearth.url}/v1`, apiKey, maxRetries: 0 })
const greet = [{ role: 'user' as const, content: 'Say hello.' }]

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'hearth-local-'))
  hearth = await startHearth()
  if (skip !== false) return
  const added = await hearth.call('models.add', { name: 'gemma', file: path, context: 2048 })
  assert.equal(added.status, 200)
})
after(async () => {
  await hearth[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

test('a file is added, listed, tested and talked to on the command line', { skip }, async () => {
  const on = ['--data', hearth.data]
  const added = await hearthCommand(['models', 'add', path, '--name', 'small', '--context', '256', '--json', ...on])
  assert.deepEqual(
    [added.code, JSON.parse(added.said)],
    [0, { name: 'small', architecture: 'gemma3', quantization: 'Q4_K_M', context: 256 }],
  )
  const listed = (await hearth.call('models.list', { provider: 'small' })).json.items
  assert.deepEqual(listed, [
    {
      id: 'small/small',
      provider: 'small',
      kind: 'gguf',
      model: 'small',
      known: true,
      context: 256,
      inputUsd: '0',
      outputUsd: '0',
      dataPolicy: 'own',
    },
  ])
  const tested = await hearthCommand(['models', 'test', 'small', '--json', ...on])
  assert.deepEqual([tested.code, JSON.parse(tested.said).models], [0, ['small']])
  const lines = (await hearthCommand(['chat', '--model', 'small', '--json', ...on, 'Say hello.'])).said
    .trim()
    .split('\n')
  const told = lines.map((line) => JSON.parse(line) as Record<string, string>)
  const { text, provider, costUsd } = told.at(-1) ?? {}
  assert.deepEqual([provider, costUsd], ['small', '0'])
  assert.ok(lines.length > 2 && text !== '')
  assert.equal(
    told
      .slice(0, -1)
      .map(({ delta }) => delta)
      .join(''),
    text,
  )
})

test('clients of OpenAI get streams, structured output, calls of tools and log-probabilities', { skip }, async () => {
  const asked = { model: 'gemma', messages: greet, temperature: 0, max_tokens: 12 }
  const whole = await openai().chat.completions.create({ ...asked, logprobs: true, top_logprobs: 2 })
  const [choice] = whole.choices
  assert.equal(choice?.logprobs?.content?.map(({ token }) => token).join(''), choice?.message.content)
  const chunks = await Array.fromAsync(
    await openai().chat.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } }),
  )
  assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), choice?.message.content)
  assert.deepEqual(chunks.at(-1)?.usage?.prompt_tokens, whole.usage?.prompt_tokens)
  assert.equal(whole.usage?.completion_tokens, 12)
  assert.equal(choice?.finish_reason, 'length')
  const structured = await openai().chat.completions.create({
    model: 'gemma/gemma',
    messages: [{ role: 'user', content: 'Who was Ada Lovelace?' }],
    max_tokens: 200,
    temperature: 0,
    response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true, schema: person } },
  })
  const answer = JSON.parse(structured.choices[0]?.message.content ?? '') as Record<string, unknown>
  assert.deepEqual(Object.keys(answer), ['name', 'known_for'])
  assert.ok(['mathematics', 'music'].includes(String(answer['known_for'])))
  const called = await openai().chat.completions.create({
    model: 'gemma',
    messages: [{ role: 'user', content: 'When is high tide in Oslo on day 3?' }],
    max_tokens: 100,
    temperature: 0,
    tools: [{ type: 'function', function: { name: 'get_tide', parameters: tide } }],
    tool_choice: 'required',
  })
  const [call] = called.choices[0]?.message.tool_calls ?? []
  assert.ok(call?.type === 'function')
  assert.equal(call.function.name, 'get_tide')
  const input = JSON.parse(call.function.arguments) as Record<string, unknown>
  assert.deepEqual(
    [Object.keys(input), typeof input['place'], typeof input['day']],
    [['place', 'day'], 'string', 'number'],
  )
  assert.equal(called.choices[0]?.finish_reason, 'tool_calls')
})

const person = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 40 }, known_for: { enum: ['mathematics', 'music'] } },
  required: ['name', 'known_for'],
  additionalProperties: false,
}
const tide = {
  type: 'object',
  properties: { place: { type: 'string', maxLength: 20 }, day: { type: 'integer' } },
  required: ['place', 'day'],
  additionalProperties: false,
}

test('a key with a budget may ask it, and is charged nothing', { skip }, async () => {
  const made = await hearth.call('keys.create', { name: 'poor', budget: { usd: 0.000001, per: 'day' } })
  const { data, response } = await openai(made.json.key)
    .chat.completions.create({ model: 'gemma', messages: greet, max_tokens: 3 })
    .withResponse()
  assert.ok(data.usage !== undefined)
  assert.equal(response.headers.get('x-hearth-cost-usd'), '0')
  await until(async () => {
    const { items } = (await hearth.call('calls.list', { limit: 5 })).json
    return items.some(
      ({ id, costUsd, inputTokens }: Record<string, unknown>) =>
        id === response.headers.get('x-hearth-call') && costUsd === '0' && inputTokens === data.usage?.prompt_tokens,
    )
  }, 'the call is in the ledger at no cost')
})

test('clients of Anthropic call its tools too', { skip }, async () => {
  const client = new Anthropic({ baseURL: hearth.url, apiKey: ownerKey, maxRetries: 0 })
  const message = await client.messages
    .stream({
      model: 'gemma',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'When is high tide in Oslo on day 3?' }],
      tools: [{ name: 'get_tide', input_schema: { ...tide, type: 'object' } }],
      tool_choice: { type: 'any' },
    })
    .finalMessage()
  const [block] = message.content
  assert.ok(block?.type === 'tool_use')
  assert.deepEqual([block.name, message.stop_reason], ['get_tide', 'tool_use'])
  assert.deepEqual(Object.keys(block.input as object), ['place', 'day'])
})

/** The processes that run models for this server. */
async function childrenOf(server: number): Promise<readonly number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const read = (pid: string, what: string): Promise<string> => readFile(`/proc/${pid}/${what}`, 'utf8').catch(() => '')
  const found: number[] = []
  for (const pid of all) {
    const parent = /^PPid:\s+(\d+)$/m.exec(await read(pid, 'status'))?.[1]
    if (parent === String(server) && (await read(pid, 'cmdline')).includes('gguf/child')) found.push(Number(pid))
  }
  return found
}

test('a process that breaks off ends its stream with an error, and nothing else', { skip }, async () => {
  const { pid } = await hearth.serverFile()
  const stream = await openai().chat.completions.create({
    model: 'gemma',
    messages: [{ role: 'user', content: 'Tell a long story.' }],
    stream: true,
  })
  let killed = 0
  await assert.rejects(async () => {
    for await (const { choices } of stream) {
      if ((choices[0]?.delta.content ?? '') === '' || killed > 0) continue
      for (const child of await childrenOf(pid)) {
        process.kill(child, 'SIGABRT')
        killed += 1
      }
    }
  }, OpenAI.APIError)
  assert.ok(killed > 0)
  const next = await openai().chat.completions.create({ model: 'gemma', messages: greet, max_tokens: 2 })
  assert.equal(next.usage?.completion_tokens, 2)
  assert.equal((await hearth.serverFile()).pid, pid)
  // And when nobody waits any more the model stops: its one process takes the next question at once.
  const left = new AbortController()
  const leaving = await openai().chat.completions.create(
    { model: 'gemma', messages: greet, stream: true },
    { signal: left.signal },
  )
  for await (const _chunk of leaving) left.abort()
  await until(async () => {
    const { items } = (await hearth.call('calls.list', { outcome: 'stopped', limit: 5 })).json
    return items.length > 0
  }, 'the call that was left is in the ledger')
})

test('files of the machine are for those who may name them', async () => {
  const key = async (scopes?: readonly string[]): Promise<Record<string, string>> => {
    const made = await hearth.call('keys.create', { name: 'some', ...(scopes === undefined ? {} : { scopes }) })
    return { authorization: `Bearer ${made.json.key}` }
  }
  const absent = { name: 'x', file: join(scratch, 'absent.gguf') }
  for (const wide of [await key(['*']), await key(['providers.*', 'models.*']), await key()])
    for (const file of [absent.file, join(hearth.data, 'owner.key'), '/etc/passwd']) {
      const refused = await hearth.call('models.add', { name: 'x', file }, wide)
      assert.deepEqual([refused.status, refused.json.code], [403, 'models.file-refused'])
    }
  const named = await hearth.call('models.add', absent, await key(['providers.write', 'files.local']))
  assert.deepEqual([named.status, named.json.code], [422, 'models.file-unusable'])
  // Nor by the door for addresses.
  for (const kind of ['gguf', 'openai']) {
    const other = await hearth.call('providers.add', { name: 'x', kind, baseUrl: 'file:///etc/passwd', key: 'k' })
    assert.equal(other.status, 400)
  }
})

test('what is no model is refused with its reason, and whole files alone are taken', async () => {
  const refusedFor = async (file: string): Promise<string> => {
    const { status, json } = await hearth.call('models.add', { name: 'x', file })
    assert.deepEqual([status, json.code], [422, 'models.file-unusable'])
    return json.detail
  }
  const text = join(scratch, 'text.gguf')
  await writeFile(text, 'once upon a time')
  assert.match(await refusedFor(text), /no GGUF file/)
  assert.match(await refusedFor(scratch), /cannot be read|no file/)
  assert.match(await refusedFor('/dev/zero'), /no file/)
  assert.equal((await hearth.call('models.add', { name: 'x', file: 'relative.gguf' })).status, 400)
})

test('a file that is gone or cut makes an error of the protocol, and the server goes on', { skip }, async () => {
  const file = join(scratch, 'copy.gguf')
  await copyFile(path, file)
  assert.equal((await hearth.call('models.add', { name: 'cut', file, context: 1024 })).status, 200)
  const ask = (model: string): Promise<unknown> =>
    openai().chat.completions.create({ model, messages: greet, max_tokens: 2 })
  await ask('cut')
  await truncate(file, 1_000_000)
  // The process that had it in its memory may break off, or live on what it had read.
  await ask('cut').catch((error: unknown) => assert.ok(error instanceof OpenAI.APIError))
  await rm(file)
  await hearth.call('providers.remove', { name: 'cut' })
  assert.equal(
    (await hearth.call('models.add', { name: 'cut', file, context: 1024 })).json.code,
    'models.file-unusable',
  )
  await ask('gemma')
})
