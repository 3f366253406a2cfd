// shows: A5
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { beforeEach, test } from 'node:test'
import type OpenAI from 'openai'
import { ownerKey, until } from './hearth.ts'
import { useModelGround } from './model-ground.ts'
import { beginStream, chunk, event, json, said } from './upstream.ts'

const ground = useModelGround(async ({ hearth, upstream }) => {
  const claude = { name: 'claude', kind: 'anthropic', baseUrl: upstream.url, key: 'sk-ant', models: ['claude-fable-5'] }
  await hearth.call('providers.add', claude)
})

beforeEach(async () => {
  await ground.hearth.call('caches.set', { caches: { sampled: true } })
})

const messages = (content: string) => [{ role: 'user' as const, content }]
const wordOf = ({ headers }: { readonly headers: Headers }): string | null => headers.get('x-hearth-cache')
const asked = (): number => ground.upstream.asked.length

/** The provider answers nobody before it is let go. */
function held(): { readonly go: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  ground.upstream.instead = async () => {
    await promise
    return false
  }
  return { go: resolve }
}

const whole = async (client: OpenAI, content: string, more: object = {}) => {
  const { data, response } = await client.chat.completions
    .create({ model: 'gpt-4o-mini', messages: messages(content), ...more })
    .withResponse()
  return { text: data.choices[0]?.message.content, id: data.id, response }
}

const streamed = async (client: OpenAI, content: string, more: object = {}) => {
  const form = { stream: true, stream_options: { include_usage: true } } as const
  const { data, response } = await client.chat.completions
    .create({ model: 'gpt-4o-mini', messages: messages(content), ...form, ...more })
    .withResponse()
  let text = ''
  let id = ''
  let tokens = 0
  for await (const { choices, usage, ...chunk } of data) {
    id = chunk.id
    text += choices[0]?.delta.content ?? ''
    tokens = usage?.total_tokens ?? tokens
  }
  return { text, id, tokens, response }
}

test('calls that are the same and come at once are asked once, whole and as streams', async () => {
  const openai = ground.openai()
  for (const first of [whole, streamed]) {
    const { go } = held()
    const before = asked()
    const content = `at once, ${first.name}?`
    const leading = first(openai, content)
    await until(() => asked() === before + 1, 'the first is asked')
    const waiting = [whole, streamed, whole, streamed].map((ask) => ask(openai, content))
    // Each of them has come as far as the first.
    await whole(ground.openai(), 'something else?', { model: 'demo' })
    go()
    const answers = [await leading, ...(await Promise.all(waiting))]
    assert.deepEqual(
      answers.map(({ text }) => text),
      answers.map(() => said),
    )
    assert.deepEqual(
      answers.map(({ response }) => wordOf(response)),
      ['miss', 'hit', 'hit', 'hit', 'hit'],
    )
    assert.equal(asked(), before + 1)
    // One for each form.
    assert.equal(new Set(answers.map(({ id }) => id)).size, 2)
    const record = await ground.recordOf(answers[1]?.response.headers.get('x-hearth-call') ?? null)
    assert.deepEqual([record['cache'], record['costUsd'], record['savedUsd']], ['hit', '0', '0.00000405'])
  }
})

test('where the first fails, or its client leaves, the others go on by themselves', async () => {
  const openai = ground.openai()
  const { promise, resolve } = Promise.withResolvers<void>()
  ground.upstream.instead = async (_asked, response) => {
    if (asked() > 1) return false
    await promise
    json(response, { error: { message: 'not this one' } }, 400)
    return true
  }
  const failing = whole(openai, 'fails?').catch((error: { readonly status: number }) => error.status)
  await until(() => asked() === 1, 'the first is asked')
  const waiting = [whole(openai, 'fails?'), streamed(openai, 'fails?'), whole(openai, 'fails?')]
  await whole(openai, 'something else?', { model: 'demo' })
  resolve()
  assert.equal(await failing, 400)
  const words = (await Promise.all(waiting)).map(({ response }) => wordOf(response))
  assert.deepEqual(words.toSorted(), ['hit', 'hit', 'miss'])
  assert.equal(asked(), 2)

  const { go } = held()
  const leaving = new AbortController()
  const left = openai.chat.completions
    .create({ model: 'gpt-4o-mini', messages: messages('leaves?') }, { signal: leaving.signal })
    .catch(() => 'left')
  await until(() => asked() === 3, 'it is asked')
  const stays = [whole(openai, 'leaves?'), whole(openai, 'leaves?')]
  await whole(openai, 'something else?', { model: 'demo' })
  leaving.abort()
  assert.equal(await left, 'left')
  await until(() => asked() === 4, 'another is asked')
  go()
  assert.deepEqual((await Promise.all(stays)).map(({ response }) => wordOf(response)).toSorted(), ['hit', 'miss'])
  assert.equal(asked(), 4)
})

