// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '@hearth/testing'
import { failureOf } from '../../src/failure-of.ts'
import type { ChatPart } from '../../src/language.ts'
import { providers } from '../../src/providers/index.ts'
import type { Beat, Script } from '../../src/providers/scripted/script.ts'
import { createScripted } from '../../src/providers/scripted/scripted.ts'
import { ask, failureFrom, failureIn, streamedBy, toldWhole } from './conformance/answer.ts'
import { tools } from './conformance/canon.ts'

const always = (...beats: readonly Beat[]): Script => ({ scenes: [{ times: 'always', beats }] })

async function plays(...beats: readonly Beat[]) {
  const model = createScripted(always(...beats)).model()
  const [streamed, whole] = [await streamedBy(model, ask('Hello')), toldWhole(await model.doGenerate(ask('Hello')))]
  assert.deepEqual(
    [whole.text, whole.reasoning, whole.calls, whole.finish, whole.usage],
    [streamed.text, streamed.reasoning, streamed.calls, streamed.finish, streamed.usage],
  )
  return streamed
}

test('texts, thoughts and calls come in the pieces of the script', async () => {
  const { parts, text, reasoning, calls, finish } = await plays(
    { type: 'reasoning', pieces: ['H', 'm'] },
    { type: 'text', pieces: ['Let me ', 'see.'] },
    { type: 'call', name: 'get_wind', pieces: ['{"place":', '"Bodø"}'], id: 'c1' },
    { type: 'call', name: 'now', pieces: ['{}'] },
  )
  assert.deepEqual([reasoning, text], ['Hm', 'Let me see.'])
  assert.deepEqual(calls, [
    { name: 'get_wind', input: { place: 'Bodø' } },
    { name: 'now', input: {} },
  ])
  assert.equal(finish?.unified, 'tool-calls')
  assert.deepEqual(
    parts.flatMap((part) => ('delta' in part ? [part.delta] : [])),
    ['H', 'm', 'Let me ', 'see.', '{"place":', '"Bodø"}', '{}'],
  )
})

test('how it ends, and what was used, is told as scripted, or made up', async () => {
  const told = await plays(
    { type: 'text', pieces: ['x'] },
    { type: 'finish', reason: 'length', usage: { input: 100, output: 9, cached: 40, reasoning: 2 } },
    { type: 'text', pieces: ['never said'] },
  )
  assert.deepEqual([told.text, told.finish?.unified], ['x', 'length'])
  assert.deepEqual(told.usage, {
    inputTokens: { total: 100, noCache: 60, cacheRead: 40, cacheWrite: 0 },
    outputTokens: { total: 9, text: 7, reasoning: 2 },
  })
  const { usage, finish } = await plays({ type: 'text', pieces: ['12345678'] })
  assert.deepEqual([usage?.outputTokens.total, finish?.unified], [2, 'stop'])
})

test('scenes are cast by what was said, by the model and in order, each as often as it may', async () => {
  const say = (text: string): readonly Beat[] => [{ type: 'text', pieces: [text] }]
  const scripted = createScripted({
    scenes: [
      { when: 'weather', times: 2, beats: say('sun') },
      { when: { pattern: '^\\d+$' }, beats: say('a number') },
      { model: 'other', beats: say('from another') },
      { beats: say('first') },
      { beats: say('second') },
    ],
  })
  const heard = async (text: string, model?: string) => (await streamedBy(scripted.model(model), ask(text))).text
  assert.equal(await heard('the weather?'), 'sun')
  assert.equal(await heard('hi'), 'first')
  assert.equal(await heard('42'), 'a number')
  assert.equal(await heard('hi', 'other'), 'from another')
  assert.equal(await heard('weather'), 'sun')
  assert.equal(await heard('weather'), 'second')
  const failure = await failureFrom(scripted.model().doStream(ask('hi')))
  assert.deepEqual([failure.type, failure.detail], ['refused', 'the script has nothing to say to this'])
})

test('it notes what it was asked, and how that ended', async () => {
  const scripted = createScripted({
    scenes: [{ beats: [] }, { beats: [{ type: 'fail', failure: { type: 'rate', detail: 'slow down', afterMs: 9 } }] }],
  })
  await scripted.model('a').doGenerate(ask('one', { tools, abortSignal: new AbortController().signal }))
  await failureFrom(scripted.model('b').doStream(ask('two')))
  assert.deepEqual(
    scripted.asked.map(({ model, streams, ended }) => [model, streams, ended]),
    [
      ['a', false, 'finished'],
      ['b', true, 'failed'],
    ],
  )
  assert.deepEqual(scripted.asked[0]?.call, ask('one', { tools }))
  // It is data.
  assert.deepEqual(JSON.parse(JSON.stringify(scripted.asked[0]?.call)), scripted.asked[0]?.call)
})

