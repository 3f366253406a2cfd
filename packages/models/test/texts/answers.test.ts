// shows: H2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ProtocolName } from '../../src/provider.ts'
import type { Sink } from '../../src/gateway/sink.ts'
import { ListeningSink } from '../../src/texts/listening-sink.ts'
import { mostBytes } from '../../src/texts/bounds.ts'
import { createPreparing } from '../../src/texts/preparing.ts'
import { createPreparer } from '../../src/texts/preparer.ts'
import { trimmedRequest } from '../../src/texts/trimmed.ts'

const prepare = createPreparing()

class Nowhere implements Sink {
  readonly isGone = false
  readonly got: string[] = []
  head(): void {}
  write(chunk: string | Uint8Array): boolean {
    this.got.push(Buffer.from(chunk).toString())
    return true
  }
  drained(then: () => void): void {
    then()
  }
  end(chunk?: string | Uint8Array): void {
    if (chunk !== undefined) this.write(chunk)
  }
  onGone(): void {}
}

const stream = { 'content-type': 'text/event-stream; charset=utf-8' }

function partsOf(protocol: ProtocolName, body: string, headers: Record<string, string>, size = 5): unknown {
  const nowhere = new Nowhere()
  const sink = new ListeningSink(nowhere, protocol)
  sink.head(200, headers)
  const bytes = Buffer.from(body)
  for (let at = 0; at < bytes.length; at += size) sink.write(bytes.subarray(at, at + size))
  sink.end()
  assert.equal(nowhere.got.length, Math.ceil(bytes.length / size))
  const { heard } = sink
  if (heard === null) return null
  const { answer } = prepare({ prompt: null, answer: { heard, how: 'whole' }, patterns: [] })
  return JSON.parse(answer ?? 'null').parts
}

const events = (...all: readonly object[]): string => all.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')

describe('what was said is the same, streamed in any pieces or whole', () => {
  const call = { name: 'send', arguments: '{"to":"ü"}' }
  const cases: readonly (readonly [ProtocolName, string, string])[] = [
    [
      'openai-chat',
      events(
        { choices: [{ index: 0, delta: { role: 'assistant', reasoning_content: 'Hm' } }] },
        { choices: [{ index: 0, delta: { content: 'Good ' } }] },
        { choices: [{ index: 0, delta: { content: 'mörning' } }] },
        {
          choices: [
            { index: 0, delta: { tool_calls: [{ index: 0, function: { name: 'send', arguments: '{"to":' } }] } },
          ],
        },
        { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '"ü"}' } }] } }] },
        { choices: [], usage: {} },
      ),
      JSON.stringify({
        choices: [
          {
            index: 0,
            message: { reasoning: 'Hm', content: 'Good mörning', tool_calls: [{ id: 'c', function: call }] },
          },
        ],
      }),
    ],
    [
      'anthropic-messages',
      events(
        { type: 'message_start', message: { content: [] } },
        { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'sealed' } },
        { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Good ' } },
        { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'mörning' } },
        { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', name: 'send', input: {} } },
        { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"to":' } },
        { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '"ü"}' } },
      ),
      JSON.stringify({
        type: 'message',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'sealed' },
          { type: 'text', text: 'Good mörning' },
          { type: 'tool_use', name: 'send', input: { to: 'ü' } },
        ],
      }),
    ],
    [
      'openai-responses',
      events(
        { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', summary: [] } },
        { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'Hm' },
        { type: 'response.output_item.added', output_index: 1, item: { type: 'message', content: [] } },
        { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'Good ' },
        { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'mörning' },
        { type: 'response.output_item.added', output_index: 2, item: { type: 'function_call', name: 'send' } },
        { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"to":' },
        { type: 'response.function_call_arguments.delta', output_index: 2, delta: '"ü"}' },
        { type: 'response.completed', response: { object: 'response', output: [] } },
      ),
      JSON.stringify({
        object: 'response',
        output: [
          { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'sealed' },
          { type: 'message', content: [{ type: 'output_text', text: 'Good mörning' }] },
          { type: 'function_call', ...call },
        ],
      }),
    ],
  ]
  const expected = [
    { type: 'reasoning', text: 'Hm' },
    { type: 'text', text: 'Good mörning' },
    { type: 'call', name: 'send', text: '{"to":"ü"}' },
  ]
  for (const [protocol, streamed, whole] of cases)
    it(protocol, () => {
      for (const size of [1, 7, 100_000]) assert.deepEqual(partsOf(protocol, streamed, stream, size), expected)
      assert.deepEqual(partsOf(protocol, whole, { 'content-type': 'application/json' }, 3), expected)
    })

  it('inside of Hearth', () => {
    const content = [
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'Good mörning' },
      { type: 'tool-call', toolName: 'send', input: '{"to":"ü"}' },
    ]
    assert.deepEqual(partsOf('inner', JSON.stringify({ content }), { 'content-type': 'application/json' }), expected)
  })

  it('nothing of what is no answer, and nothing that is not what its protocol says', () => {
    const sink = new ListeningSink(new Nowhere(), 'openai-chat')
    sink.head(400, { 'content-type': 'application/json' })
    sink.end('{"choices":[{"message":{"content":"no"}}]}')
    assert.equal(sink.heard, null)
    for (const body of ['[1]', '{', '{"choices":{"a":1}}', '{"choices":[null,{"message":[1]}]}'])
      assert.deepEqual(partsOf('openai-chat', body, { 'content-type': 'application/json' }), [])
  })
})

