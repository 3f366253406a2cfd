// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, eachWay, failureFrom, streamedBy } from './conformance/answer.ts'
import * as canon from './conformance/canon.ts'
import { chatAt, json, recorded, stream, type ProviderSubject, type Tried } from './conformance/subject.ts'
import { createUpstream } from './conformance/upstream.ts'
import { subjects } from './subjects.ts'

const subject = subjects.find(({ manifest }) => manifest.kind === 'anthropic') as ProviderSubject
const question = ask('When is high tide?')

async function at(run: (tried: Tried) => Promise<void>): Promise<void> {
  await using upstream = await createUpstream()
  await run({ subject, upstream })
}

test('a stop sequence that was met is told', () =>
  at((tried) =>
    eachWay(tried, 'stop-sequence', question, ({ text, finish, metadata }, way) => {
      assert.deepEqual([text, finish?.unified, finish?.raw], [canon.cutText, 'stop', 'stop_sequence'], way)
      assert.equal(metadata?.['anthropic']?.['stopSequence'], '06', way)
    }),
  ))

test('what was written into the cache is counted, within the whole', () =>
  at((tried) =>
    eachWay(tried, 'cache-written', question, ({ usage }, way) =>
      assert.deepEqual(usage?.inputTokens, { total: 1000, noCache: 100, cacheRead: 0, cacheWrite: 900 }, way),
    ),
  ))

test('a thought keeps its signature, without which it cannot be gone on with', () =>
  at(async (tried) => {
    tried.upstream.play(stream(recorded(subject, 'reasoning.sse')), json(recorded(subject, 'reasoning.json')))
    const model = await chatAt(tried)
    const { parts } = await streamedBy(model, question)
    const signatures = parts.flatMap((part) =>
      part.type === 'reasoning-delta' ? [part.providerMetadata?.['anthropic']?.['signature']] : [],
    )
    assert.equal(signatures.at(-1), 'EqQBmoonSignature==')
    const { content } = await model.doGenerate(question)
    assert.equal(content[0]?.providerMetadata?.['anthropic']?.['signature'], 'EqQBmoonSignature==')
  }))

test('an answer that ends before it says anything is lost, which the package passes over in silence', () =>
  at(async (tried) => {
    const body = recorded(subject, 'text.sse').toString('utf8')
    tried.upstream.play(stream(body.slice(0, body.indexOf('event: content_block_start'))))
    assert.equal((await failureFrom((await chatAt(tried)).doStream(question))).type, 'lost')
  }))

test('pings keep a connection, and are no part of an answer', () =>
  at(async (tried) => {
    const body = recorded(subject, 'text.sse').toString('utf8')
    const ping = 'event: ping\ndata: {"type":"ping"}\n\n'
    tried.upstream.play(stream(body.replaceAll(/(?=event: content_block_delta)/g, ping)))
    const { text, parts } = await streamedBy(await chatAt(tried), question)
    assert.equal(text, canon.text)
    assert.ok(!parts.some(({ type }) => type === 'ping'))
  }))

test('an event of a kind that is not known is garbage, and not passed over', () =>
  at(async (tried) => {
    const body = recorded(subject, 'text.sse').toString('utf8')
    const strange = 'event: surprise\ndata: {"type":"surprise"}\n\n'
    tried.upstream.play(stream(body.replace(/(?=event: content_block_stop)/, strange)))
    const { failure } = await streamedBy(await chatAt(tried), question)
    assert.equal(failure?.type, 'garbage')
  }))

test('an end that comes before the connection ends is the end', () =>
  at(async (tried) => {
    tried.upstream.play(stream(recorded(subject, 'text.sse'), { behind: 'stay' }))
    const { text, finish } = await streamedBy(await chatAt(tried), question)
    assert.deepEqual([text, finish?.unified], [canon.text, 'stop'])
    await tried.upstream.asked[0]?.closed
  }))
