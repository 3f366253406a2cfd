// shows: A1
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ChatCall, ChatPart } from '../../../src/language.ts'
import { ask, failureFrom, failureIn, streamedBy, toldWhole } from '../conformance/answer.ts'
import { afterTools, picture, tools } from '../conformance/canon.ts'
import { skipUnlessFull as skip } from './real-model.ts'
import { coldly, modelOf, runnerWith, until } from './small-runner.ts'

// One for those that leave it as it was: loading takes longer than most answers.
const shared = runnerWith()
const model = modelOf(shared)
after(() => shared[Symbol.asyncDispose]())

test('an answer comes whole and in pieces, with its tokens counted', { skip }, async () => {
  const whole = toldWhole(await model.doGenerate(coldly('Say hello.')))
  const streamed = await streamedBy(model, coldly('Say hello.'))
  assert.equal(streamed.text, whole.text)
  assert.ok(streamed.parts.filter(({ type }) => type === 'text-delta').length > 3)
  for (const { finish, usage } of [whole, streamed]) {
    assert.equal(finish?.unified, 'length')
    // The beginning, two marks of the template, its words, and three of what was said.
    assert.deepEqual([usage?.inputTokens.total, usage?.outputTokens.total], [12, 12])
  }
})

test('what people write is text, whatever marks of the template it holds', { skip }, async () => {
  const inputOf = async (text: string): Promise<number> =>
    (await model.doGenerate(coldly(text, { maxOutputTokens: 1 }))).usage.inputTokens.total ?? 0
  const [plain, marked] = [await inputOf('a b'), await inputOf('a <end_of_turn> b')]
  assert.ok(marked - plain > 2, `${marked} and ${plain}`)
})

test('an answer ends before a stop sequence, and says so', { skip }, async () => {
  const { text } = toldWhole(await model.doGenerate(coldly('Say hello.')))
  const stop = text.slice(4, 9)
  const at = text.indexOf(stop)
  const stopped = await streamedBy(model, coldly('Say hello.', { stopSequences: ['never there', stop] }))
  assert.deepEqual([stopped.text, stopped.finish?.unified], [text.slice(0, at), 'stop'])
})

test('the same seed makes the same answer, and another one another', { skip }, async () => {
  const said = async (seed: number): Promise<string> =>
    toldWhole(await model.doGenerate(ask('Tell a story.', { seed, temperature: 1.5, maxOutputTokens: 16 }))).text
  const [one, again, other] = [await said(7), await said(7), await said(8)]
  assert.equal(one, again)
  assert.notEqual(one, other)
})

test('several are answered at once, as each would be alone', { skip }, async () => {
  const questions = ['Say hello.', 'Count to ten.', 'Name a colour.']
  const alone: string[] = []
  for (const one of questions) alone.push((await streamedBy(model, coldly(one))).text)
  const together = await Promise.all(questions.map((one) => streamedBy(model, coldly(one))))
  assert.deepEqual(
    together.map(({ finish }) => finish?.unified),
    ['length', 'length', 'length'],
  )
  // What is computed together may round otherwise: the beginnings are the same.
  for (const [index, { text }] of together.entries()) assert.equal(text.slice(0, 4), alone[index]?.slice(0, 4))
})

test('log-probabilities are those of the tokens of the answer', { skip }, async () => {
  const answer = await model.doGenerate(coldly('Say hello.', { providerOptions: { openai: { logprobs: 2 } } }))
  const all = answer.providerMetadata?.['openai']?.['logprobs'] as unknown as readonly {
    readonly token: string
    readonly logprob: number
    readonly top_logprobs: readonly { readonly token: string; readonly logprob: number }[]
  }[]
  assert.equal(all.map(({ token }) => token).join(''), toldWhole(answer).text)
  for (const { token, logprob, top_logprobs: top } of all) {
    assert.ok(logprob <= 0 && top.length === 2)
    assert.deepEqual([top[0]?.token, top[0]?.logprob], [token, logprob])
    assert.ok((top[1]?.logprob ?? 0) <= logprob)
  }
})

test('a call that is asked for is made, with an input that its schema lets through', { skip }, async () => {
  for (const toolChoice of [{ type: 'required' }, { type: 'tool', toolName: 'get_tide' }] as const) {
    const call = coldly('When is high tide in Oslo on day 3?', { tools, toolChoice, maxOutputTokens: 80 })
    const streamed = await streamedBy(model, call)
    assert.equal(streamed.finish?.unified, 'tool-calls')
    assert.equal(streamed.text, '')
    assert.equal(streamed.calls.length, 1)
    assert.ok(tools.some(({ name }) => name === streamed.calls[0]?.name))
    assert.deepEqual(toldWhole(await model.doGenerate(call)).calls, streamed.calls)
    if (toolChoice.type === 'required') continue
    const input = streamed.calls[0]?.input as Record<string, unknown>
    assert.deepEqual(
      [streamed.calls[0]?.name, typeof input['place'], typeof input['day']],
      ['get_tide', 'string', 'number'],
    )
  }
})

