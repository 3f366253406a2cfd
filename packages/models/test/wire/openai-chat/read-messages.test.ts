// shows: A8
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { promptOf } from './asking.ts'

const text = (said: string) => ({ type: 'text', text: said })
const png = 'iVBORw0KGgo='

const call = (id: string, name: string, args: string) => ({ id, type: 'function', function: { name, arguments: args } })

describe('messages', () => {
  it('of all roles, as the official client sends them', () => {
    const prompt = promptOf(
      { role: 'developer', content: 'Be brief.' },
      { role: 'system', content: [text('One.'), text('Two.')] },
      { role: 'user', content: 'Weather?', name: 'ann' },
      {
        role: 'assistant',
        content: null,
        refusal: null,
        annotations: [],
        tool_calls: [call('call_1', 'weather', '{"city":"Bern"}'), call('call_2', 'time', '')],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      { role: 'tool', tool_call_id: 'call_2', content: [text('noon'), text('UTC')] },
      { role: 'assistant', content: 'Sunny at noon.' },
      { role: 'user', content: [text('And'), text('tomorrow?')] },
    )
    assert.deepEqual(prompt, [
      { role: 'system', content: 'Be brief.' },
      { role: 'system', content: 'One.\nTwo.' },
      { role: 'user', content: [text('Weather?')], providerOptions: { openai: { name: 'ann' } } },
      {
        role: 'assistant',
        content: [
          { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: { city: 'Bern' } },
          { type: 'tool-call', toolCallId: 'call_2', toolName: 'time', input: {} },
        ],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: 'call_1', toolName: 'weather', output: { type: 'text', value: 'sunny' } },
          { type: 'tool-result', toolCallId: 'call_2', toolName: 'time', output: { type: 'text', value: 'noon\nUTC' } },
        ],
      },
      { role: 'assistant', content: [text('Sunny at noon.')] },
      { role: 'user', content: [text('And'), text('tomorrow?')] },
    ])
  })

  it('with calls and results in several turns: each result stands with its turn', () => {
    const prompt = promptOf(
      { role: 'user', content: 'Go' },
      { role: 'assistant', content: 'First.', tool_calls: [call('a', 'f', '{}')] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'assistant', content: '', tool_calls: [call('b', 'g', '{}')] },
      { role: 'tool', tool_call_id: 'b', content: '2' },
    )
    assert.deepEqual(
      prompt.map(({ role, content }) => [role, content.length]),
      [
        ['user', 1],
        ['assistant', 2],
        ['tool', 1],
        ['assistant', 1],
        ['tool', 1],
      ],
    )
  })

  it('with arguments that are no object: none are passed on', () => {
    for (const args of ['', 'not json', '[1]', '"x"', 'null', '{"a":']) {
      const [, assistant] = promptOf(
        { role: 'user', content: 'x' },
        { role: 'assistant', tool_calls: [call('a', 'f', args)] },
      )
      assert.deepEqual(assistant?.content, [{ type: 'tool-call', toolCallId: 'a', toolName: 'f', input: {} }])
    }
  })

  it('of an assistant that reasoned or refused', () => {
    const [, reasoned, renamed, refused, inParts, silent] = promptOf(
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'So.', reasoning_content: 'Hm.' },
      { role: 'assistant', content: 'So.', reasoning: 'Hm.', reasoning_details: [{ type: 'x' }] },
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'assistant', content: [text('A'), { type: 'refusal', refusal: 'B' }] },
      { role: 'assistant', content: [], reasoning: { effort: 'high' } },
    )
    assert.deepEqual(reasoned?.content, [{ type: 'reasoning', text: 'Hm.' }, text('So.')])
    assert.deepEqual(renamed?.content, [{ type: 'reasoning', text: 'Hm.' }, text('So.')])
    assert.deepEqual(refused?.content, [text('No.')])
    assert.deepEqual(inParts?.content, [text('A'), text('B')])
    assert.deepEqual(silent?.content, [])
  })

  it('of the older form, with functions', () => {
    const prompt = promptOf(
      { role: 'user', content: 'x' },
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":1}' } },
      { role: 'function', name: 'f', content: 'first' },
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":2}' } },
      { role: 'function', name: 'f', content: null },
    )
    assert.deepEqual(prompt.slice(1), [
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'call_0', toolName: 'f', input: { a: 1 } }] },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: 'call_0', toolName: 'f', output: { type: 'text', value: 'first' } },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'f', input: { a: 2 } }] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: 'call_1', toolName: 'f', output: { type: 'text', value: '' } }],
      },
    ])
  })

  it('of a tool that gives back a picture, or nothing', () => {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }
    const [, , results] = promptOf(
      { role: 'user', content: 'x' },
      { role: 'assistant', tool_calls: [call('a', 'f', '{}'), call('b', 'f', '{}')] },
      { role: 'tool', tool_call_id: 'a', content: [text('see'), image] },
      { role: 'tool', tool_call_id: 'b', content: [] },
    )
    const result = (toolCallId: string, output: object) => ({ type: 'tool-result', toolCallId, toolName: 'f', output })
    assert.deepEqual(results?.content, [
      result('a', {
        type: 'content',
        value: [text('see'), { type: 'file', data: { type: 'data', data: png }, mediaType: 'image/png' }],
      }),
      result('b', { type: 'text', value: '' }),
    ])
  })

  it('marked for a cache, in the way of either provider', () => {
    const anthropic = { cacheControl: { type: 'ephemeral' } }
    const openai = { promptCacheBreakpoint: { mode: 'explicit' } }
    const marked = { ...text('long'), cache_control: anthropic.cacheControl }
    const prompt = promptOf(
      { role: 'system', name: 'rules', content: [marked, text('short')] },
      { role: 'user', content: [{ ...text('q'), prompt_cache_breakpoint: openai.promptCacheBreakpoint }] },
      { role: 'assistant', tool_calls: [call('a', 'f', '{}')] },
      { role: 'tool', tool_call_id: 'a', content: [marked] },
    )
    assert.deepEqual(prompt, [
      { role: 'system', content: 'long', providerOptions: { openai: { name: 'rules' }, anthropic } },
      { role: 'system', content: 'short', providerOptions: { openai: { name: 'rules' } } },
      { role: 'user', content: [{ ...text('q'), providerOptions: { openai } }] },
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'a', toolName: 'f', input: {} }] },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'a',
            toolName: 'f',
            output: { type: 'text', value: 'long' },
            providerOptions: { anthropic },
          },
        ],
      },
    ])
  })
})

