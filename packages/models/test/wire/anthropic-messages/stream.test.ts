// shows: A8
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ChatAnswer, ChatPart, JSONObject } from '../../../src/language.ts'
import { anthropicMessages } from '../../../src/wire/anthropic-messages/protocol.ts'
import { createSseReader } from '../../../src/wire/sse/reader.ts'
import { call, finish, ofAnthropic, redacted, text, thought, tool, usage } from './script.ts'

const facts = { id: 'msg_01', model: 'm', at: 0 }
const asking = (more: object = {}) =>
  anthropicMessages.read({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }], ...more })

type Block = JSONObject & { deltas: JSONObject[] }

/** The blocks of a stream, which must follow one another as the protocol demands. */
function blocksOf(stream: string): Block[] {
  const blocks: Block[] = []
  let isOpen = false
  const reader = createSseReader((event, data) => {
    const { type, index, content_block: block, delta } = JSON.parse(data) as Record<string, JSONObject>
    assert.equal(event, type as unknown)
    if (event === 'content_block_start') {
      assert.ok(!isOpen, 'two blocks are open')
      isOpen = true
      blocks.push({ ...block, deltas: [] })
    }
    if (event?.startsWith('content_block') === true) {
      assert.ok(isOpen, 'no block is open')
      assert.equal(index as unknown, blocks.length - 1)
    }
    if (event === 'content_block_delta') blocks.at(-1)?.deltas.push(delta as JSONObject)
    if (event === 'content_block_stop') isOpen = false
  })
  reader.push(Buffer.from(stream))
  assert.ok(!isOpen, 'a block was left open')
  return blocks
}

const encode = (parts: readonly ChatPart[], more?: object): string => {
  const encoder = anthropicMessages.streaming(asking(more), facts)
  return parts.map((part) => encoder.push(part)).join('') + encoder.end()
}

/** In short: what kind each block is, and what was told of it. */
const told = (parts: readonly ChatPart[], more?: object): string[] =>
  blocksOf(encode([...parts, finish()], more)).map(({ type, id, deltas }) => {
    const words = deltas.map(
      (delta) => delta.text ?? delta.thinking ?? delta.partial_json ?? `[${String(delta.signature)}]`,
    )
    return `${String(id ?? type)}: ${words.join('|')}`
  })

const delta = (id: string, words: string): ChatPart => ({ type: 'text-delta', id, delta: words })
const input = (id: string, json: string): ChatPart => ({ type: 'tool-input-delta', id, delta: json })
const begin = (id: string): ChatPart => ({ type: 'tool-input-start', id, toolName: 'weather' })
const over = (id: string): ChatPart => ({ type: 'tool-input-end', id })

suite('blocks that run side by side', () => {
  test('text goes on as another block where something came between', () => {
    const parts = [delta('0', 'a'), ...tool('t1', 'weather', '{}'), delta('0', 'b'), delta('0', 'c')]
    assert.deepEqual(told(parts), ['text: a', 't1: {}', 'text: b|c'])
  })

  test('two texts and thoughts, word by word', () => {
    const parts: ChatPart[] = [
      delta('0', 'a'),
      delta('1', 'b'),
      { type: 'reasoning-delta', id: '0', delta: 'c' },
      delta('0', 'd'),
    ]
    assert.deepEqual(told(parts, { thinking: { type: 'adaptive' } }), ['text: a', 'text: b', 'thinking: c', 'text: d'])
  })

  test('the arguments of the first tool are told at once, those of the others when it is done', () => {
    const encoder = anthropicMessages.streaming(asking(), facts)
    encoder.push(begin('t1'))
    encoder.push(begin('t2'))
    assert.match(encoder.push(input('t1', '{"a":')), /partial_json/)
    assert.equal(encoder.push(input('t2', '{"b":')), '')
    assert.equal(encoder.push(delta('0', 'Hm')), '')
    assert.match(encoder.push(input('t1', '1}')), /partial_json/)
    const rest = encoder.push(over('t1'))
    assert.deepEqual(rest.match(/content_block_(start|delta|stop)(?=\n)/g), [
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
    ])
    assert.match(encoder.push(input('t2', '2}')), /partial_json/)
  })

  test('all that was kept comes in the order in which it began', () => {
    const parts = [
      begin('t1'),
      begin('t2'),
      input('t2', '2'),
      delta('0', 'a'),
      begin('t3'),
      input('t3', '3'),
      delta('0', 'b'),
      input('t2', '2'),
      over('t3'),
      over('t2'),
      input('t1', '1'),
      over('t1'),
    ]
    assert.deepEqual(told(parts), ['t1: 1', 't2: 2|2', 'text: a|b', 't3: 3'])
  })

  test('a text under the name of one that has ended is another', () => {
    const parts: ChatPart[] = [
      begin('t1'),
      input('t1', '1'),
      delta('0', 'a'),
      { type: 'text-end', id: '0' },
      delta('0', 'b'),
      over('t1'),
      delta('0', 'c'),
    ]
    assert.deepEqual(told(parts), ['t1: 1', 'text: a', 'text: b|c'])
  })

  test('what is never ended ends with the answer', () => {
    const parts = [begin('t1'), input('t1', '1'), begin('t2'), input('t2', '2'), delta('0', 'a')]
    assert.deepEqual(told(parts), ['t1: 1', 't2: 2', 'text: a'])
  })

  test('a provider that ends no block has only so much kept', () => {
    const encoder = anthropicMessages.streaming(asking(), facts)
    let sent = encoder.push(begin('t1')) + encoder.push(input('t1', '{'))
    let kept = 0
    for (let count = 0; count < 200; count += 1) {
      const events = encoder.push(delta('0', 'x'.repeat(50_000)))
      sent += events
      if (events === '') kept += 50_000
    }
    assert.ok(kept < 5_000_000, `${kept} characters were kept`)
    assert.equal(blocksOf(sent + encoder.push(finish()) + encoder.end()).length, 2)
  })

  test('a provider that begins tools without end has only so many kept', () => {
    const encoder = anthropicMessages.streaming(asking(), facts)
    let silent = 0
    for (let count = 0; count < 100_000; count += 1) if (encoder.push(begin(`t${count}`)) === '') silent += 1
    assert.ok(silent < 60_000, `${silent} were kept`)
    encoder.push(finish())
    assert.notEqual(encoder.end(), '')
  })
})

