// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FinishReason } from '../../src/language.ts'
import { ask, eachWay, failureFrom, streamedBy, toldWhole } from './conformance/answer.ts'
import { chatAt, json, openedAt, recorded, stream, type ProviderSubject, type Tried } from './conformance/subject.ts'
import { createUpstream } from './conformance/upstream.ts'
import { subjects } from './subjects.ts'

const subject = subjects.find(({ manifest }) => manifest.kind === 'google') as ProviderSubject
const question = ask('When is high tide?')

async function at(run: (tried: Tried) => Promise<void>): Promise<void> {
  await using upstream = await createUpstream()
  await run({ subject, upstream })
}

test('a question that is blocked is an answer of nothing, with the reason', () =>
  at((tried) =>
    eachWay(tried, 'blocked', question, ({ text, finish }, way) =>
      assert.deepEqual([text, finish], ['', { unified: 'content-filter', raw: 'PROHIBITED_CONTENT' }], way),
    ),
  ))

test('all reasons to end are told', () =>
  at(async (tried) => {
    const reasons: Readonly<Record<string, FinishReason['unified']>> = {
      RECITATION: 'content-filter',
      BLOCKLIST: 'content-filter',
      SPII: 'content-filter',
      IMAGE_SAFETY: 'content-filter',
      IMAGE_PROHIBITED_CONTENT: 'content-filter',
      IMAGE_RECITATION: 'content-filter',
      LANGUAGE: 'other',
      MALFORMED_FUNCTION_CALL: 'error',
    }
    for (const [raw, unified] of Object.entries(reasons)) {
      const body = recorded(subject, 'text.json').toString('utf8').replace('"STOP"', `"${raw}"`)
      const events = recorded(subject, 'text.sse').toString('utf8').replace('"STOP"', `"${raw}"`)
      tried.upstream.play(json(body), stream(events))
      const model = await chatAt(tried)
      assert.deepEqual(toldWhole(await model.doGenerate(question)).finish, { unified, raw })
      assert.deepEqual((await streamedBy(model, question)).finish, { unified, raw })
    }
  }))

test('the name of a model leads nowhere else', () =>
  at(async (tried) => {
    const provider = await openedAt(tried)
    for (const model of [
      '../../admin',
      'a/b/c',
      'x?key=1',
      'x#y',
      'x:deleteEverything',
      '',
      '..',
      'models/../x',
      '%2e%2e/x',
      'a b',
    ]) {
      assert.equal(
        (await failureFrom(provider.chat?.(model).doGenerate(question) ?? assert.fail())).type,
        'unknown-model',
        model,
      )
      assert.equal(
        (await failureFrom(provider.chat?.(model).doStream(question) ?? assert.fail())).type,
        'unknown-model',
      )
      const embedding = Promise.resolve().then(() => provider.embed?.(model).doEmbed({ values: ['x'] }))
      assert.equal((await failureFrom(embedding)).type, 'unknown-model')
    }
    assert.equal(tried.upstream.asked.length, 0)
    tried.upstream.play(json(recorded(subject, 'text.json')))
    for (const model of ['models/gemini-2.5-flash', 'tunedModels/mine-1'])
      await provider.chat?.(model).doGenerate(question)
    assert.deepEqual(
      tried.upstream.asked.map(({ path }) => path),
      ['/base/models/gemini-2.5-flash:generateContent', '/base/tunedModels/mine-1:generateContent'],
    )
  }))

test('an answer that is to be asked for piece by piece without end is garbage', () =>
  at(async (tried) => {
    const more = {
      content: { parts: [{ text: 'more ' }], role: 'model' },
      finishReason: 'CONTINUATION',
      continuationToken: 't',
      index: 0,
    }
    const body = JSON.stringify({ candidates: [more] })
    const model = await chatAt(tried)
    tried.upstream.play(json(body))
    assert.equal((await failureFrom(model.doGenerate(question))).type, 'garbage')
    assert.ok(tried.upstream.asked.length <= 50)
    tried.upstream.play(stream(`data: ${body}\r\n\r\n`))
    assert.equal((await streamedBy(model, question)).failure?.type, 'garbage')
    assert.ok(tried.upstream.asked.length <= 100)
  }))

test('one text is asked for by itself, under either form of a name', () =>
  at(async (tried) => {
    tried.upstream.play(json(recorded(subject, 'embedding.json')))
    const provider = await openedAt(tried)
    for (const model of ['gemini-embedding-001', 'models/gemini-embedding-001']) {
      const answer = await provider.embed?.(model).doEmbed({ values: ['high tide'], dimensions: 3 })
      assert.deepEqual(answer?.embeddings, [[-0.75, 0.0625, 1]])
      const { path, body } = tried.upstream.asked.at(-1) ?? assert.fail()
      assert.equal(path, '/base/models/gemini-embedding-001:embedContent')
      assert.equal(body['outputDimensionality'], 3)
    }
  }))

test('a call keeps its signature, without which it cannot be gone on with', () =>
  at(async (tried) => {
    tried.upstream.play(stream(recorded(subject, 'tools.sse')))
    const { parts } = await streamedBy(await chatAt(tried), question)
    const call = parts.find(({ type }) => type === 'tool-call')
    assert.ok(call !== undefined && 'providerMetadata' in call)
    assert.equal(call.providerMetadata?.['google']?.['thoughtSignature'], 'CpMBmoon')
  }))