const data = (base64: string, mediaType: string) => ({ type: 'file', data: { type: 'data', data: base64 }, mediaType })

const parts: readonly { readonly name: string; readonly part: object; readonly read: object }[] = [
  {
    name: 'the address of a picture',
    part: { type: 'image_url', image_url: { url: 'https://example.org/a.png?x=1' } },
    read: { type: 'file', data: { type: 'url', url: new URL('https://example.org/a.png?x=1') }, mediaType: 'image/*' },
  },
  {
    name: 'a picture, looked at closely',
    part: {
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${png}`, detail: 'high' },
      prompt_cache_breakpoint: { mode: 'explicit' },
    },
    read: {
      ...data(png, 'image/png'),
      providerOptions: { openai: { imageDetail: 'high', promptCacheBreakpoint: { mode: 'explicit' } } },
    },
  },
  {
    name: 'a bare address',
    part: { type: 'image_url', image_url: `data:image/jpg;base64,${png}` },
    read: data(png, 'image/jpeg'),
  },
  {
    name: 'a data: URL in capitals, with a parameter',
    part: { type: 'image_url', image_url: { url: `DATA:Image/WebP;name=a;BASE64,${png}` } },
    read: data(png, 'image/webp'),
  },
  {
    name: 'a data: URL without base64',
    part: { type: 'image_url', image_url: { url: 'data:image/svg+xml,%3Csvg%2F%3E' } },
    read: data(Buffer.from('<svg/>').toString('base64'), 'image/svg+xml'),
  },
  {
    name: 'sound',
    part: { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
    read: data('UklGRg==', 'audio/wav'),
  },
  {
    name: 'sound as mp3',
    part: { type: 'input_audio', input_audio: { data: 'SUQz', format: 'mp3' } },
    read: data('SUQz', 'audio/mpeg'),
  },
  {
    name: 'other sound',
    part: { type: 'input_audio', input_audio: { data: 'AA==', format: 'FLAC' } },
    read: data('AA==', 'audio/flac'),
  },
  {
    name: 'sound of a curious format',
    part: { type: 'input_audio', input_audio: { data: 'AA==', format: 'constructor' } },
    read: data('AA==', 'audio/constructor'),
  },
  {
    name: 'a file',
    part: { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
    read: { ...data('JVBERg==', 'application/pdf'), filename: 'a.pdf' },
  },
  {
    name: 'a bare file',
    part: { type: 'file', file: { file_data: 'JVBERg==' } },
    read: data('JVBERg==', 'application/pdf'),
  },
  {
    name: 'a file that was uploaded',
    part: { type: 'file', file: { file_id: 'file-1' } },
    read: {
      type: 'file',
      data: { type: 'reference', reference: { openai: 'file-1' } },
      mediaType: 'application/octet-stream',
    },
  },
]

describe('a part of a message', () => {
  for (const { name, part, read } of parts) {
    it(`that is ${name}`, () => {
      assert.deepEqual(promptOf({ role: 'user', content: [part] }), [{ role: 'user', content: [read] }])
    })
  }
})
