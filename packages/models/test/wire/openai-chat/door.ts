import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HearthError } from '@hearth/protocol'
import OpenAI from 'openai'
import type { ChatAnswer, ChatPart, Usage } from '../../../src/language.ts'
import { openaiChat } from '../../../src/wire/openai-chat/protocol.ts'
import type { WireCall, WireFailure } from '../../../src/wire/protocol.ts'

/** What the model does with a call. A list of parts is streamed; it breaks off with a failure where one stands in it. */
export type Scripted = ChatAnswer | readonly (ChatPart | WireFailure)[] | WireFailure

export interface Door extends AsyncDisposable {
  readonly client: OpenAI
  readonly url: string
  readonly calls: readonly WireCall[]
  /** The bodies of the answers, in order. */
  readonly bodies: readonly string[]
}

const at = Date.UTC(2026, 8, 3, 12)
const facts = { id: 'chatcmpl-test', model: 'acme-1', at }

/** A server that speaks the protocol with what is tested here and nothing else, and the official client in front of it. */
export async function openDoor(...script: readonly Scripted[]): Promise<Door> {
  const calls: WireCall[] = []
  const bodies: string[] = []
  const send = (response: ServerResponse, status: number, type: string, body: string): void => {
    bodies.push(body)
    response.writeHead(status, { 'content-type': type }).end(body)
  }
  const refuse = (response: ServerResponse, failure: WireFailure): void => {
    const { status, body } = openaiChat.failed(failure, 'request-1')
    send(response, status, 'application/json', JSON.stringify(body))
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let asked: WireCall
    try {
      asked = openaiChat.read(await jsonOf(request))
    } catch (error) {
      if (!(error instanceof HearthError)) throw error
      return refuse(response, { type: 'refusal', error, status: 400 })
    }
    const scripted = script[calls.length]
    calls.push(asked)
    if (scripted === undefined) throw new Error('nothing is scripted for this call')
    if (isStream(scripted)) return send(response, 200, 'text/event-stream', streamed(asked, scripted))
    if (isFailure(scripted)) return refuse(response, scripted)
    send(response, 200, 'application/json', JSON.stringify(openaiChat.whole(asked, scripted, facts)))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return {
    client: new OpenAI({ apiKey: 'sk-test', baseURL: url, maxRetries: 0 }),
    url,
    calls,
    bodies,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export async function jsonOf(request: AsyncIterable<Buffer>): Promise<unknown> {
  return JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString())
}

const isStream = (scripted: Scripted): scripted is readonly (ChatPart | WireFailure)[] => Array.isArray(scripted)

const isFailure = (scripted: ChatAnswer | ChatPart | WireFailure): scripted is WireFailure =>
  'type' in scripted && (scripted.type === 'model' || scripted.type === 'refusal')

export function streamed(asked: WireCall, parts: readonly (ChatPart | WireFailure)[]): string {
  const stream = openaiChat.streaming(asked, facts)
  const texts = parts.map((part) => (isFailure(part) ? stream.fail(part) : stream.push(part)))
  return texts.join('') + stream.end()
}

export const usage: Usage = {
  inputTokens: { total: 30, noCache: 20, cacheRead: 10, cacheWrite: undefined },
  outputTokens: { total: 12, text: 8, reasoning: 4 },
}

export const answered = (content: ChatAnswer['content'], more: Partial<ChatAnswer> = {}): ChatAnswer => ({
  content,
  finishReason: { unified: 'stop', raw: 'end_turn' },
  usage,
  warnings: [],
  ...more,
})

export type Unified = ChatAnswer['finishReason']['unified']

export const finished = (unified: Unified = 'stop', more: object = {}): ChatPart => ({
  type: 'finish',
  usage,
  finishReason: { unified, raw: undefined },
  ...more,
})

export const said = (...deltas: readonly string[]): readonly ChatPart[] => [
  { type: 'stream-start', warnings: [] },
  { type: 'text-start', id: '0' },
  ...deltas.map((delta) => ({ type: 'text-delta', id: '0', delta }) as const),
  { type: 'text-end', id: '0' },
]