test('failures come where they are scripted: thrown before anything came, else at the end', async () => {
  const failure = { type: 'rate', detail: 'slow down', afterMs: 9 } as const
  const ends: readonly (readonly [Beat, string])[] = [
    [{ type: 'fail', failure }, 'rate'],
    [{ type: 'lost' }, 'lost'],
    [{ type: 'garbage' }, 'garbage'],
  ]
  for (const [beat, type] of ends) {
    const first = createScripted(always(beat)).model()
    assert.equal((await failureFrom(first.doStream(ask('x')))).type, type)
    assert.equal((await failureFrom(first.doGenerate(ask('x')))).type, type)
    const later = createScripted(always({ type: 'text', pieces: ['so far'] }, beat)).model()
    const told = await streamedBy(later, ask('x'))
    assert.deepEqual([told.text, told.failure?.type], ['so far', type])
    assert.equal((await failureFrom(later.doGenerate(ask('x')))).type, type)
  }
  assert.deepEqual(
    await failureFrom(
      createScripted(always({ type: 'fail', failure }))
        .model()
        .doStream(ask('x')),
    ),
    failure,
  )
})

test('it waits by the clock that it is given', async () => {
  const clock = createManualClock()
  const beats: readonly Beat[] = [
    { type: 'text', pieces: ['a'] },
    { type: 'wait', ms: 60_000 },
    { type: 'text', pieces: ['b'] },
  ]
  const { stream } = await createScripted(always(...beats), { clock })
    .model()
    .doStream(ask('x'))
  const seen: ChatPart[] = []
  const reading = (async () => {
    for await (const part of stream) seen.push(part)
  })()
  while (seen.at(-1)?.type !== 'text-end') await new Promise((resolve) => setImmediate(resolve))
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(seen.at(-1)?.type, 'text-end', 'nothing comes before the time')
  clock.advance(60_000)
  await reading
  assert.equal(seen.at(-1)?.type, 'finish')
})

test('an answer without end, and one that waits, end when nobody waits for them', async () => {
  const endless = createScripted(always({ type: 'endless', piece: 'wave ' }, { type: 'text', pieces: ['never'] }))
  const stop = new AbortController()
  const { stream } = await endless.model().doStream(ask('x', { abortSignal: stop.signal }))
  let count = 0
  const parts: ChatPart[] = []
  for await (const part of stream) {
    parts.push(part)
    if (part.type === 'text-delta' && ++count === 10) stop.abort()
  }
  const end = parts.at(-1)
  assert.equal(end?.type === 'error' && failureIn(end.error).type, 'stopped')
  const cancelled = (await endless.model().doStream(ask('x'))).stream.getReader()
  await cancelled.read()
  await cancelled.cancel()
  const waiting = createScripted(always({ type: 'wait', ms: 1e9 }))
  const late = AbortSignal.abort(new DOMException('too slow', 'TimeoutError'))
  assert.equal((await failureFrom(waiting.model().doGenerate(ask('x', { abortSignal: late })))).type, 'late')
  const slow = new AbortController()
  const failing = failureFrom(waiting.model().doGenerate(ask('x', { abortSignal: slow.signal })))
  slow.abort()
  assert.equal((await failing).type, 'stopped')
  assert.deepEqual([...new Set([...endless.asked, ...waiting.asked].map(({ ended }) => ended))], ['failed'])
})

test('it is a provider for whoever takes one, and none that a user can add', async () => {
  const { manifest, asked } = createScripted(always({ type: 'text', pieces: ['Hello'] }))
  const fetch = () => Promise.reject(new Error('a script needs no network'))
  const provider = (await manifest.open())({ name: 'here', baseUrl: '', key: undefined, fetch })
  assert.equal((await streamedBy(provider.chat?.('m') ?? assert.fail(), ask('x'))).text, 'Hello')
  assert.equal(asked[0]?.model, 'm')
  assert.ok(!providers.some(({ kind }) => kind === 'scripted'))
  assert.equal(failureOf(undefined).type, 'garbage')
})
