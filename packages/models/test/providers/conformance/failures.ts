import assert from 'node:assert/strict'
import { ask, failureFrom, streamedBy } from './answer.ts'
import { casesOf, type ProviderCase } from './case.ts'
import { chatAt, json, key, openedAt, recorded, startOf, stream, type RecordedRefusal, type Tried } from './subject.ts'

const secretWords = 'The harbour master keeps the spare key of the lighthouse under the third step.'
const question = ask(secretWords)

const refusals = (tried: Tried): readonly RecordedRefusal[] =>
  JSON.parse(recorded(tried.subject, 'errors.json').toString('utf8')) as readonly RecordedRefusal[]

async function eachRefusal(tried: Tried, wayOf: 'doGenerate' | 'doStream'): Promise<void> {
  for (const { title, status, headers = {}, body, type, afterMs, says } of refusals(tried)) {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    tried.upstream.play({ status, headers: { 'content-type': 'application/json', ...headers }, body: text })
    const count = tried.upstream.asked.length
    const failure = await failureFrom((await chatAt(tried))[wayOf](question))
    assert.deepEqual([failure.type, failure.status], [type, status], title)
    assert.equal(failure.afterMs, afterMs, title)
    if (says !== undefined) assert.ok(failure.detail.includes(says), `${title}: ${failure.detail}`)
    assert.equal(tried.upstream.asked.length, count + 1, `${title}: it is asked once`)
  }
}

function holdsNothing(failure: object, what: string): void {
  const shown = JSON.stringify(failure)
  for (const part of [key, key.slice(0, 14), key.slice(-8), 'harbour master', 'third step'])
    assert.ok(!shown.includes(part), `${what} shows ${part}: ${shown}`)
}

const refusing = casesOf('refusals', ['chat'], {
  'each refusal means what it means, with the wish of the provider, and is not tried again': (tried) =>
    eachRefusal(tried, 'doGenerate'),
  'the same where a stream was asked for': (tried) => eachRefusal(tried, 'doStream'),
  'a provider that repeats the key and the question is not repeated': async (tried) => {
    const url = `https://provider.example/v1/models/x?key=${key}&alt=sse`
    const said = `Wrong key ${key}, masked as ${key.slice(0, 8)}***********${key.slice(-4)} or ${key.slice(0, 7)}...${key.slice(-4)} at ${url}: ${secretWords}`
    for (const [name, message] of Object.entries({
      said,
      long: `${'x '.repeat(245)}${said}`,
      longer: `${'y'.repeat(4200)} ${said}`,
      cut: `${secretWords.slice(0, 60)}`,
    }))
      for (const body of [
        { error: { message, type: 'invalid_request_error', code: null, status: 'INVALID_ARGUMENT' } },
        { type: 'error', error: { type: 'invalid_request_error', message } },
        { object: 'error', message },
        { detail: [{ msg: `${message} 'input': {'messages': []}` }] },
      ]) {
        const text = JSON.stringify(body)
        tried.upstream.play(json(text, { status: 400 }))
        const model = await chatAt(tried)
        for (const failure of [
          await failureFrom(model.doGenerate(question)),
          await failureFrom(model.doStream(question)),
        ]) {
          holdsNothing(failure, name)
          assert.ok(failure.detail.length <= 500, `${name} is short`)
        }
        tried.upstream.play(stream(`data: ${text}\n\n`), json(text))
        holdsNothing(await failureFrom(model.doStream(question)), `${name} in a stream`)
        holdsNothing(await failureFrom(model.doGenerate(question)), `${name} with a good status`)
      }
  },
  'a key that cannot be sent is refused without being shown': async (tried) => {
    const provider = await openedAt(tried, undefined, `${key}\n`)
    const failure = await failureFrom(
      Promise.resolve().then(() => provider.chat?.(tried.subject.model).doGenerate(question)),
    )
    assert.equal(failure.type, 'key')
    holdsNothing(failure, 'the failure')
    assert.equal(tried.upstream.asked.length, 0)
  },
  'what is not there is away': async (tried) => {
    const { url } = tried.upstream
    await tried.upstream[Symbol.asyncDispose]()
    const model = await chatAt(tried)
    const failure = await failureFrom(model.doGenerate(question))
    assert.deepEqual([failure.type, failure.status], ['away', undefined])
    assert.ok(!JSON.stringify(failure).includes(new URL(url).host))
    assert.equal((await failureFrom(model.doStream(question))).type, 'away')
  },
  'a redirect is not followed': async (tried) => {
    tried.upstream.play({ status: 307, headers: { location: `${tried.upstream.url}/elsewhere` } })
    const failure = await failureFrom((await chatAt(tried)).doGenerate(question))
    assert.deepEqual([failure.type, failure.status, tried.upstream.asked.length], ['away', 307, 1])
  },
})

const endless = casesOf('answers without end', ['chat'], {
  'a refusal without end is read as far as is useful': async (tried) => {
    tried.upstream.play({ status: 500, headers: { 'content-type': 'text/plain' }, forever: 'x'.repeat(65_536) })
    assert.equal((await failureFrom((await chatAt(tried)).doGenerate(question))).type, 'away')
    await tried.upstream.asked.at(-1)?.closed
  },
  'an answer without end is garbage, whole or before it begins': async (tried) => {
    const model = await chatAt(tried)
    tried.upstream.play(json('{"id":"', { forever: 'x'.repeat(1_048_576) }))
    assert.equal((await failureFrom(model.doGenerate(question))).type, 'garbage')
    await tried.upstream.asked.at(-1)?.closed
    const long = 'x'.repeat(1_048_576)
    for (const [body, forever] of [
      ['data: ', long],
      ['', `: ${long}\n\n`],
    ] as const) {
      tried.upstream.play(stream(body, { forever }))
      assert.equal((await failureFrom(model.doStream(question))).type, 'garbage')
      await tried.upstream.asked.at(-1)?.closed
    }
  },
  'a part of an answer without end is garbage': async (tried) => {
    const body = Buffer.concat([startOf(tried), recorded(tried.subject, 'forever.sse'), Buffer.from('data: ')])
    tried.upstream.play(stream(body, { forever: 'x'.repeat(1_048_576) }))
    const { text, failure } = await streamedBy(await chatAt(tried), question)
    assert.ok(text.endsWith('wave '))
    assert.equal(failure?.type, 'garbage')
    await tried.upstream.asked.at(-1)?.closed
  },
})

/** How a provider refuses, and what becomes of it. */
export const failureCases: readonly ProviderCase[] = [...refusing, ...endless]
