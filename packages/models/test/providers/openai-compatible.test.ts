// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatCall, ChatPart } from '../../src/language.ts'
import { manifests } from '../../src/providers/openai-compatible/manifest.ts'
import { presets } from '../../src/providers/openai-compatible/presets.ts'
import type { Provider } from '../../src/provider.ts'
import { ask, failureFrom, failureIn, streamedBy, toldWhole } from './conformance/answer.ts'
import { afterTools, personSchema, tools } from './conformance/canon.ts'
import { json, stream } from './conformance/subject.ts'
import { createUpstream, type Upstream } from './conformance/upstream.ts'

async function opened(kind: string, { url }: Upstream, key?: string): Promise<Provider> {
  const open = await manifests.find((one) => one.kind === kind)?.open()
  return open?.({ name: 'here', baseUrl: `${url}/v1`, key, fetch: (input, init) => fetch(input, init) }) as Provider
}

const chat = async (upstream: Upstream, kind = 'openai-compatible') =>
  (await opened(kind, upstream)).chat?.('m') ?? assert.fail()

const events = (...chunks: readonly unknown[]): string =>
  chunks.map((chunk) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`).join('')

const delta = (said: object, more: object = {}): object => ({ choices: [{ index: 0, delta: said, ...more }] })
const stop = (reason = 'stop'): object => delta({}, { finish_reason: reason })

const streamed = async (body: string, call: ChatCall = ask('Hello')) => {
  await using upstream = await createUpstream()
  upstream.play(stream(body))
  return await streamedBy(await chat(upstream), call)
}

const whole = async (body: object, call: ChatCall = ask('Hello')) => {
  await using upstream = await createUpstream()
  upstream.play(json(JSON.stringify(body)))
  return toldWhole(await (await chat(upstream)).doGenerate(call))
}

test('presets have names of their own and addresses that can be reached', () => {
  assert.equal(new Set(presets.map(({ kind }) => kind)).size, presets.length)
  assert.deepEqual(
    presets.map(({ kind }) => kind),
    presets.map(({ kind }) => kind).toSorted(),
  )
  for (const { kind, baseUrl } of presets) {
    assert.match(kind, /^[a-z]+(-[a-z]+)*$/)
    if (baseUrl === null) continue
    const { protocol, hostname, href } = new URL(baseUrl)
    assert.ok(!baseUrl.endsWith('/') && href.startsWith(baseUrl), kind)
    // A key goes to nobody in the clear; what has none is on this machine.
    assert.ok(protocol === 'https:' || hostname === '127.0.0.1', kind)
  }
})

test('a server without a key is asked without one, and one that wants it elsewhere gets it there', async () => {
  await using upstream = await createUpstream()
  upstream.play(json(JSON.stringify({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] })))
  await (await opened('vllm', upstream)).chat?.('m').doGenerate(ask('Hello'))
  await (await opened('azure-openai', upstream, 'secret-of-azure')).chat?.('m').doGenerate(ask('Hello'))
  const [bare, azure] = upstream.asked
  assert.deepEqual([bare?.headers['authorization'], bare?.path], [undefined, '/v1/chat/completions'])
  assert.deepEqual([azure?.headers['authorization'], azure?.headers['api-key']], [undefined, 'secret-of-azure'])
  assert.deepEqual((await opened('vllm', upstream)).headers, {})
})

test('thoughts are told as they come, and not held back until something is said', async () => {
  for (const field of ['reasoning_content', 'reasoning']) {
    await using upstream = await createUpstream()
    upstream.play(
      stream(events(delta({ role: 'assistant', content: '' }), delta({ [field]: 'Hm' })), { behind: 'stay' }),
    )
    const { stream: parts } = await (await chat(upstream)).doStream(ask('Hello'))
    const seen: ChatPart[] = []
    for await (const part of parts) {
      seen.push(part)
      if (part.type === 'reasoning-delta') break
    }
    assert.equal(seen.at(-1)?.type, 'reasoning-delta')
    assert.ok(!seen.some(({ type }) => type === 'raw'))
    await upstream.asked[0]?.closed
  }
})

test('thoughts and words of one event come apart, and thoughts may come again', async () => {
  const { parts, text, reasoning, finish } = await streamed(
    events(
      delta({ reasoning: 'a', content: 'b' }),
      delta({ content: 'c' }),
      delta({ reasoning: 'd' }),
      delta({ content: 'e' }),
      stop(),
    ),
  )
  assert.deepEqual([reasoning, text, finish?.unified], ['ad', 'bce', 'stop'])
  const starts = parts.filter(({ type }) => type.endsWith('-start') && type !== 'stream-start').map(({ type }) => type)
  assert.deepEqual(starts, ['reasoning-start', 'text-start', 'reasoning-start', 'text-start'])
})

test('thoughts and words in one list are read, as Mistral has them', async () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm. ' }] },
    { type: 'text', text: 'Hello' },
  ]
  const streams = await streamed(events(delta({ role: 'assistant', content }), stop()))
  assert.deepEqual([streams.reasoning, streams.text], ['Hm. ', 'Hello'])
  const told = await whole({ choices: [{ index: 0, message: { content }, finish_reason: 'stop' }] })
  assert.deepEqual([told.reasoning, told.text], ['Hm. ', 'Hello'])
})

test('calls are read without numbers, with inputs that are objects, and all at once', async () => {
  const call = (id: string, name: string, input: unknown): object => ({
    id,
    type: '',
    function: { name, arguments: input },
  })
  const both = [call('one', 'get_tide', { place: 'Bodø', day: 1 }), call('two', 'get_wind', '{"place":"Bodø"}')]
  const expected = [
    { name: 'get_tide', input: { place: 'Bodø', day: 1 } },
    { name: 'get_wind', input: { place: 'Bodø' } },
  ]
  const streams = await streamed(
    events(delta({ role: '', content: '', tool_calls: both }), stop('tool_calls')),
    ask('', { tools }),
  )
  assert.deepEqual([streams.calls, streams.text, streams.finish?.unified], [expected, '', 'tool-calls'])
  const pieces = await streamed(
    events(
      delta({ tool_calls: [{ id: 'one', function: { name: 'get_tide', arguments: '{"place":' } }] }),
      delta({ tool_calls: [{ function: { arguments: '"Bodø","day":1}' } }] }),
      delta({ tool_calls: [{ id: 'two', function: { name: 'get_wind', arguments: '{"place":"Bodø"}' } }] }),
      stop('tool_calls'),
    ),
    ask('', { tools }),
  )
  assert.deepEqual(pieces.calls, expected)
  const told = await whole({
    choices: [{ message: { role: 'model', content: null, tool_calls: both }, finish_reason: 'tool_calls' }],
  })
  assert.deepEqual(told.calls, expected)
})

test('small differences end no answer', async () => {
  const odd = { id: 17, created: '2026-01-01', model: null, object: 'x' }
  const strange = { content: [{ token_id: 5 }] }
  const body = [
    ': OPENROUTER PROCESSING\n\n',
    events({ ...odd, ...delta({ role: 'model', content: 'Hel' }, { logprobs: strange, finish_reason: '' }) }),
    events({ ...odd, choices: null }, { ...odd, choices: [{ delta: { content: 'lo' } }] }, { ...odd, ...stop() }),
    events({ ...odd, usage: { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: null } }),
  ].join('')
  const { text, finish, usage } = await streamed(body)
  assert.deepEqual(
    [text, finish?.unified, usage?.inputTokens.total, usage?.outputTokens.total],
    ['Hello', 'stop', 3, 2],
  )
  const told = await whole({
    ...odd,
    choices: [
      { message: { content: 'Hello', annotations: [{ type: 'x' }] }, logprobs: strange, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 2 },
  })
  assert.deepEqual([told.text, told.usage?.outputTokens.total], ['Hello', 2])
})

test('a stream under another name is a stream', async () => {
  await using upstream = await createUpstream()
  upstream.play({
    headers: { 'content-type': 'text/plain' },
    body: events(delta({ reasoning: 'a', content: 'b' }), stop()),
  })
  const { text, reasoning } = await streamedBy(await chat(upstream), ask('Hello'))
  assert.deepEqual([reasoning, text], ['a', 'b'])
})

test('errors in a stream are errors in all their forms', async () => {
  const along = {
    error: { code: 502, message: 'the provider behind is away' },
    ...delta({ content: '' }, { finish_reason: 'error' }),
  }
  const forms: readonly (readonly [unknown, string])[] = [
    [along, 'away'],
    [stop('error'), 'away'],
    [{ error: 'Request failed during generation', error_type: 'generation' }, 'away'],
    [{ object: 'error', message: 'no such thing', type: 'NotFoundError', code: 404 }, 'unknown-model'],
    [{ error: { message: 'maximum context length is 8 tokens', type: 'BadRequestError', code: 400 } }, 'too-long'],
    [{ message: 'slow down', code: 'rate_limit_exceeded' }, 'rate'],
    ['{"choices":[{"del', 'garbage'],
  ]
  for (const [form, type] of forms) {
    const later = await streamed(events(delta({ content: 'Hello' }), form))
    assert.deepEqual([later.text, later.failure?.type], ['Hello', type], JSON.stringify(form))
    await using upstream = await createUpstream()
    upstream.play(stream(events(form)))
    assert.equal((await failureFrom((await chat(upstream)).doStream(ask('Hello')))).type, type, JSON.stringify(form))
  }
})

test('settings go out whatever a model is called', async () => {
  await using upstream = await createUpstream()
  upstream.play(json(JSON.stringify({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] })))
  const provider = await opened('vllm', upstream)
  for (const model of ['o3', 'gpt-5', 'o1-mini', 'gpt-4o-search-preview'])
    await provider.chat?.(model).doGenerate({
      prompt: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
      ],
      temperature: 0.3,
      topP: 0.9,
      maxOutputTokens: 9,
      frequencyPenalty: 0.1,
      seed: 4,
    })
  for (const { body } of upstream.asked) {
    const { messages, temperature, top_p: topP, max_tokens: most, frequency_penalty: penalty, seed } = body
    assert.deepEqual([temperature, topP, most, penalty, seed], [0.3, 0.9, 9, 0.1, 4])
    assert.deepEqual((messages as readonly unknown[])[0], { role: 'system', content: 'Be short.' })
  }
})

test('what Mistral refuses is not sent to it, and ids of calls are as it wants them', async () => {
  await using upstream = await createUpstream()
  upstream.play(stream(events(delta({ content: 'Hello' }), stop())))
  const providerOptions = { openai: { user: 'u', logprobs: 2, store: false } }
  await streamedBy(await chat(upstream, 'mistral'), {
    prompt: afterTools,
    tools,
    seed: 7,
    maxOutputTokens: 5,
    providerOptions,
  })
  const { body } = upstream.asked[0] ?? assert.fail()
  for (const name of ['stream_options', 'user', 'logprobs', 'top_logprobs', 'store', 'seed'])
    assert.ok(!(name in body), name)
  assert.deepEqual([body['random_seed'], body['max_tokens'], body['stream']], [7, 5, true])
  const ids = [...JSON.stringify(body).matchAll(/"(?:id|tool_call_id)":"([^"]+)"/g)].map(([, id]) => id)
  assert.equal(ids.length, 2)
  assert.equal(ids[0], ids[1])
  assert.match(ids[0] ?? '', /^[A-Za-z0-9]{9}$/)
})

test('where no schema is taken it is told in words', async () => {
  await using upstream = await createUpstream()
  upstream.play(json(JSON.stringify({ choices: [{ message: { content: '{}' }, finish_reason: 'stop' }] })))
  const responseFormat = { type: 'json', name: 'person', schema: personSchema as never } as const
  await (await chat(upstream, 'deepseek')).doGenerate(ask('Who?', { responseFormat }))
  const { body } = upstream.asked[0] ?? assert.fail()
  assert.deepEqual(body['response_format'], { type: 'json_object' })
  assert.ok(JSON.stringify(body['messages']).includes(JSON.stringify(JSON.stringify(personSchema)).slice(1, -1)))
})

test('schemas are not strict unless they are asked to be', async () => {
  await using upstream = await createUpstream()
  upstream.play(json(JSON.stringify({ choices: [{ message: { content: '{}' }, finish_reason: 'stop' }] })))
  const model = await chat(upstream)
  const responseFormat = { type: 'json', schema: personSchema as never } as const
  await model.doGenerate(ask('Who?', { responseFormat }))
  await model.doGenerate(ask('Who?', { responseFormat, providerOptions: { openai: { strictJsonSchema: true } } }))
  const strict = upstream.asked.map(({ body }) => /"strict":(\w+)/.exec(JSON.stringify(body))?.[1])
  assert.deepEqual(strict, ['false', 'true'])
})

test('lists are read in the forms that there are, with what fits into a model', async () => {
  const lists: readonly (readonly [string, unknown, string])[] = [
    ['vllm', { data: [{ id: 'a', max_model_len: 8192 }] }, '/v1/models'],
    ['openrouter', { data: [{ id: 'a', context_length: 8192 }] }, '/v1/models'],
    ['groq', { data: [{ id: 'a', context_window: 8192 }] }, '/v1/models'],
    ['llama-cpp', { data: [{ id: 'a', meta: { n_ctx_train: 8192 } }] }, '/v1/models'],
    ['llama-cpp', { data: [{ id: 'a', meta: { n_ctx: 8192, n_ctx_train: 32_768 } }] }, '/v1/models'],
    ['tabbyapi', { data: [{ id: 'a', parameters: { max_seq_len: 8192 } }] }, '/v1/models'],
    ['together', [{ id: 'a', context_length: 8192 }], '/v1/models'],
    ['github-models', [{ id: 'a', limits: { max_input_tokens: 8192 } }], '/catalog/models'],
  ]
  for (const [kind, body, path] of lists) {
    await using upstream = await createUpstream()
    upstream.play(json(JSON.stringify(body)))
    const list = await (await opened(kind, upstream)).list?.(new AbortController().signal)
    assert.deepEqual(list, [{ id: 'a', context: 8192 }], kind)
    assert.equal(upstream.asked[0]?.path, path)
  }
  await using upstream = await createUpstream()
  assert.equal((await opened('bedrock-openai', upstream)).list, undefined)
})

test('what is passed on untouched is what the server takes as it is', () => {
  const speaks = (kind: string) => manifests.find((one) => one.kind === kind)?.speaks
  assert.deepEqual(speaks('vllm'), { 'openai-chat': '/chat/completions', 'openai-embeddings': '/embeddings' })
  assert.deepEqual(speaks('groq'), { 'openai-chat': '/chat/completions' })
  assert.deepEqual(speaks('mistral'), { 'openai-embeddings': '/embeddings' })
  assert.deepEqual([speaks('tgi'), speaks('tabbyapi')], [{}, { 'openai-embeddings': '/embeddings' }])
})

test('raw events are told to whoever asks for them', async () => {
  await using upstream = await createUpstream()
  upstream.play(stream(events(delta({ content: 'Hello' }), stop())))
  const { stream: parts } = await (await chat(upstream)).doStream(ask('Hello', { includeRawChunks: true }))
  const all = await Array.fromAsync(parts)
  assert.equal(all.filter(({ type }) => type === 'raw').length, 2)
  const end = all.at(-1)
  assert.ok(end?.type === 'finish' || failureIn(end))
})
