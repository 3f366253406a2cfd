import assert from 'node:assert/strict'
import type { ChatPart } from '../../../src/language.ts'
import { ask, failureFrom, failureIn, streamedBy, told, type Told } from './answer.ts'
import * as canon from './canon.ts'
import { casesOf, type ProviderCase } from './case.ts'
import { aroundLines } from './cutting.ts'
import { expectedOf } from './expected.ts'
import { chatAt, endsIn, json, recorded, startOf, stream, type Tried } from './subject.ts'
import type { Asked, Replay } from './upstream.ts'

const question = ask('When is high tide?')

/** Behind every piece of a body, and somewhere in it. */
function places(body: Buffer, ends: readonly number[]): readonly number[] {
  return [...new Set([...ends, ...ends.map((end) => Math.max(1, end - 9)), ...aroundLines(body).slice(0, 3)])]
}

/** What came of an answer whose connection ended early; null where nothing did. */
async function brokenOff(tried: Tried, replay: Replay): Promise<Told | null> {
  tried.upstream.play(replay)
  try {
    return await streamedBy(await chatAt(tried), { ...question, tools: canon.tools })
  } catch (error) {
    assert.equal(failureIn(error).type, 'lost')
    return null
  }
}

/** However early it ends, it ends with the failure, or with all of it. */
async function eachBreak(
  tried: Tried,
  recording: string,
  behind: NonNullable<Replay['behind']>,
  whole: Pick<Told, 'text' | 'calls'>,
): Promise<void> {
  const body = recorded(tried.subject, `${recording}.sse`)
  const cuts = places(body, endsIn(tried, body))
  let lost = 0
  for (const place of cuts) {
    const answer = await brokenOff(tried, stream(body.subarray(0, place), { behind }))
    const way = `${behind} behind byte ${place} of ${body.length}`
    if (answer === null || answer.failure !== undefined) lost += 1
    if (answer === null) continue
    if (answer.failure !== undefined) assert.equal(answer.failure.type, 'lost', way)
    else assert.deepEqual([answer.text, answer.calls], [whole.text, whole.calls], way)
    assert.ok(whole.text.startsWith(answer.text), way)
    assert.deepEqual(answer.calls, whole.calls.slice(0, answer.calls.length), `${way}: calls are whole or not there`)
  }
  assert.ok(lost > cuts.length / 2, 'most of these places are in the middle')
}

const wholeText = { text: canon.text, calls: [] }

const breaking = casesOf('broken streams', ['chat'], {
  'a connection that is lost in the middle is lost': (tried) => eachBreak(tried, 'text', 'break', wholeText),
  'a stream that ends without its end is lost': (tried) => eachBreak(tried, 'text', 'end', wholeText),
  'half an answer that was to come whole is lost': async (tried) => {
    const body = recorded(tried.subject, 'text.json')
    const lines = [...body.keys()].filter((at) => body[at - 1] === 10)
    for (const [behind, place] of [
      ...places(body, lines)
        .slice(0, -1)
        .map((one) => ['end', one] as const),
      ['break', 99] as const,
    ]) {
      tried.upstream.play(json(body.subarray(0, place), { behind }))
      const { type } = await failureFrom((await chatAt(tried)).doGenerate(question))
      assert.equal(type, 'lost', `${behind} behind byte ${place}`)
    }
  },
  'a connection that is lost before the head is lost': async (tried) => {
    tried.upstream.play({ instead: 'break' })
    const model = await chatAt(tried)
    assert.equal((await failureFrom(model.doStream(question))).type, 'lost')
    assert.equal((await failureFrom(model.doGenerate(question))).type, 'lost')
  },
  'a stream of nothing is lost': async (tried) => {
    tried.upstream.play(stream(''))
    assert.equal((await failureFrom((await chatAt(tried)).doStream(question))).type, 'lost')
  },
})

const withTools = casesOf('broken streams', ['tools'], {
  'calls whose inputs were still coming are not told of': async (tried) => {
    const wholeCalls = { text: '', calls: expectedOf(tried.subject).calls }
    await eachBreak(tried, 'tools', 'end', wholeCalls)
    await eachBreak(tried, 'tools', 'break', wholeCalls)
  },
})

async function notAnAnswer(tried: Tried, body: string): Promise<void> {
  tried.upstream.play(stream(body))
  const { type } = await failureFrom((await chatAt(tried)).doStream(question))
  assert.ok(type === 'garbage' || type === 'lost', `${body} is ${type}`)
}

