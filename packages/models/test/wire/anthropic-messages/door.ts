import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { HearthError } from '@hearth/protocol'
import type { ChatAnswer, ChatContent, ChatPart } from '../../../src/language.ts'
import { anthropicMessages, readTokenCount, writeTokenCount } from '../../../src/wire/anthropic-messages/protocol.ts'
import type { WireCall, WireFailure } from '../../../src/wire/protocol.ts'

/** What a model says to a call. `fails`: after the parts, or in their place where there are none. */
export interface Script {
  readonly parts: readonly ChatPart[]
  readonly fails?: WireFailure
  /** Says nothing more after the parts, and does not end. */
  readonly hangs?: true
}

export interface Door extends AsyncDisposable {
  readonly url: string
  readonly client: Anthropic
  readonly asked: readonly WireCall[]
  /** The next connection that a client leaves before its answer has ended. */
  left(): Promise<void>
}

const facts = { id: 'msg_01', model: 'claude-sonnet-5-5', at: 0 }
const statuses: Readonly<Record<string, number>> = { 'input.invalid': 400, 'models.not-supported': 422 }

/** A door of the protocol under test, on loopback, with the official client in front of it and a scripted model behind it. */
export async function openDoor(answer: (asked: WireCall, turn: number) => Script): Promise<Door> {
  const asked: WireCall[] = []
  const leaving = Promise.withResolvers<void>()
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on('close', () => {
      if (!response.writableFinished) leaving.resolve()
    })
    const body: unknown = JSON.parse(await textOf(request))
    if (request.url?.startsWith('/v1/messages/count_tokens') === true) {
      const { call } = readTokenCount(body)
      return send(response, 200, writeTokenCount(call.prompt.length))
    }
    const call = anthropicMessages.read(body)
    asked.push(call)
    const script = answer(call, asked.length)
    if (script.fails !== undefined && script.parts.length === 0) return refuse(response, script.fails)
    if (call.stream) return stream(response, call, script)
    return send(response, 200, anthropicMessages.whole(call, answerOf(script.parts), facts))
  }
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!(error instanceof HearthError)) throw error
      refuse(response, { type: 'refusal', error, status: statuses[error.code] ?? 500 })
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    client: new Anthropic({ apiKey: 'a key', baseURL: url, maxRetries: 0 }),
    asked,
    left: () => leaving.promise,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_01' })
  response.end(JSON.stringify(body))
}

function refuse(response: ServerResponse, failure: WireFailure): void {
  const { status, body } = anthropicMessages.failed(failure, 'req_01')
  send(response, status, body)
}

async function stream(response: ServerResponse, call: WireCall, { parts, fails, hangs }: Script): Promise<void> {
  const encoder = anthropicMessages.streaming(call, facts)
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_01' })
  for (const part of parts) {
    const events = encoder.push(part)
    if (events !== '') response.write(events)
    await setImmediate()
  }
  if (hangs !== true) response.end(fails === undefined ? encoder.end() : encoder.fail(fails))
}

/** The same answer as one that came whole. */
export function answerOf(parts: readonly ChatPart[]): ChatAnswer {
  const texts = new Map<string, Extract<ChatContent, { readonly type: 'text' | 'reasoning' }>>()
  const content: ChatContent[] = []
  let end: Extract<ChatPart, { readonly type: 'finish' }> | undefined
  for (const part of parts) {
    if (part.type === 'finish') end = part
    else if (part.type === 'tool-call') content.push(part)
    else if (part.type === 'text-start' || part.type === 'reasoning-start') {
      const block = { type: part.type === 'text-start' ? ('text' as const) : ('reasoning' as const), text: '' }
      texts.set(`${block.type} ${part.id}`, block)
      content.push(block)
      mark(block, part)
    } else if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
      const block = texts.get(`${part.type.slice(0, -6)} ${part.id}`)
      if (block === undefined) throw new Error(`${part.id} was not begun`)
      block.text += part.delta
      mark(block, part)
    } else if (part.type === 'text-end' || part.type === 'reasoning-end') {
      const block = texts.get(`${part.type.slice(0, -4)} ${part.id}`)
      if (block !== undefined) mark(block, part)
    }
  }
  if (end === undefined) throw new Error('the script has no end')
  const { finishReason, usage, providerMetadata } = end
  return { content, finishReason, usage, warnings: [], ...(providerMetadata === undefined ? {} : { providerMetadata }) }
}

function mark(block: Extract<ChatContent, { readonly type: 'text' | 'reasoning' }>, part: ChatPart): void {
  if ('providerMetadata' in part && part.providerMetadata !== undefined) block.providerMetadata = part.providerMetadata
}
