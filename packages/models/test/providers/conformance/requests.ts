import assert from 'node:assert/strict'
import type { ChatCall } from '../../../src/language.ts'
import { ask } from './answer.ts'
import * as canon from './canon.ts'
import { casesOf, type ProviderCase } from './case.ts'
import { chatAt, json, key, openedAt, recorded, stream, type Tried } from './subject.ts'
import type { Asked } from './upstream.ts'

/** What arrives upstream, asked for whole and as a stream. */
async function arrives(tried: Tried, call: ChatCall, look: (asked: Asked, streams: boolean) => void): Promise<void> {
  const { upstream, subject } = tried
  const model = await chatAt(tried)
  upstream.play(json(recorded(subject, 'text.json')), stream(recorded(subject, 'text.sse')))
  await model.doGenerate(call)
  await Array.fromAsync((await model.doStream(call)).stream)
  const [whole, streamed] = upstream.asked.slice(-2)
  look(whole as Asked, false)
  look(streamed as Asked, true)
}

const plain = casesOf('requests', ['chat'], {
  'the model, the system and what was said arrive; a stream is asked for where one is wanted': (tried) =>
    arrives(
      tried,
      {
        prompt: [
          { role: 'system', content: 'Speak of the sea.' },
          { role: 'user', content: [{ type: 'text', text: 'When is high tide?' }] },
        ],
      },
      (asked, streams) => {
        const { reads, manifest, model } = tried.subject
        assert.equal(reads.model(asked), manifest.nameOf?.(model) ?? model)
        assert.equal(reads.system(asked), 'Speak of the sea.')
        assert.equal(reads.said(asked), 'When is high tide?')
        assert.equal(reads.streams(asked), streams)
      },
    ),
  'limits and temperature arrive': (tried) =>
    arrives(
      tried,
      ask('Hello', {
        maxOutputTokens: 77,
        temperature: 0.5,
        ...(tried.subject.takesStops && { stopSequences: ['END'] }),
      }),
      (asked) => {
        const { most, temperature, stops } = tried.subject.reads.limits(asked)
        assert.deepEqual([most, temperature], [77, 0.5])
        assert.deepEqual(stops, tried.subject.takesStops ? ['END'] : undefined)
      },
    ),
  'who asks is said by headers alone, and no word of the software': (tried) =>
    arrives(tried, ask('Hello'), ({ headers, path, text }) => {
      for (const [name, value] of Object.entries(tried.subject.identity(key))) assert.equal(headers[name], value)
      assert.equal(headers['user-agent'], 'Hearth')
      assert.ok(!path.includes(key) && !text.includes(key))
      for (const value of Object.values(headers)) assert.doesNotMatch(String(value), /ai-sdk|node\.js/i)
    }),
  'no way to the network but the given one, and no environment': async (tried) => {
    const { fetch } = globalThis
    const names = [
      ...['OPENAI', 'ANTHROPIC', 'GOOGLE_GENERATIVE_AI'].flatMap((name) => [`${name}_API_KEY`, `${name}_BASE_URL`]),
      ...['BEARER_TOKEN_BEDROCK', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN'].map((name) => `AWS_${name}`),
      'AWS_ENDPOINT_URL',
      'AWS_ENDPOINT_URL_BEDROCK_RUNTIME',
    ]
    globalThis.fetch = () => Promise.reject(new Error('the network of the process was used'))
    for (const name of names) process.env[name] = 'http://127.0.0.1:9/from-the-environment'
    try {
      await arrives(tried, ask('Hello'), ({ headers }) => {
        assert.doesNotMatch(JSON.stringify(headers), /environment/)
      })
    } finally {
      globalThis.fetch = fetch
      for (const name of names) delete process.env[name]
    }
  },
  'the headers of a provider are those of its requests': async (tried) => {
    const { headers } = await openedAt(tried)
    assert.deepEqual(headers, tried.subject.headers ?? tried.subject.identity(key))
  },
})

const withTools = casesOf('requests', ['tools'], {
  'tools arrive with their schemas': (tried) =>
    arrives(tried, ask('How is the sea?', { tools: canon.tools }), (asked) => {
      const found = tried.subject.reads.tools(asked)
      assert.deepEqual(
        found.map(({ name }) => name),
        canon.tools.map(({ name }) => name),
      )
      const { properties, required } = found[0]?.schema as typeof canon.personSchema
      assert.deepEqual(Object.keys(properties), ['place', 'day'])
      assert.deepEqual(required, ['place', 'day'])
    }),
  'how a tool may be chosen arrives': async (tried) => {
    const { choice } = tried.subject.reads
    for (const type of ['auto', 'required'] as const)
      await arrives(tried, ask('Hm', { tools: canon.tools, toolChoice: { type } }), (asked) =>
        assert.equal(choice(asked), type),
      )
    const named: ChatCall['toolChoice'] = { type: 'tool', toolName: 'get_wind' }
    await arrives(tried, ask('Hm', { tools: canon.tools, toolChoice: named }), (asked) =>
      assert.deepEqual(choice(asked), { tool: 'get_wind' }),
    )
    await arrives(tried, ask('Hm', { tools: canon.tools, toolChoice: { type: 'none' } }), (asked) =>
      // Not to be called is said, or nothing is there that could be.
      assert.ok(choice(asked) === 'none' || tried.subject.reads.tools(asked).length === 0),
    )
  },
  'calls and what they came to arrive': (tried) =>
    arrives(tried, { prompt: canon.afterTools, tools: canon.tools }, (asked) =>
      assert.deepEqual(tried.subject.reads.history(asked), [
        { call: 'get_tide', input: { place: 'Tromsø', day: 3 }, result: 'high at 06:14' },
      ]),
    ),
})

const more = [
  ...casesOf('requests', ['structured-output'], {
    'a schema for the answer arrives': (tried) =>
      arrives(
        tried,
        ask('Who?', { responseFormat: { type: 'json', name: 'person', schema: canon.personSchema as never } }),
        (asked) => assert.deepEqual(tried.subject.reads.schema(asked), canon.personSchema),
      ),
  }),
  ...casesOf('requests', ['images'], {
    'a picture arrives': async (tried) => {
      const bytes = new Uint8Array(Buffer.from(canon.picture, 'base64'))
      for (const data of [bytes, canon.picture])
        await arrives(
          tried,
          {
            prompt: [
              {
                role: 'user',
                content: [
                  { type: 'text', text: 'What is it?' },
                  { type: 'file', mediaType: 'image/png', data: { type: 'data', data } },
                ],
              },
            ],
          },
          (asked) => assert.deepEqual(tried.subject.reads.images(asked), [canon.picture]),
        )
    },
  }),
  ...casesOf('requests', ['cache-marks'], {
    'marks of what is to be kept arrive': (tried) => {
      const providerOptions = { anthropic: { cacheControl: { type: 'ephemeral' } } }
      return arrives(
        tried,
        {
          prompt: [
            { role: 'system', content: 'A long rule.', providerOptions },
            { role: 'user', content: [{ type: 'text', text: 'A long text.', providerOptions }] },
          ],
        },
        (asked) => assert.equal(tried.subject.reads.cacheMarks(asked), 2),
      )
    },
  }),
]

/** What comes of a question. */
export const requestCases: readonly ProviderCase[] = [...plain, ...withTools, ...more]