const wrong = casesOf('errors in streams', ['chat'], {
  'an error in the place of an answer rejects': async (tried) => {
    tried.upstream.play(stream(recorded(tried.subject, 'error-first.sse')))
    const failure = await failureFrom((await chatAt(tried)).doStream(question))
    assert.equal(failure.type, expectedOf(tried.subject).errorInStream)
    assert.notEqual(failure.detail, '')
  },
  'an error in the place of a stream is read, whichever form it says it has': async (tried) => {
    tried.upstream.play(json(recorded(tried.subject, 'error-whole.json')))
    assert.equal((await failureFrom((await chatAt(tried)).doStream(question))).type, 'away')
  },
  'an error with a good status is an error': async (tried) => {
    tried.upstream.play(json(recorded(tried.subject, 'error-whole.json')))
    const failure = await failureFrom((await chatAt(tried)).doGenerate(question))
    assert.deepEqual([failure.type, failure.status], ['away', 200])
  },
  'an error in the middle ends the answer, after what had come': async (tried) => {
    tried.upstream.play(stream(recorded(tried.subject, 'error-later.sse')))
    const answer = await streamedBy(await chatAt(tried), question)
    assert.deepEqual([answer.text, answer.failure?.type], [canon.cutText, expectedOf(tried.subject).errorInStream])
  },
  'garbage in the middle ends the answer, after what had come': async (tried) => {
    tried.upstream.play(stream(recorded(tried.subject, 'garbage-later.sse')))
    const answer = await streamedBy(await chatAt(tried), question)
    assert.deepEqual([answer.text, answer.failure?.type], [canon.cutText, 'garbage'])
    assert.doesNotMatch(answer.failure?.detail ?? '', /[{}]/)
  },
  'garbage in the place of an answer is garbage': async (tried) => {
    const page = '<!doctype html><title>Sign in</title>'
    for (const body of [page, 'data: nonsense\n\n', 'data: {}\n\n', 'data: 17\n\n', 'data: []\n\n'])
      await notAnAnswer(tried, body)
    for (const body of [page, '', '{}', '[]', '17', 'null', '{"choices":[]}', '{"content":[]}', '{"candidates":[]}']) {
      tried.upstream.play(json(body))
      assert.equal((await failureFrom((await chatAt(tried)).doGenerate(question))).type, 'garbage', body)
    }
  },
})

async function endless(tried: Tried, signal: AbortSignal): Promise<ReadableStream<ChatPart>> {
  const { subject, upstream } = tried
  upstream.play(stream(startOf(tried), { forever: recorded(subject, 'forever.sse') }))
  const { stream: parts } = await (await chatAt(tried)).doStream({ ...question, abortSignal: signal })
  return parts
}

const last = ({ upstream }: Tried): Asked => upstream.asked.at(-1) as Asked

const stopping = casesOf('stopping', ['chat'], {
  'an answer without end stops when nobody waits for it, and its connection is closed': async (tried) => {
    const stop = new AbortController()
    const reader = (await endless(tried, stop.signal)).getReader()
    const parts: ChatPart[] = []
    for (let deltas = 0; ;) {
      const { done, value } = await reader.read()
      if (done) break
      parts.push(value)
      if (value.type === 'text-delta') deltas += 1
      if (deltas === 20) stop.abort()
    }
    const end = parts.at(-1)
    assert.equal(end?.type === 'error' && failureIn(end.error).type, 'stopped')
    await last(tried).closed
  },
  'a stream that is cancelled closes its connection': async (tried) => {
    const parts = await endless(tried, new AbortController().signal)
    const reader = parts.getReader()
    await reader.read()
    await reader.cancel()
    await last(tried).closed
  },
  'what is stopped before the head closes its connection, and says why': async (tried) => {
    const reasons = [
      [undefined, 'stopped'],
      [new DOMException('too slow', 'TimeoutError'), 'late'],
      ['a word', 'stopped'],
    ] as const
    for (const [reason, type] of reasons) {
      const stop = new AbortController()
      tried.upstream.play({ instead: 'stay' })
      const count = tried.upstream.asked.length
      const failing = failureFrom((await chatAt(tried)).doStream({ ...question, abortSignal: stop.signal }))
      while (tried.upstream.asked.length === count) await new Promise((resolve) => setImmediate(resolve))
      stop.abort(reason)
      assert.equal((await failing).type, type)
      await last(tried).closed
    }
  },
  'what is stopped in the middle of a whole answer closes its connection': async (tried) => {
    const stop = new AbortController()
    const body = recorded(tried.subject, 'text.json')
    tried.upstream.play(json(body.subarray(0, 50), { behind: 'stay' }))
    const failing = failureFrom((await chatAt(tried)).doGenerate({ ...question, abortSignal: stop.signal }))
    while (tried.upstream.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    assert.equal((await failing).type, 'stopped')
    await last(tried).closed
  },
  'what was stopped before it began is not asked': async (tried) => {
    const model = await chatAt(tried)
    const call = { ...question, abortSignal: AbortSignal.abort() }
    assert.equal((await failureFrom(model.doStream(call))).type, 'stopped')
    assert.equal((await failureFrom(model.doGenerate(call))).type, 'stopped')
    assert.equal(tried.upstream.asked.length, 0)
  },
  'an error in the place of an answer closes a connection that goes on': async (tried) => {
    const body = recorded(tried.subject, 'error-first.sse')
    tried.upstream.play(stream(body, { forever: ': still here\n\n' }))
    await failureFrom((await chatAt(tried)).doStream(question))
    await last(tried).closed
  },
  'an error in the middle closes a connection that goes on': async (tried) => {
    const body = recorded(tried.subject, 'error-later.sse')
    tried.upstream.play(stream(body, { forever: recorded(tried.subject, 'forever.sse') }))
    const { stream: parts } = await (await chatAt(tried)).doStream(question)
    assert.equal((await told(parts)).failure?.type, 'away')
    await last(tried).closed
  },
})

/** How a stream ends that does not end well. */
export const streamCases: readonly ProviderCase[] = [...breaking, ...withTools, ...wrong, ...stopping]