test('nobody waits for what another key asks, unless both may be told the same', async () => {
  const other = ground.openai((await ground.hearth.call('keys.create', { name: 'other' })).json.key)
  const { go } = held()
  const both = [whole(ground.openai(), 'whose?'), whole(other, 'whose?')]
  await until(() => asked() === 2, 'both are asked')
  go()
  await Promise.all(both)
})

test('texts that somebody asks for already are not asked for again', async () => {
  const openai = ground.openai()
  const embed = async (input: string[]) =>
    openai.embeddings.create({ model: 'text-embedding-3-small', input, encoding_format: 'float' })
  const { go } = held()
  const first = embed(['one', 'three'])
  await until(() => asked() === 1, 'the first is asked')
  const more = [embed(['three']), embed(['three', 'seventeen']), embed(['seventeen', 'one'])]
  await whole(openai, 'something else?', { model: 'demo' })
  go()
  assert.equal((await first).data.length, 2)
  const vectors = (await Promise.all(more)).map(({ data }) => data.map(({ embedding }) => embedding[0]))
  assert.deepEqual(vectors, [[5], [5, 9], [9, 3]])
  const sent = ground.upstream.asked.map(({ body }) => JSON.parse(body).input)
  assert.deepEqual(sent, [['one', 'three'], ['seventeen']])
})

test('what was answered whole answers a stream, and the other way round, at every door', async () => {
  const [openai, anthropic] = [ground.openai(), ground.anthropic()]
  const model = 'claude/claude-fable-5'
  const doors = {
    chat: (content: string) => whole(openai, content, { model, max_tokens: 9 }),
    chatStream: (content: string) => streamed(openai, content, { model, max_tokens: 9 }),
    messages: async (content: string) => {
      const { data, response } = await anthropic.messages
        .create({ model, max_tokens: 9, messages: messages(content) })
        .withResponse()
      return { text: data.content.map((part) => (part.type === 'text' ? part.text : '')).join(''), response }
    },
    messagesStream: async (content: string) => {
      const stream = anthropic.messages.stream({ model, max_tokens: 9, messages: messages(content) })
      const { response } = await stream.withResponse()
      return { text: await stream.finalText(), response }
    },
    responses: async (content: string) => {
      const { data, response } = await openai.responses
        .create({ model, max_output_tokens: 9, input: content })
        .withResponse()
      return { text: data.output_text, response }
    },
    responsesStream: async (content: string) => {
      const { data, response } = await openai.responses
        .create({ model, max_output_tokens: 9, input: content, stream: true })
        .withResponse()
      let text = ''
      for await (const event of data) if (event.type === 'response.output_text.delta') text += event.delta
      return { text, response }
    },
  }
  for (const first of Object.keys(doors) as (keyof typeof doors)[]) {
    const content = `first by ${first}?`
    const before = asked()
    assert.equal(wordOf((await doors[first](content)).response), 'miss')
    for (const [door, ask] of Object.entries(doors)) {
      const { text, response } = await ask(content)
      assert.deepEqual([wordOf(response), text], ['hit', said], `${first}, ${door}`)
    }
    assert.equal(asked(), before + 1, first)
  }
})

test('nobody waits for who reads slowly, nor for what is too long to be kept', async () => {
  const content = 'slowly?'
  ground.upstream.instead = (_asked, response) => {
    if (asked() > 1) return false
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { role: 'assistant', content: '' })))
    const piece = event(chunk('gpt-4o-mini', { content: 'x'.repeat(60_000) }))
    for (let count = 0; count < 300; count += 1) response.write(piece)
    return true
  }
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: messages(content), stream: true })
  const { hostname, port } = new URL(ground.hearth.url)
  const socket = connect(Number(port), hostname)
  socket.pause()
  const head = ['POST /v1/chat/completions HTTP/1.1', `host: ${hostname}:${port}`, `authorization: Bearer ${ownerKey}`]
  const about = ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`]
  socket.write(`${[...head, ...about].join('\r\n')}\r\n\r\n${body}`)
  await until(() => asked() === 1, 'the first is asked')
  const { text, response } = await streamed(ground.openai(), content)
  assert.deepEqual([text, wordOf(response)], [said, 'miss'])
  socket.destroy()
})