describe('as much as is kept', () => {
  const kept = (json: Record<string, unknown>) => {
    const value = trimmedRequest(json)
    const text = prepare({ prompt: { value, how: 'redacted' }, answer: null, patterns: [] }).prompt ?? ''
    type Kept = {
      readonly messages: readonly (string & { readonly content: string })[]
      readonly [name: string]: unknown
    }
    return { text, value: JSON.parse(text) as Kept }
  }

  it('of a long conversation the end, of long texts the beginning, and a mark where something is missing', () => {
    const messages = Array.from({ length: 300 }, (_, index) => ({
      role: 'user',
      content: `${index} ${'word '.repeat(200)}`,
    }))
    const { text, value } = kept({ model: 'm', messages, temperature: 1 })
    assert.ok(Buffer.byteLength(text) <= mostBytes)
    assert.match(String(value.messages[0]), /^\[cut: \d+ before\]$/)
    assert.match(value.messages.at(-1)?.content ?? '', /^299 word/)
    assert.deepEqual([value['model'], value['temperature']], ['m', 1])
    const long = kept({ messages: [{ role: 'user', content: '长'.repeat(200_000) }] })
    assert.ok(Buffer.byteLength(long.text) <= mostBytes)
    assert.match(long.text, /\[cut: \d+ kB more\]/)
  })

  it('what is cut through at the end does not come out by halves', () => {
    for (let before = 50_000; before < 66_000; before += 131) {
      const { text } = kept({
        messages: [{ role: 'user', content: `${'a '.repeat(before / 2)}4111 1111 1111 1111 and ann@example.com` }],
      })
      assert.ok(!/4111|1111|ann@/.test(text), String(before))
    }
  })

  it('what goes deep, or looks like JSON for ever', () => {
    const deep = `${'['.repeat(30_000)} ann@example.com`
    const { text } = kept({
      messages: [
        { role: 'user', content: deep },
        { role: 'tool', content: `${'['.repeat(9_000)}"ann@example.com"${']'.repeat(9_000)}` },
      ],
    })
    assert.ok(!text.includes('ann@') && text.includes('[e-mail]'))
  })

  it('no pictures, sound, files, vectors and sealed thoughts', () => {
    const data = Buffer.alloc(3000, 'picture').toString('base64')
    const content = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
      { type: 'input_audio', input_audio: { format: 'wav', data } },
      { type: 'file', file: { file_data: data, filename: 'a.pdf' } },
      { type: 'text', text: `![x](data:image/png;base64,${data}) and ${data}` },
      { type: 'thinking', thinking: 'Hm', signature: data },
    ]
    const { text } = kept({ messages: [{ role: 'user', content }], input: [[1, 2, 3, 4, 5]] })
    assert.ok(!text.includes(data.slice(0, 40)), text)
    for (const mark of ['[image, 3 kB]', '[audio, 3 kB]', '[file, 3 kB]', '[sealed, 3 kB]', '[5 numbers]'])
      assert.ok(text.includes(mark), `${mark}: ${text}`)
  })
})

it('what takes too long is given up, and what comes after it is not', async () => {
  using preparer = createPreparer(400)
  const value = { messages: Array.from({ length: 4_000 }, () => ({ content: '0-1 de12 '.repeat(400) })) }
  assert.equal(await preparer.prepare({ prompt: { value, how: 'redacted' }, answer: null, patterns: [] }), null)
  using another = createPreparer()
  // What patterns that are not made for it go through again and again.
  for (const unit of ['eyJ-', '0-', '"@', 'a@', 'de12', 'password:', '1', 'http://', '%41', 'pwd is ', '-----BEGIN '])
    assert.notEqual(
      await another.prepare({
        prompt: { value: unit.repeat(60_000 / unit.length), how: 'redacted' },
        answer: null,
        patterns: [{ name: 'slow', pattern: '(a+)+$' }],
      }),
      null,
      unit,
    )
  const job = { prompt: { value: 'ann@example.com', how: 'redacted' }, answer: null, patterns: [] } as const
  assert.deepEqual(await another.prepare(job), { prompt: '"[e-mail]"', answer: null })
  const broken = { ...job, patterns: [{ name: 'x', pattern: '(' }] }
  assert.equal(await another.prepare(broken), null)
  assert.deepEqual((await another.prepare(job))?.prompt, '"[e-mail]"')
})

it('texts of one tenant that wait hold up no other', async () => {
  using preparer = createPreparer()
  const job = { prompt: { value: 'ann@example.com', how: 'redacted' }, answer: null, patterns: [] } as const
  const order: string[] = []
  const prepare = (tenant: string) => preparer.prepare(job, tenant).then(() => void order.push(tenant))
  await Promise.all(['a', 'a', 'a', 'a', 'b', 'c'].map(prepare))
  assert.equal(order.join(''), 'aabcaa')
})
