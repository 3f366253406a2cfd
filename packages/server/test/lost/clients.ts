import assert from 'node:assert/strict'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import type { Ground } from './ground.ts'

export interface Heard {
  readonly text: string
  readonly output: number | undefined
  readonly finish: string | null | undefined
}

export type Client = (ground: Ground, more?: object) => Promise<Heard>

const question = 'Tell me of the tides.'

const chat: Client = async ({ openai, model }, more = {}) => {
  const stream = await openai.chat.completions.create({
    model,
    messages: [{ role: 'user', content: question }],
    stream: true,
    stream_options: { include_usage: true },
    ...more,
  })
  const chunks = await Array.fromAsync(stream)
  assert.equal(new Set(chunks.map(({ id, model: of, created }) => `${id} ${of} ${created}`)).size, 1)
  const choices = chunks.flatMap((one) => one.choices)
  assert.equal(choices.filter(({ delta }) => delta.role !== undefined).length, 1)
  const finishes = choices.flatMap(({ finish_reason: finish }) => finish ?? [])
  assert.equal(finishes.length, 1)
  assert.equal(choices.at(-1)?.finish_reason, finishes[0])
  return {
    text: choices.map(({ delta }) => delta.content ?? '').join(''),
    output: chunks.at(-1)?.usage?.completion_tokens,
    finish: finishes[0],
  }
}

const responses: Client = async ({ openai, model }, more = {}) => {
  const stream = openai.responses.stream({ model, input: question, ...more })
  const events: ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  events.forEach((event, index) => assert.equal(event.sequence_number, index, event.type))
  const final = await stream.finalResponse()
  const last = events.at(-1)
  assert.equal(last?.type, 'response.completed')
  const deltas = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')
  assert.equal(deltas, final.output_text)
  const first = events[0]
  assert.equal(first?.type === 'response.created' && first.response.id, final.id)
  const added = events.flatMap((event) => (event.type === 'response.output_item.added' ? [event.output_index] : []))
  const done = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []))
  assert.deepEqual(added, [...added.keys()])
  assert.deepEqual(last?.type === 'response.completed' && last.response.output, done)
  const ends = (type: string): number => events.filter((event) => event.type === type).length
  for (const part of ['output_text', 'content_part'])
    assert.equal(ends(`response.${part}.done`), ends('response.content_part.added'), part)
  return { text: final.output_text, output: final.usage?.output_tokens, finish: final.status }
}

const messages: Client = async ({ anthropic, model }, more = {}) => {
  const asked = { model, max_tokens: 500, messages: [{ role: 'user' as const, content: question }], ...more }
  const stream = anthropic.messages.stream(asked)
  let open: number | null = null
  let next = 0
  const kinds: string[] = []
  stream.on('streamEvent', (event) => {
    kinds.push(event.type)
    if (event.type === 'content_block_start') {
      assert.deepEqual([event.index, open], [next, null])
      open = event.index
      next += 1
    } else if (event.type === 'content_block_delta') assert.equal(event.index, open)
    else if (event.type === 'content_block_stop') {
      assert.equal(event.index, open)
      open = null
    }
  })
  const final = await stream.finalMessage()
  assert.equal(kinds.filter((kind) => kind === 'message_start').length, 1)
  assert.deepEqual(kinds.slice(-2), ['message_delta', 'message_stop'])
  assert.equal(open, null)
  return {
    text: final.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    output: final.usage.output_tokens,
    finish: final.stop_reason,
  }
}

/** The official clients, each of which has to find every event in its place. */
export const clients = { chat, responses, messages } as const
