// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatCall } from '../../src/language.ts'
import type { Provider } from '../../src/provider.ts'
import { addressOf, credentialsIn, regionOf } from '../../src/providers/bedrock/credentials.ts'
import { ask, failureFrom, streamedBy } from './conformance/answer.ts'
import * as canon from './conformance/canon.ts'
import { chatAt, json, openedAt, recorded, stream, type ProviderSubject, type Tried } from './conformance/subject.ts'
import { createUpstream } from './conformance/upstream.ts'
import { framed } from '@hearth/testing/event-frames'
import { fields } from './reads-openai.ts'
import { signatureIn, signatureOf } from './signature.ts'
import { subjects } from './subjects.ts'

const subject = subjects.find(({ manifest }) => manifest.kind === 'bedrock') as ProviderSubject
const question = ask('When is high tide?')
const [id, secret, token] = [
  'AKIAIOSFODNN7EXAMPLE',
  'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  'FwoGZXIvYXdzT1de+moon/tide==',
]

async function at(run: (tried: Tried) => Promise<void>): Promise<void> {
  await using upstream = await createUpstream()
  await run({ subject, upstream })
}

/** What is asked of a model, as it arrives. */
async function arriving({ upstream, ...tried }: Tried, model: string, call: ChatCall) {
  upstream.play(json(recorded(tried.subject, 'text.json')))
  await (await openedAt({ upstream, ...tried })).chat?.(model).doGenerate(call)
  return upstream.asked.at(-1)?.body ?? assert.fail('nothing was asked')
}

const signedAt = (tried: Tried, key: string): Promise<Provider> => openedAt(tried, undefined, key)