suite('arguments of tools', () => {
  const inputs: Readonly<Record<string, readonly [readonly ChatPart[], readonly string[]]>> = {
    'in pieces, and again with the call': [tool('t1', 'weather', '{"a"', ':1}'), ['t1: {"a"|:1}']],
    'with the call alone': [[call('t1', 'weather', '{"a":1}')], ['t1: {"a":1}']],
    'begun and ended, and with the call alone': [
      [begin('t1'), over('t1'), call('t1', 'weather', '{"a":1}')],
      ['t1: {"a":1}'],
    ],
    'in pieces, without an end': [
      [begin('t1'), input('t1', '{"a":1}'), call('t1', 'weather', '{"a":1}')],
      ['t1: {"a":1}'],
    ],
    'in pieces, without a call': [[begin('t1'), input('t1', '{}'), over('t1')], ['t1: {}']],
    'all at the end': [
      [
        begin('t1'),
        input('t1', '1'),
        over('t1'),
        begin('t2'),
        input('t2', '2'),
        over('t2'),
        call('t1', 'weather', '1'),
      ],
      ['t1: 1', 't2: 2'],
    ],
    'twice the same call': [[call('t1', 'weather', '{"a":1}'), call('t1', 'weather', '{"a":1}')], ['t1: {"a":1}']],
    'none at all': [[call('t1', 'weather', '')], ['t1: ']],
    'as text': [
      [
        { ...begin('t1'), inputEncoding: 'text' } as ChatPart,
        input('t1', 'raw'),
        over('t1'),
        call('t1', 'weather', '"raw"'),
      ],
      ['t1: {"INVALID_JSON":"\\"raw\\""}'],
    ],
    'that are no JSON': [[call('t1', 'weather', '{"a":')], ['t1: {"INVALID_JSON":"{\\"a\\":"}']],
    'of a tool that the provider runs': [
      [
        { ...begin('t1'), providerExecuted: true } as ChatPart,
        input('t1', '{}'),
        over('t1'),
        { ...call('t1', 'weather', '{}'), providerExecuted: true } as ChatPart,
        { type: 'tool-result', toolCallId: 't1', toolName: 'weather', result: 'Rain' },
      ],
      [],
    ],
  }
  for (const [what, [parts, blocks]] of Object.entries(inputs)) test(what, () => assert.deepEqual(told(parts), blocks))
})

test('whole, the client is told of its own tools alone', () => {
  const content: ChatAnswer['content'] = [
    { type: 'tool-call', toolCallId: 't1', toolName: 'search', input: '{}', providerExecuted: true },
    { type: 'tool-result', toolCallId: 't1', toolName: 'search', result: 'Rain' },
    { type: 'source', sourceType: 'url', id: 's', url: 'https://example.com' },
    { type: 'tool-call', toolCallId: 't2', toolName: 'weather', input: '{"a":' },
  ]
  const finishReason = { unified: 'stop' as const, raw: undefined }
  const whole = anthropicMessages.whole(asking(), { content, finishReason, usage, warnings: [] }, facts)
  const { content: blocks, stop_reason: reason } = whole as { content: unknown; stop_reason: string }
  const input = { INVALID_JSON: '{"a":' }
  assert.deepEqual(blocks, [{ type: 'tool_use', id: 't2', name: 'weather', input, caller: { type: 'direct' } }])
  assert.equal(reason, 'tool_use')
})

