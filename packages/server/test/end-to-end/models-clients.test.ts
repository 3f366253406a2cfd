// shows: A8
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { embed, generateText, Output, streamText, tool, type LanguageModel } from 'ai'
import { test } from 'node:test'
import * as z from 'zod'
import { ownerKey, until } from './hearth.ts'
import { useModelGround } from './model-ground.ts'
import { said } from './upstream.ts'

// Clients that others wrote on top of the protocols: the AI SDK, and LiteLLM's.

// The provider that `fake` stands for has responses of its own; this one has none.
const ground = useModelGround(async ({ hearth, upstream }) => {
  const plain = { name: 'plain', kind: 'openai-compatible', baseUrl: upstream.url, key: 'sk', models: ['gpt-4o-mini'] }
  assert.equal((await hearth.call('providers.add', plain)).status, 200)
})

const openai = () => createOpenAI({ baseURL: `${ground.hearth.url}/v1`, apiKey: ownerKey })
const anthropic = () => createAnthropic({ baseURL: `${ground.hearth.url}/v1`, apiKey: ownerKey })

/** Each door, with a model behind it that takes tools and structures without a provider. */
const doors: readonly (readonly [name: string, model: (id: string) => LanguageModel])[] = [
  ['chat completions', (id) => openai().chat(id)],
  ['responses', (id) => openai().responses(id)],
  ['messages', (id) => anthropic()(id)],
]

for (const [name, model] of doors) {
  test(`the AI SDK over ${name}: a text, whole and streamed, with its usage`, async () => {
    const whole = await generateText({ model: model('plain/gpt-4o-mini'), prompt: 'Say good morning to Ann.' })
    assert.deepEqual([whole.text, whole.finishReason, whole.usage.outputTokens], [said, 'stop', 4])
    const streamed = streamText({ model: model('plain/gpt-4o-mini'), prompt: 'Say good morning to Ann.' })
    assert.equal((await Array.fromAsync(streamed.textStream)).join(''), said)
    assert.deepEqual([await streamed.finishReason, (await streamed.usage).inputTokens], ['stop', 11])
  })

  test(`the AI SDK over ${name}: a tool is called and its result goes back, a structure is kept to`, async () => {
    const weather = tool({
      description: 'The weather of a place.',
      inputSchema: z.object({ place: z.string() }),
      execute: () => Promise.resolve({ degrees: 21 }),
    })
    const called = await generateText({
      model: model('demo'),
      prompt: 'What is the weather in Paris?',
      tools: { weather },
      toolChoice: 'required',
    })
    assert.deepEqual(
      called.toolResults.map(({ toolName, output }) => [toolName, output]),
      [['weather', { degrees: 21 }]],
    )
    const schema = z.object({ name: z.string(), age: z.number() })
    const { output } = await generateText({
      model: model('demo'),
      prompt: 'Ann is 31 years old.',
      output: Output.object({ schema }),
    })
    assert.ok(schema.safeParse(output).success)
  })

  test(`the AI SDK over ${name}: what is refused is an error of its own`, async () => {
    await assert.rejects(
      generateText({ model: model('nobody/has-this'), prompt: 'x', maxRetries: 0 }),
      (error: { readonly name?: string; readonly statusCode?: number }) =>
        error.name === 'AI_APICallError' && error.statusCode === 404,
    )
  })

  test(`the AI SDK over ${name}: an abort reaches the provider`, async () => {
    ground.upstream.instead = () => true
    const leaving = new AbortController()
    const asking = generateText({
      model: model('plain/gpt-4o-mini'),
      prompt: 'x',
      abortSignal: leaving.signal,
      maxRetries: 0,
    })
    await until(() => ground.upstream.asked.length === 1, 'the provider is asked')
    leaving.abort()
    await assert.rejects(asking)
    await until(() => ground.upstream.asked[0]?.cut === true, 'the provider is left')
  })
}

test('the AI SDK asks for embeddings', async () => {
  const { embedding, usage } = await embed({ model: openai().embedding('fake/text-embedding-3-small'), value: 'four' })
  assert.deepEqual([embedding, usage.tokens], [[4, 0.5], 7])
})

const python = join(import.meta.dirname, '../../../../.services/venv/bin/python')
const hasLitellm = existsSync(python) && spawnSync(python, ['-c', 'import litellm']).status === 0
const skip = !hasLitellm && process.env['HEARTH_TEST_LITELLM'] !== 'must' && 'no Python with litellm in .services/venv'

test('LiteLLM’s client, as OpenAI’s and as Anthropic’s', { skip }, async () => {
  const words = [join(import.meta.dirname, 'litellm-client.py'), ground.hearth.url, ownerKey]
  // Its list of prices comes with it.
  const env = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True' }
  const { stdout } = await promisify(execFile)(python, words, { env })
  const answer = { text: said, finish: 'stop', tokens: [11, 4], streamed: said }
  assert.deepEqual(JSON.parse(stdout), {
    openai: answer,
    anthropic: answer,
    tools: [
      ['weather', ['place']],
      ['weather', ['place']],
    ],
    refused: [
      ['NotFoundError', 404],
      ['NotFoundError', 404],
      ['AuthenticationError', 401],
    ],
    embedding: [4, 0.5],
  })
})
