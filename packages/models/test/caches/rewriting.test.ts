// shows: A5
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rewritten } from '../../src/caches/rewriting.ts'
import type { ChatAnswer, ChatPart } from '../../src/language.ts'
import { anthropicMessages } from '../../src/wire/anthropic-messages/protocol.ts'
import { openaiChat } from '../../src/wire/openai-chat/protocol.ts'
import { openaiResponses } from '../../src/wire/openai-responses/protocol.ts'
import type { WireProtocol } from '../../src/wire/protocol.ts'

const facts = { id: 'call', model: 'm', at: 0 }
const schema = { type: 'object', properties: { city: { type: 'string' } } }
const stream = (wanted: boolean): object => (wanted ? { stream: true, stream_options: { include_usage: true } } : {})

/** A request of each protocol that asks the same. */
const requests: readonly (readonly [WireProtocol, (streams: boolean) => object])[] = [
  [
    openaiChat,
    (streams) => ({
      model: 'm',
      messages: [{ role: 'user', content: 'x' }],
      tools: [{ type: 'function', function: { name: 'weather', parameters: schema } }],
      ...stream(streams),
    }),
  ],
  [
    openaiResponses,
    (streams) => ({
      model: 'm',
      input: 'x',
      tools: [{ type: 'function', name: 'weather', parameters: schema, strict: null }],
      ...(streams ? { stream: true } : {}),
    }),
  ],
  [
    anthropicMessages,
    (streams) => ({
      model: 'm',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'x' }],
      tools: [{ name: 'weather', input_schema: schema }],
      ...(streams ? { stream: true } : {}),
    }),
  ],
]

const usage = {
  inputTokens: { total: 11, noCache: 8, cacheRead: 3, cacheWrite: 0 },
  outputTokens: { total: 4, text: 4, reasoning: 0 },
}
const call = { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: '{"city":"Åre \\"x\\""}' } as const
const other = { ...call, toolCallId: 'call_2', input: '{"city":"Oslo"}' }
const answers: readonly ChatAnswer[] = [
  {
    content: [{ type: 'text', text: 'Good "morning",\n{"refusal":"no"} Ann 🌤' }],
    finishReason: { unified: 'stop', raw: undefined },
    usage,
    warnings: [],
  },
  {
    content: [{ type: 'text', text: 'I look.' }, call, other],
    finishReason: { unified: 'tool-calls', raw: undefined },
    usage,
    warnings: [],
  },
  { content: [call], finishReason: { unified: 'tool-calls', raw: undefined }, usage, warnings: [] },
]

function partsOf({ content, finishReason, usage: told }: ChatAnswer): readonly ChatPart[] {
  const said = content.flatMap((part, at): readonly ChatPart[] => {
    if (part.type === 'text')
      return [
        { type: 'text-start', id: String(at) },
        ...part.text.split(/(?= )/).map((delta): ChatPart => ({ type: 'text-delta', id: String(at), delta })),
        { type: 'text-end', id: String(at) },
      ]
    if (part.type !== 'tool-call') return []
    const id = part.toolCallId
    return [{ type: 'tool-input-start', id, toolName: part.toolName }, { type: 'tool-input-end', id }, part]
  })
  return [...said, { type: 'finish', finishReason, usage: told }]
}

function body(wire: WireProtocol, request: (streams: boolean) => object, streams: boolean, answer: ChatAnswer): Buffer {
  const asked = wire.read(request(streams))
  if (!streams) return Buffer.from(JSON.stringify(wire.whole(asked, answer, facts)))
  const writing = wire.streaming(asked, facts)
  const events = partsOf(answer).map((part) => writing.push(part))
  return Buffer.from(events.join('') + writing.end())
}

/** Ids that the protocols make up, and whether an item of a tool was looked at. */
const leveled = (text: string): string => text.replaceAll(/"(?:msg|fc|item|rs)_[\w-]+"/g, '"id"')

for (const [at, answer] of answers.entries())
  test(`whatever an answer was kept as, it is written as if it came now (${at})`, async () => {
    for (const [from, ofFrom] of requests)
      for (const kept of [false, true])
        for (const [to, ofTo] of requests) {
          const about = { form: kept ? 'stream' : 'whole', protocol: from.name, model: 'm' } as const
          const source = { ...about, body: body(from, ofFrom, kept, answer) }
          const name = `${from.name} ${about.form} to ${to.name}`
          const asked = to.read(ofTo(false))
          const whole = await rewritten(source, asked, { id: 'call', wire: to }, 0)
          assert.ok(whole !== null, name)
          assert.equal(leveled(whole.toString()), leveled(body(to, ofTo, false, answer).toString()), name)
          const streamed = await rewritten(source, to.read(ofTo(true)), { id: 'call', wire: to }, 0)
          assert.ok(streamed !== null, name)
          const back = { form: 'stream', protocol: to.name, model: 'm', body: streamed } as const
          const again = await rewritten(back, asked, { id: 'call', wire: to }, 0)
          assert.equal(leveled(again?.toString() ?? ''), leveled(whole.toString()), `${name} and back`)
        }
  })

test('what has no word elsewhere is left as it is', async () => {
  const [chat, ofChat] = requests[0] ?? assert.fail()
  const message = { role: 'assistant', content: 'x' }
  const choices: readonly object[] = [
    { message: { ...message, reasoning_content: 'hm' }, finish_reason: 'stop' },
    { message: { ...message, annotations: [{ type: 'url_citation' }] }, finish_reason: 'stop' },
    { message: { ...message, audio: { id: 'a' } }, finish_reason: 'stop' },
    { message: { role: 'assistant', content: null, refusal: 'no' }, finish_reason: 'stop' },
    { message, logprobs: { content: [] }, finish_reason: 'stop' },
    { message, finish_reason: 'length' },
    { message: { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } } },
    { message: { role: 'assistant', content: '' }, finish_reason: 'stop' },
  ]
  for (const choice of choices) {
    const kept = Buffer.from(JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, ...choice }] }))
    const source = { form: 'whole', protocol: chat.name, model: 'm', body: kept } as const
    const written = await rewritten(source, chat.read(ofChat(true)), { id: 'call', wire: chat }, 0)
    assert.equal(written, null, JSON.stringify(choice))
  }
  const broken = { form: 'stream', protocol: 'anthropic-messages', model: 'm', body: Buffer.from('data: {') } as const
  assert.equal(await rewritten(broken, chat.read(ofChat(false)), { id: 'call', wire: chat }, 0), null)
})
