// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatPart, Usage } from '../../../src/language.ts'
import { openaiResponses } from '../../../src/wire/openai-responses/protocol.ts'
import type { Metered } from '../../../src/wire/protocol.ts'
import { answerOf, facts, read, streamed, type Script } from './answering.ts'

const parts: readonly ChatPart[] = [
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', delta: 'Hmm…' },
  { type: 'reasoning-end', id: 'r' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: 'event: response.failed\n\ndata: {"usage":{"input_tokens":5}}' },
  { type: 'text-delta', id: 't', delta: ' – 你好' },
  { type: 'text-end', id: 't' },
  { type: 'tool-call', toolCallId: 'c', toolName: 'f', input: '{"response":{"usage":1}}' },
]
const raw = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 6, cache_write_tokens: 2 },
  output_tokens: 9,
  output_tokens_details: { reasoning_tokens: 4 },
  total_tokens: 29,
}
const usage: Usage = {
  inputTokens: { total: 20, noCache: 12, cacheRead: 6, cacheWrite: 2 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
  raw,
}
const whole: Metered = { usage, finish: 'completed', ended: true, began: true, error: undefined }

const event = (type: string, fields: object, name = type): string =>
  `event: ${name}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

function metered(...chunks: readonly (string | Uint8Array)[]): Metered {
  const meter = openaiResponses.meter()
  for (const chunk of chunks) meter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return meter.read()
}
const wholeOf = (body: unknown): Metered =>
  openaiResponses.meter().whole(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))

const streamOf = (script: Script): Buffer => Buffer.from(streamed(read({ stream: true }), script))

test('a stream is read the same however it is cut', () => {
  const scripts: readonly (readonly [Script, Metered])[] = [
    [{ parts }, whole],
    [
      { parts, finish: 'length' },
      { ...whole, finish: 'max_output_tokens' },
    ],
    [
      { parts, finish: 'content-filter' },
      { ...whole, finish: 'content_filter' },
    ],
    [
      { parts, fails: { type: 'model', failure: { type: 'rate', detail: 'Slow down.' } } },
      {
        usage: undefined,
        finish: 'failed',
        ended: false,
        began: true,
        error: { type: 'rate', detail: 'Slow down.', status: 200 },
      },
    ],
  ]
  for (const [script, expected] of scripts) {
    const bytes = streamOf(script)
    assert.deepEqual(metered(bytes), expected)
    const single = openaiResponses.meter()
    for (const byte of bytes) single.push(Uint8Array.of(byte))
    assert.deepEqual(single.read(), expected)
  }
  const bytes = streamOf({ parts })
  for (let at = 1; at < bytes.length; at += 1)
    assert.deepEqual(metered(bytes.subarray(0, at), bytes.subarray(at)), whole, `cut at ${at}`)
})

test('it knows when the first token has come, and no sooner', () => {
  const meter = openaiResponses.meter()
  const seen = streamed(read({}), { parts })
    .split(/(?<=\n\n)/)
    .map((one) => {
      meter.push(Buffer.from(one))
      return meter.read().began
    })
  const first = seen.indexOf(true)
  // created, in progress, item, part of the summary, and then a delta
  assert.equal(first, 4)
  assert.ok(seen.slice(first).every(Boolean))
})

test('a stream that stops has not ended, wherever it stops', () => {
  const bytes = streamOf({ parts })
  const last = bytes.lastIndexOf('event: response.completed')
  for (const end of [0, 10, last - 1, last, last + 40, bytes.length - 1]) {
    const { ended, usage: found, finish, error } = metered(bytes.subarray(0, end))
    assert.deepEqual([ended, found, finish, error], [false, undefined, undefined, undefined], `at ${end}`)
  }
})

test('servers that leave the names out are read by the type', () => {
  const bare = streamed(read({}), { parts }).replaceAll(/^event: .*\n/gm, '')
  assert.deepEqual(metered(bare), whole)
  const turned = `data: ${JSON.stringify({ sequence_number: 1, response: { status: 'completed', usage: raw, output: [] }, type: 'response.completed' })}\n\n`
  assert.deepEqual(metered(turned), { ...whole, began: false })
  // And those that end their lines in the old way, and with the word of another protocol.
  assert.deepEqual(metered(`${streamed(read({}), { parts })}data: [DONE]\n\n`.replaceAll('\n', '\r\n')), whole)
})

test('only the last event is parsed', () => {
  const deltas = event('response.output_text.delta', {}).replace('{', '{{{') + event('response.output_item.done', {})
  assert.deepEqual(metered(deltas), { ...whole, usage: undefined, finish: undefined, ended: false })
})

test('errors in the middle of a stream, in both forms that there are', () => {
  const flat = { code: 'server_error', message: 'Broken.', param: null, sequence_number: 3 }
  const nested = { error: { type: 'server_error', code: 'server_error', message: 'Broken.', param: null } }
  for (const fields of [flat, nested]) {
    for (const text of [event('error', fields), event('error', fields).replace(/^event: .*\n/, '')]) {
      const { error, ended } = metered(event('response.output_text.delta', { delta: 'x' }), text)
      assert.deepEqual([error?.type, error?.detail, ended], ['away', 'Broken.', false])
    }
  }
  const unnamed = metered('data: {"error":{"message":"Broken.","code":"rate_limit_exceeded"}}\n\n')
  assert.deepEqual([unnamed.error?.type, unnamed.error?.detail], ['rate', 'Broken.'])
  // What follows takes nothing back.
  const later = metered(
    event('error', nested),
    event('response.completed', { response: { status: 'completed', usage: raw } }),
  )
  assert.deepEqual([later.error?.detail, later.ended, later.usage], ['Broken.', false, usage])
})

test('a response that failed may have cost something', () => {
  const response = { status: 'failed', error: { code: 'invalid_prompt', message: 'No.' }, usage: raw, output: [] }
  const found = metered(event('response.failed', { response }))
  assert.deepEqual([found.error?.type, found.error?.detail, found.usage, found.ended], ['refused', 'No.', usage, false])
})

test('an answer that came whole', () => {
  const answer = answerOf({ content: [{ type: 'text', text: 'Hi' }] })
  const response = openaiResponses.whole(read({}), answer, facts) as object
  assert.deepEqual(wholeOf(response), whole)
  assert.deepEqual(wholeOf({ ...response, output: [] }), { ...whole, began: false })
  const cut = { ...response, status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
  assert.deepEqual(wholeOf(cut), { ...whole, finish: 'max_output_tokens' })
  assert.deepEqual(wholeOf({ ...response, status: 'in_progress' }), { ...whole, finish: 'in_progress', ended: false })
  const failed = wholeOf({ ...response, status: 'failed', error: { code: 'server_error', message: 'Broken.' } })
  assert.deepEqual([failed.error?.type, failed.ended, failed.usage], ['away', false, usage])
  const { error } = wholeOf({
    error: { message: 'Too long.', type: 'invalid_request_error', code: 'context_length_exceeded' },
  })
  assert.deepEqual([error?.type, error?.detail], ['too-long', 'Too long.'])
})

test('counts that are none are not counted', () => {
  const found = (counted: unknown): Usage | undefined => wholeOf({ status: 'completed', usage: counted }).usage
  for (const counted of [undefined, null, 5, [], {}, { input_tokens: '5' }, { input_tokens: -1, output_tokens: 1.5 }])
    assert.equal(found(counted), undefined)
  assert.deepEqual(found({ input_tokens: 5, output_tokens: 2, input_tokens_details: null }), {
    inputTokens: { total: 5, noCache: 5, cacheRead: 0, cacheWrite: undefined },
    outputTokens: { total: 2, text: 2, reasoning: 0 },
    raw: { input_tokens: 5, output_tokens: 2, input_tokens_details: null },
  })
  const more = found({
    input_tokens: 5,
    input_tokens_details: { cached_tokens: 9 },
    output_tokens_details: { reasoning_tokens: 3 },
  })
  assert.deepEqual([more?.inputTokens.noCache, more?.outputTokens.text], [0, 0])
})

test('garbage is passed over', () => {
  const nothing: Metered = { usage: undefined, finish: undefined, ended: false, began: false, error: undefined }
  const bodies = ['', 'null', '[]', '5', '"x"', '{', '<html>', '\u0000', '{"status":5,"usage":{}}']
  for (const body of bodies) assert.deepEqual(wholeOf(body), nothing)
  const streams = [
    'data: \n\n',
    'event: response.completed\n\n',
    'event: response.created\ndata: {\n\n',
    'data: {"type":"\n\n',
    'data: {"type":"response.completed\n\n',
    'data: [1,2\n\n',
  ]
  for (const text of streams) assert.deepEqual(metered(text), nothing, text)
  const broken = metered('event: response.completed\ndata: {"response"\n\n')
  assert.deepEqual(broken, nothing)
  assert.deepEqual(metered(event('response.completed', { response: 'x' })), nothing)
  const random = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7919 + (index % 13) * 31) % 256))
  assert.doesNotThrow(() => metered(random, random.subarray(3), Buffer.from('\n\n')))
})

test('a last event as large as one with pictures is read', () => {
  const output = [{ type: 'image_generation_call', id: 'ig_1', result: 'A'.repeat(20_000_000) }]
  const text = event('response.completed', { response: { status: 'completed', output, usage: raw } })
  assert.deepEqual(metered(text), whole)
})