suite('thoughts', () => {
  const signed = [...thought('0', 'sig', 'Hm', '.'), ...redacted('1', 'sealed'), ...text('2', 'Yes')]
  const unsigned = [...thought('0', undefined, 'Hm'), ...text('1', 'Yes')]

  test('of Anthropic are told, as they must come back', () => {
    const all = ['thinking: Hm|.|[sig]', 'redacted_thinking: ', 'text: Yes']
    assert.deepEqual(told([ofAnthropic, ...signed]), all)
    assert.deepEqual(told([ofAnthropic, ...signed], { thinking: { type: 'disabled' } }), all)
  })

  test('of others are told to those who asked', () => {
    assert.deepEqual(told(unsigned), ['text: Yes'])
    assert.deepEqual(told(unsigned, { thinking: { type: 'disabled' } }), ['text: Yes'])
    const asked = { thinking: { type: 'enabled', budget_tokens: 5 } }
    assert.deepEqual(told(unsigned, asked), ['thinking: Hm', 'text: Yes'])
  })

  test('that are not to be shown keep their signature', () => {
    const omitted = { thinking: { type: 'adaptive', display: 'omitted' } }
    const bare = ['thinking: [sig]', 'redacted_thinking: ', 'text: Yes']
    assert.deepEqual(told([ofAnthropic, ...signed], omitted), bare)
    assert.deepEqual(told(unsigned, omitted), ['text: Yes'])
    const content: ChatAnswer['content'] = [
      { type: 'reasoning', text: 'Hm.', providerMetadata: { anthropic: { signature: 'sig' } } },
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'Yes' },
    ]
    const finishReason = { unified: 'stop' as const, raw: undefined }
    const whole = anthropicMessages.whole(asking(omitted), { content, finishReason, usage, warnings: [] }, facts)
    assert.deepEqual((whole as { content: unknown }).content, [
      { type: 'thinking', thinking: '', signature: 'sig' },
      { type: 'text', text: 'Yes', citations: null },
    ])
  })
})

suite('the beginning and the end', () => {
  test('nothing is sent before something of the answer has come', () => {
    const encoder = anthropicMessages.streaming(asking(), facts)
    const before: ChatPart[] = [
      { type: 'stream-start', warnings: [] },
      { type: 'response-metadata', id: 'far', modelId: 'far' },
      ofAnthropic,
      { type: 'ping' },
      { type: 'text-start', id: '0' },
      delta('0', ''),
      { type: 'raw', rawValue: {} },
    ]
    assert.equal(before.map((part) => encoder.push(part)).join(''), '')
    assert.match(encoder.push(delta('0', 'a')), /^event: message_start\n/)
    assert.equal(encoder.push({ type: 'ping' }), 'event: ping\ndata: {"type":"ping"}\n\n')
  })

  const ends: readonly (readonly [ChatPart, string])[] = [
    [finish('stop'), 'end_turn'],
    [finish('stop', 'stop'), 'end_turn'],
    [finish('stop', 'stop_sequence'), 'stop_sequence'],
    [finish('stop', 'pause_turn'), 'pause_turn'],
    [finish('length'), 'max_tokens'],
    [finish('length', 'MAX_TOKENS'), 'max_tokens'],
    [finish('length', 'model_context_window_exceeded'), 'model_context_window_exceeded'],
    [finish('tool-calls', 'tool_calls'), 'tool_use'],
    [finish('content-filter', 'refusal'), 'refusal'],
    [finish('content-filter', 'SAFETY'), 'refusal'],
    [finish('other', 'constructor'), 'end_turn'],
    // The adapter calls a tool of its own to have JSON, and hides it.
    [finish('stop', 'tool_use'), 'end_turn'],
  ]
  for (const [end, reason] of ends) {
    test(`${JSON.stringify((end as { finishReason: object }).finishReason)} is ${reason}`, () =>
      assert.match(encode([...text('0', 'a'), end]), new RegExp(`"stop_reason":"${reason}"`)))
  }

  test('a call of a tool is the end, whatever the provider says', () => {
    assert.match(encode([...tool('t1', 'weather', '{}'), finish('stop', 'stop')]), /"stop_reason":"tool_use"/)
    assert.match(encode([...tool('t1', 'weather', '{}'), finish('length')]), /"stop_reason":"max_tokens"/)
  })

  test('what Anthropic says of its end is handed on', () => {
    const end = finish('content-filter', 'refusal') as Extract<ChatPart, { readonly type: 'finish' }>
    const stopDetails = { type: 'refusal', category: 'cyber', recommendedModel: 'm' }
    const metadata = { anthropic: { stopSequence: 'END', stopDetails } }
    const stream = encode([...text('0', 'a'), { ...end, providerMetadata: metadata }])
    assert.match(
      stream,
      /"stop_sequence":"END","stop_details":{"type":"refusal","category":"cyber","explanation":null}/,
    )
  })
})
