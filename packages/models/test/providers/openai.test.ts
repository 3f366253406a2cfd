// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manifests, protocolOf } from '../../src/providers/openai/manifest.ts'
import { ask, eachWay, failureFrom, streamedBy, told } from './conformance/answer.ts'
import * as canon from './conformance/canon.ts'
import { chatAt, json, openedAt, recorded, stream, type ProviderSubject, type Tried } from './conformance/subject.ts'
import { createUpstream } from './conformance/upstream.ts'
import { subjects } from './subjects.ts'

const [chat, responses] = subjects.filter(({ manifest }) => manifest === manifests[0]) as [
  ProviderSubject,
  ProviderSubject,
]
const question = ask('When is high tide?')

async function at(subject: ProviderSubject, run: (tried: Tried) => Promise<void>): Promise<void> {
  await using upstream = await createUpstream()
  await run({ subject, upstream })
}

test('a model says by which protocol it is asked, and has the same name at OpenAI', () => {
  const expected: Readonly<Record<string, readonly [string, string]>> = {
    'gpt-5.2': ['chat', 'gpt-5.2'],
    'responses/gpt-5.2': ['responses', 'gpt-5.2'],
    'chat/gpt-5-pro': ['chat', 'gpt-5-pro'],
    'gpt-5-pro': ['responses', 'gpt-5-pro'],
    'gpt-5.1-codex-mini': ['responses', 'gpt-5.1-codex-mini'],
    'o3-deep-research': ['responses', 'o3-deep-research'],
    'ft:gpt-4o-mini:org::abc': ['chat', 'ft:gpt-4o-mini:org::abc'],
    'responses/': ['chat', 'responses/'],
  }
  for (const [name, [protocol, model]] of Object.entries(expected)) {
    assert.deepEqual(protocolOf(name), { protocol, model })
    assert.equal(manifests[0]?.nameOf?.(name), model)
  }
})

test('a refusal is what is said, and the reason that it ended', async () => {
  for (const subject of [chat, responses])
    await at(subject, (tried) =>
      eachWay(tried, 'refusal', question, ({ text, finish }, way) => {
        assert.equal(text, 'I cannot help with that.', way)
        assert.equal(finish?.unified, 'content-filter', way)
      }),
    )
})

test('an answer that came to its end without telling its use is an answer', () =>
  at(chat, async (tried) => {
    const body = recorded(chat, 'text.sse').toString('utf8')
    const end = body.indexOf('"finish_reason":"stop"')
    tried.upstream.play(stream(body.slice(0, body.indexOf('\n\n', end) + 2)))
    const { text, finish, usage, failure } = await streamedBy(await chatAt(tried), question)
    assert.deepEqual([text, finish?.unified, failure], [canon.text, 'stop', undefined])
    assert.equal(usage?.inputTokens.total, undefined)
  }))

test('what is asked by responses is not stored, unless that is wished', () =>
  at(responses, async (tried) => {
    tried.upstream.play(json(recorded(responses, 'text.json')))
    const model = await chatAt(tried)
    await model.doGenerate(question)
    await model.doGenerate({ ...question, providerOptions: { openai: { store: true } } })
    assert.deepEqual(
      tried.upstream.asked.map(({ body }) => body['store']),
      [false, true],
    )
  }))

test('what a model thought comes sealed, so that it can be gone on with anywhere', () =>
  at(responses, async (tried) => {
    tried.upstream.play(stream(recorded(responses, 'reasoning.sse')))
    const provider = await openedAt(tried)
    const { stream: parts } = (await provider.chat?.('responses/gpt-5.2').doStream(question)) ?? assert.fail()
    const end = (await told(parts)).parts.find(({ type }) => type === 'reasoning-end')
    assert.ok(end !== undefined && 'providerMetadata' in end)
    assert.equal(end.providerMetadata?.['openai']?.['reasoningEncryptedContent'], 'gAAAAABmoonend')
    assert.deepEqual(tried.upstream.asked[0]?.body['include'], ['reasoning.encrypted_content'])
  }))

test('an answer that was given up without a word is no answer', () =>
  at(responses, async (tried) => {
    tried.upstream.play(stream(recorded(responses, 'error-unsaid.sse')))
    const { text, failure } = await streamedBy(await chatAt(tried), question)
    assert.deepEqual([text, failure?.type], [canon.cutText, 'away'])
  }))

test('chat completions in the place of responses are garbage', () =>
  at(responses, async (tried) => {
    tried.upstream.play(stream(recorded(chat, 'text.sse')), json(recorded(chat, 'text.json')))
    const model = await chatAt(tried)
    assert.equal((await failureFrom(model.doStream(question))).type, 'garbage')
    assert.equal((await failureFrom(model.doGenerate(question))).type, 'garbage')
  }))

test('more texts than fit into one question are refused', () =>
  at(chat, async (tried) => {
    const model = (await openedAt(tried)).embed?.('text-embedding-3-small') ?? assert.fail()
    const values = Array.from({ length: 2049 }, () => 'x')
    assert.equal((await failureFrom(model.doEmbed({ values }))).type, 'refused')
    assert.equal(await model.maxEmbeddingsPerCall, 2048)
    assert.equal(tried.upstream.asked.length, 0)
  }))

test('what cannot be asked is refused without being asked', () =>
  at(chat, async (tried) => {
    const data = { type: 'data', data: 'AAAA' } as const
    const call = ask('', {
      prompt: [{ role: 'user', content: [{ type: 'file', mediaType: 'application/zip', data }] }],
    })
    const failure = await failureFrom((await chatAt(tried)).doGenerate(call))
    assert.equal(failure.type, 'refused')
    assert.match(failure.detail, /application\/zip/)
    assert.equal(tried.upstream.asked.length, 0)
  }))

test('a connection serves again after an answer', () =>
  at(chat, async (tried) => {
    tried.upstream.play(stream(recorded(chat, 'text.sse')))
    const model = await chatAt(tried)
    for (let turn = 0; turn < 4; turn++) {
      await streamedBy(model, question)
      // What is behind the end is read away by and by.
      await tried.upstream.asked.at(-1)?.closed
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.equal(new Set(tried.upstream.asked.map(({ port }) => port)).size, 1)
  }))