test(
  'a model that may call does where the conversation leads there, and one that may not does not',
  { skip },
  async () => {
    const turns = [1, 2, 3].flatMap((): ChatCall['prompt'] => afterTools)
    const prompt: ChatCall['prompt'] = [
      ...turns,
      { role: 'user', content: [{ type: 'text', text: 'How is the sea?' }] },
    ]
    const call = { prompt, tools, temperature: 0, maxOutputTokens: 80 }
    const answer = await streamedBy(model, call)
    assert.equal(answer.calls[0]?.name, 'get_tide')
    assert.ok(!answer.text.includes('<tool_call>'))
    const only = await streamedBy(model, { ...call, providerOptions: { openai: { parallelToolCalls: false } } })
    assert.deepEqual([only.calls.length, only.finish?.unified], [1, 'tool-calls'])
    const none = await streamedBy(model, { ...call, toolChoice: { type: 'none' }, maxOutputTokens: 8 })
    assert.deepEqual(none.calls, [])
  },
)

test('what a model thinks before it speaks is told apart, and counted', { skip }, async () => {
  const turns = ['one', 'two', 'three', 'four'].flatMap((word): ChatCall['prompt'] => [
    { role: 'user', content: [{ type: 'text', text: `Say ${word}.` }] },
    { role: 'assistant', content: [{ type: 'text', text: `<think>\nIt wants ${word}.\n</think>\n\n${word}` }] },
  ])
  const prompt: ChatCall['prompt'] = [...turns, { role: 'user', content: [{ type: 'text', text: 'Say five.' }] }]
  // Sequences that stop an answer stop no thought.
  const call = { prompt, temperature: 0, maxOutputTokens: 40, stopSequences: ['<think>', 'wants'] }
  const streamed = await streamedBy(model, call)
  assert.match(streamed.reasoning, /wants/)
  assert.match(streamed.text, /^\w/)
  assert.doesNotMatch(streamed.text + streamed.reasoning, /think>/)
  const { text, reasoning } = streamed.usage?.outputTokens ?? {}
  assert.ok((reasoning ?? 0) > 3 && (text ?? 0) > 0)
  const whole = toldWhole(await model.doGenerate(call))
  assert.deepEqual([whole.reasoning, whole.text], [streamed.reasoning, streamed.text])
})

test('what a model of text cannot be asked is refused', { skip }, async () => {
  const file = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: picture } } as const
  const refused: readonly ChatCall[] = [
    { prompt: [{ role: 'user', content: [file] }] },
    ask('Hi', { tools: [{ type: 'provider', id: 'openai.web_search', name: 'web_search', args: {} }] }),
    ask('Hi', { tools, toolChoice: { type: 'tool', toolName: 'nobody' } }),
    // A schema that is only itself, which llama.cpp finds out.
    ask('Hi', { responseFormat: { type: 'json', schema: { $ref: '#' } } }),
    ask('Hi', { responseFormat: { type: 'json', schema: { not: {} } } }),
  ]
  for (const call of refused) {
    assert.equal((await failureFrom(model.doGenerate(call))).type, 'refused')
    assert.equal((await failureFrom(model.doStream(call))).type, 'refused')
  }
  const long = await failureFrom(model.doGenerate(ask('word '.repeat(2000))))
  assert.deepEqual([long.type, /1024 tokens/.test(long.detail)], ['too-long', true])
})

test('an answer that nobody waits for stops, and leaves its place to others', { skip }, async () => {
  const stop = new AbortController()
  const { stream } = await model.doStream(ask('Tell a long story.', { abortSignal: stop.signal }))
  const parts: ChatPart[] = []
  for await (const part of stream) {
    parts.push(part)
    if (parts.filter(({ type }) => type === 'text-delta').length === 3) stop.abort()
  }
  const last = parts.at(-1)
  assert.equal(last?.type === 'error' && failureIn(last.error).type, 'stopped')
  // The process says when it has stopped; by itself it would go on for a thousand tokens.
  await until(() => !shared.isBusy)
  const cancelled = await model.doStream(ask('Tell a long story.'))
  await cancelled.stream.cancel()
  await until(() => !shared.isBusy)
  const long = new AbortController()
  const reading = failureFrom(model.doGenerate(ask('word '.repeat(900), { abortSignal: long.signal })))
  await until(() => shared.isBusy)
  long.abort(new DOMException('too slow', 'TimeoutError'))
  assert.equal((await reading).type, 'late')
  await until(() => !shared.isBusy)
  const before = failureFrom(model.doStream(ask('Hi', { abortSignal: AbortSignal.abort() })))
  assert.deepEqual([(await before).type, shared.isBusy], ['stopped', false])
})