test('requests are signed for who receives them, whatever they ask', () =>
  at(async (tried) => {
    const { upstream } = tried
    upstream.play(
      json(recorded(subject, 'text.json')),
      stream(recorded(subject, 'text.sse')),
      json(recorded(subject, 'models.json')),
      json(recorded(subject, 'models-2.json')),
      json(recorded(subject, 'embeddings.json')),
      json(recorded(subject, 'ranking.json')),
    )
    const provider = await signedAt(tried, `${id}:${secret}:${token}`)
    const arn = 'arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/t1de'
    await provider.chat?.(arn).doGenerate(question)
    await Array.fromAsync((await provider.chat?.(subject.model).doStream(question))?.stream ?? assert.fail())
    await provider.list?.(new AbortController().signal)
    await provider.embed?.('cohere.embed-english-v3').doEmbed({ values: ['a', 'b'] })
    await provider.rerank?.('cohere.rerank-v3-5:0').rank({ query: 'tide', documents: ['a', 'b', 'c'] })
    assert.equal(upstream.asked.length, 6)
    for (const one of upstream.asked) {
      assert.equal(signatureIn(one), signatureOf(one, secret), one.path)
      assert.equal(one.headers['x-amz-security-token'], token)
      assert.match(String(one.headers['authorization']), /Credential=AKIAIOSFODNN7EXAMPLE\/\d{8}\/us-east-1\/bedrock\//)
      assert.equal(one.headers['user-agent'], 'Hearth')
    }
  }))

test('at an address of one’s own that wants no key, none is said', () =>
  at(async (tried) => {
    tried.upstream.play(json(recorded(subject, 'text.json')))
    await (await signedAt(tried, '')).chat?.(subject.model).doGenerate(question)
    assert.equal(tried.upstream.asked[0]?.headers['authorization'], undefined)
  }))

test('a refusal shows nothing of an access key, its secret or the token of a session', () =>
  at(async (tried) => {
    const said = `The canonical string should have been 'x-amz-security-token:${token}' for ${id} and ${secret}`
    const headers = { 'x-amzn-errortype': 'InvalidSignatureException' }
    tried.upstream.play(json(JSON.stringify({ message: said }), { status: 403, headers }))
    const model = (await signedAt(tried, `${id}:${secret}:${token}`)).chat?.(subject.model) ?? assert.fail()
    // Both are heard from the start: a second that fails first would be nobody’s.
    for (const failure of await Promise.all([model.doGenerate(question), model.doStream(question)].map(failureFrom))) {
      assert.equal(failure.type, 'key')
      for (const part of [id, secret, token]) assert.ok(!JSON.stringify(failure).includes(part), part)
    }
  }))

test('keys have two forms, and regions come from the address or are said', () => {
  assert.deepEqual(credentialsIn(`${id}:${secret}`), { type: 'signed', id, secret, token: undefined })
  assert.equal(credentialsIn('ABSKQmVkcm9ja0FQSUtleS1t:b2R1bGU=').type, 'bearer')
  assert.equal(credentialsIn('bedrock-api-key-YmVkcm9jaw').type, 'bearer')
  const region = (baseUrl: string, options = {}) => regionOf({ baseUrl, options })
  assert.equal(region('https://bedrock-runtime.eu-central-1.amazonaws.com'), 'eu-central-1')
  assert.equal(region('https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com'), 'us-gov-west-1')
  assert.equal(region('https://vpce-0a1-b2.bedrock-runtime.us-east-1.vpce.amazonaws.com'), 'us-east-1')
  assert.equal(region('https://proxy.example', { region: 'us-west-2' }), 'us-west-2')
  assert.throws(() => region('https://proxy.example'), /names no region/)
  assert.equal(
    addressOf('https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'bedrock'),
    'https://bedrock-fips.us-gov-west-1.amazonaws.com',
  )
  assert.equal(addressOf('https://proxy.example/aws', 'bedrock'), 'https://proxy.example/aws')
})

test('an exception in a stream means what it means, behind what had come, also one that nobody knows', () =>
  at(async (tried) => {
    const begun = recorded(subject, 'error-later.sse').subarray(0, -framed('!x {}').length)
    const start = framed(
      'messageStart {"role":"assistant"}\ncontentBlockDelta {"contentBlockIndex":0,"delta":{"text":"High tide"}}',
    )
    assert.ok(begun.length > 0)
    for (const [line, type] of [
      ['!throttlingException {"message":"Too many tokens, please wait before trying again."}', 'rate'],
      ['!validationException {"message":"Malformed input request."}', 'refused'],
      ['!validationException {"message":"Input is too long for requested model."}', 'too-long'],
      ['!modelStreamErrorException {"message":"x","originalStatusCode":500,"originalMessage":"y"}', 'away'],
      ['!modelTimeoutException {"message":"The model took too long."}', 'late'],
      ['!somethingNewException {"message":"Nobody knows it yet."}', 'away'],
      ['!somethingNewException not json', 'away'],
      ['?ThrottlingException too much', 'rate'],
      ['?InternalFailure it broke', 'away'],
    ] as const) {
      tried.upstream.play(stream(Buffer.concat([start, framed(line)])))
      const { text, failure } = await streamedBy(await chatAt(tried), question)
      assert.deepEqual([text, failure?.type], ['High tide', type], line)
      tried.upstream.play(stream(framed(line)))
      assert.equal((await failureFrom((await chatAt(tried)).doStream(question))).type, type, line)
    }
  }))

test('a frame that was changed on its way is garbage, wherever that was, and one that claims to be endless too', () =>
  at(async (tried) => {
    const whole = recorded(subject, 'text.sse')
    const first = framed('messageStart {"role":"assistant"}').length
    for (const place of [0, 3, 5, 9, 20, first - 2, first + 2, first + 40]) {
      const changed = Buffer.from(whole)
      changed[place] = (changed[place] ?? 0) ^ 0x55
      tried.upstream.play(stream(changed))
      assert.equal((await failureFrom((await chatAt(tried)).doStream(question))).type, 'garbage', `byte ${place}`)
    }
  }))

test('a model without schemas of its own is given a tool to answer with, and its input is the answer', () =>
  at(async (tried) => {
    const call = ask('Who?', { responseFormat: { type: 'json', schema: canon.personSchema as never } })
    tried.upstream.play(json(recorded(subject, 'json-tool.json')), stream(recorded(subject, 'json-tool.sse')))
    const model = (await openedAt(tried)).chat?.('amazon.nova-pro-v1:0') ?? assert.fail()
    const { content, finishReason } = await model.doGenerate(call)
    assert.deepEqual([content, finishReason.unified], [[{ type: 'text', text: canon.person }], 'stop'])
    const streamed = await streamedBy(model, call)
    assert.deepEqual([streamed.text, streamed.calls, streamed.finish?.unified], [canon.person, [], 'stop'])
    const { tools, toolChoice } = fields(tried.upstream.asked[0]?.body['toolConfig'])
    assert.deepEqual(toolChoice, { any: {} })
    assert.equal((tools as readonly unknown[]).length, 1)
  }))

test('what a caller bounds is the bound of answer and thoughts together', () =>
  at(async (tried) => {
    const claude = 'anthropic.claude-3-7-sonnet-20250219-v1:0'
    const bounded = async (model: string, maxOutputTokens: number, reasoning: ChatCall['reasoning']) => {
      const body = await arriving(tried, model, ask('Which day?', { maxOutputTokens, ...(reasoning && { reasoning }) }))
      return [fields(body['inferenceConfig'])['maxTokens'], fields(body['additionalModelRequestFields'])] as const
    }
    const [most, more] = await bounded(claude, 2000, 'high')
    assert.equal(most, 2000)
    assert.ok(Number(fields(more['thinking'])['budget_tokens']) < 2000)
    assert.deepEqual(await bounded(claude, 900, 'high'), [900, {}])
    const [ofNova, fieldsOfNova] = await bounded('us.amazon.nova-2-lite-v1:0', 700, 'high')
    assert.equal(ofNova, 700)
    assert.equal(fields(fieldsOfNova['reasoningConfig'])['maxReasoningEffort'], 'medium')
    assert.deepEqual(await bounded('meta.llama3-3-70b-instruct-v1:0', 50, undefined), [50, {}])
  }))

test('what Claude signed goes back to it in Bedrock’s words, and to no other model', () =>
  at(async (tried) => {
    tried.upstream.play(stream(recorded(subject, 'reasoning.sse')))
    const { parts } = await streamedBy(await chatAt(tried), question)
    const signed = parts.find((part) => part.type === 'reasoning-delta' && part.providerMetadata?.['anthropic'])
    assert.deepEqual(signed !== undefined && 'providerMetadata' in signed && signed.providerMetadata?.['anthropic'], {
      signature: 'EqQBmoonT1de',
    })
    const providerOptions = { anthropic: { signature: 'EqQBmoonT1de' } }
    const prompt: ChatCall['prompt'] = [
      { role: 'user', content: [{ type: 'text', text: 'Which day?' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: canon.reasoning, providerOptions },
          { type: 'text', text: 'Friday.' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'Sure?' }] },
    ]
    const claude = JSON.stringify(await arriving(tried, subject.model, { prompt }))
    assert.ok(claude.includes(`{"reasoningText":{"text":"${canon.reasoning}","signature":"EqQBmoonT1de"}}`), claude)
    assert.ok(!JSON.stringify(await arriving(tried, 'amazon.nova-pro-v1:0', { prompt })).includes('EqQBmoonT1de'))
  }))

test('how Claude is to think is said as in its own protocol, within what is bounded', () =>
  at(async (tried) => {
    const thinking = (more: object): ChatCall =>
      ask('Which day?', { maxOutputTokens: 4000, providerOptions: { anthropic: { thinking: more as never } } })
    const said = async (model: string, more: object) => {
      const body = await arriving(tried, model, thinking(more))
      return [fields(body['inferenceConfig'])['maxTokens'], fields(body['additionalModelRequestFields'])['thinking']]
    }
    assert.deepEqual(await said(subject.model, { type: 'enabled', budgetTokens: 2048 }), [
      4000,
      { type: 'enabled', budget_tokens: 2048 },
    ])
    assert.deepEqual(await said('us.anthropic.claude-opus-4-6-v1', { type: 'adaptive', display: 'omitted' }), [
      4000,
      { type: 'adaptive', display: 'omitted' },
    ])
    assert.deepEqual(await said(subject.model, { type: 'disabled' }), [4000, undefined])
    assert.deepEqual(await said('meta.llama3-3-70b-instruct-v1:0', { type: 'enabled', budgetTokens: 2048 }), [
      4000,
      undefined,
    ])
  }))

test('the reasons to end that are new are told as what they are', () =>
  at(async (tried) => {
    const body = recorded(subject, 'text.json').toString('utf8')
    for (const [raw, unified] of [
      ['model_context_window_exceeded', 'length'],
      ['content_filtered', 'content-filter'],
      ['stop_sequence', 'stop'],
      ['malformed_tool_use', 'error'],
    ] as const) {
      tried.upstream.play(json(body.replace('end_turn', raw)))
      assert.deepEqual((await (await chatAt(tried)).doGenerate(question)).finishReason, { unified, raw })
    }
  }))

test('each family embeds in its own form, and how long a vector is to be is said in its own word', () =>
  at(async (tried) => {
    const { upstream } = tried
    const provider = await openedAt(tried)
    upstream.play(json('{"embedding":[1,2],"inputTextTokenCount":3}'))
    const titan = await provider.embed?.('amazon.titan-embed-text-v2:0').doEmbed({ values: ['tide'], dimensions: 256 })
    assert.deepEqual([titan?.embeddings, titan?.usage], [[[1, 2]], { tokens: 3 }])
    assert.deepEqual(upstream.asked[0]?.body, { inputText: 'tide', dimensions: 256 })
    upstream.play(json('{"embeddings":{"float":[[1,2]]},"response_type":"embeddings_by_type"}'))
    const cohere = await provider.embed?.('cohere.embed-v4:0').doEmbed({ values: ['tide'], dimensions: 256 })
    assert.deepEqual([cohere?.embeddings, cohere?.usage], [[[1, 2]], undefined])
    assert.equal(upstream.asked[1]?.body['output_dimension'], 256)
    assert.equal(upstream.asked[1]?.path, '/base/model/cohere.embed-v4%3A0/invoke')
  }))

test('a name of a model that is a path leads nowhere else', () =>
  at(async (tried) => {
    await arriving(tried, '../../admin?x=1#y', question)
    assert.equal(tried.upstream.asked[0]?.path, '/base/model/..%2F..%2Fadmin%3Fx%3D1%23y/converse')
  }))
