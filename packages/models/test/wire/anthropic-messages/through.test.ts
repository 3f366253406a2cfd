// shows: A8
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import type { Message } from '@anthropic-ai/sdk/resources/messages'
import { createAnthropic } from '@ai-sdk/anthropic'
import type { ChatPart } from '../../../src/language.ts'
import { anthropicMessages } from '../../../src/wire/anthropic-messages/protocol.ts'
import { openDoor } from './door.ts'
import { hello } from './requests/case.ts'
import { streams } from './streams.ts'

/** What Anthropic's adapter makes of a stream. */
async function partsOf(stream: string): Promise<ChatPart[]> {
  const model = createAnthropic({
    apiKey: 'k',
    fetch: () => Promise.resolve(new Response(stream, { headers: { 'content-type': 'text/event-stream' } })),
  })('claude-sonnet-4-6')
  const { call } = anthropicMessages.read({ ...hello, stream: true })
  return Array.fromAsync((await model.doStream(call)).stream)
}

/** What the official client makes of a stream. */
async function messageOf(stream: string): Promise<Message> {
  await using stack = new AsyncDisposableStack()
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(stream)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return await new Anthropic({ apiKey: 'k', baseURL, maxRetries: 0 }).messages.stream(hello).finalMessage()
}

for (const name of ['toolTurn', 'stopped'] as const) {
  test(`what Anthropic answers reaches the client as it came: ${name}`, async () => {
    const direct = await messageOf(streams[name])
    const parts = await partsOf(streams[name])
    await using door = await openDoor(() => ({ parts }))
    const through = await door.client.messages.stream(hello).finalMessage()
    for (const field of ['stop_reason', 'stop_sequence'] as const) assert.equal(through[field], direct[field])
    const told = ({ content }: Message): unknown =>
      content.map((block) => ({ caller: { type: 'direct' }, citations: null, ...block }))
    assert.deepEqual(told(through), told(direct))
    for (const field of [
      'input_tokens',
      'output_tokens',
      'cache_read_input_tokens',
      'cache_creation_input_tokens',
      'cache_creation',
    ] as const)
      assert.deepEqual(through.usage[field], direct.usage[field], field)
  })

  test(`what was spent is known before the first word, where Anthropic answers: ${name}`, async () => {
    const parts = await partsOf(streams[name])
    await using door = await openDoor(() => ({ parts }))
    const [first] = await Array.fromAsync(await door.client.messages.create({ ...hello, stream: true }))
    assert.equal(first?.type === 'message_start' && first.message.usage.cache_read_input_tokens, 2000)
  })
}

test('an answer of Anthropic that breaks off is raised by the client', async () => {
  for (const name of ['broken', 'cutOff'] as const) {
    const parts = await partsOf(streams[name])
    await using door = await openDoor(() => ({ parts }))
    await assert.rejects(door.client.messages.stream(hello).finalMessage(), { type: 'api_error' })
  }
})
