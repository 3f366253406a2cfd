import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { HearthError } from '@hearth/protocol'
import type { ChatAnswer, ChatContent, ChatPart, FinishReason, Usage } from '../../../src/language.ts'
import { openaiResponses } from '../../../src/wire/openai-responses/protocol.ts'
import type { WireCall, WireFailure } from '../../../src/wire/protocol.ts'

/** What a model is to say: parts where it is streamed, else content. `fails` comes in the place of the answer, or after its parts. */
export interface Script {
  readonly parts?: readonly ChatPart[]
  readonly content?: readonly ChatContent[]
  readonly finish?: FinishReason['unified']
  readonly usage?: Usage
  readonly metadata?: ChatAnswer['providerMetadata']
  readonly fails?: WireFailure
}

export interface Answering extends AsyncDisposable {
  readonly client: OpenAI
  readonly baseUrl: string
  readonly bodies: unknown[]
  readonly asked: WireCall[]
  /** What was answered, as it went over the wire. */
  readonly answers: string[]
}

export const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
export const facts = { id: 'resp_call1', model: 'the-model', at }

export const usage: Usage = {
  inputTokens: { total: 20, noCache: 12, cacheRead: 6, cacheWrite: 2 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
}
export const noUsage: Usage = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
}

export function answerOf({ content = [], finish = 'stop', usage: used = usage, metadata }: Script): ChatAnswer {
  return {
    content: [...content],
    finishReason: { unified: finish, raw: undefined },
    usage: used,
    warnings: [],
    ...(metadata === undefined ? {} : { providerMetadata: metadata }),
  }
}

/** The parts of a stream with what every one begins and ends with. */
export function partsOf({ parts = [], finish = 'stop', usage: used = usage, metadata }: Script): ChatPart[] {
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'up_1', modelId: 'upstream' },
    ...parts,
    {
      type: 'finish',
      usage: used,
      finishReason: { unified: finish, raw: undefined },
      ...(metadata === undefined ? {} : { providerMetadata: metadata }),
    },
  ]
}

/** A server that answers what its clients ask for with what the script says. */
export async function answering(script: Script | ((asked: WireCall) => Script)): Promise<Answering> {
  const found = { bodies: [] as unknown[], asked: [] as WireCall[], answers: [] as string[] }
  const server = createServer((request, response) => {
    void answer(request, response, typeof script === 'function' ? script : () => script, found)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return {
    ...found,
    baseUrl,
    client: new OpenAI({ baseURL: baseUrl, apiKey: 'key', maxRetries: 0 }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  script: (asked: WireCall) => Script,
  found: Pick<Answering, 'bodies' | 'asked' | 'answers'>,
): Promise<void> {
  const body: unknown = JSON.parse(Buffer.concat(await request.toArray()).toString())
  found.bodies.push(body)
  const refuse = (failure: WireFailure): void => {
    const { status, body: told } = openaiResponses.failed(failure, 'req_1')
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told))
  }
  try {
    const asked = openaiResponses.read(body)
    found.asked.push(asked)
    const said = script(asked)
    if (said.fails !== undefined && said.parts === undefined) return refuse(said.fails)
    if (!asked.stream) {
      const whole = JSON.stringify(openaiResponses.whole(asked, answerOf(said), facts))
      found.answers.push(whole)
      response.writeHead(200, { 'content-type': 'application/json' }).end(whole)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const text = streamed(asked, said)
    found.answers.push(text)
    response.end(text)
  } catch (error) {
    if (!(error instanceof HearthError)) throw error
    refuse({ type: 'refusal', error, status: error.code === 'models.not-supported' ? 422 : 400 })
  }
}

export function streamed(asked: WireCall, said: Script): string {
  const stream = openaiResponses.streaming(asked, facts)
  if (said.fails === undefined)
    return (
      partsOf(said)
        .map((part) => stream.push(part))
        .join('') + stream.end()
    )
  return (said.parts ?? []).map((part) => stream.push(part)).join('') + stream.fail(said.fails)
}

/** The events of a stream, with their names checked against their types. */
export function eventsOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [, name, data = ''] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? []
      const event = JSON.parse(data) as Record<string, unknown>
      if (event['type'] !== name) throw new Error(`an event ${String(event['type'])} under the name ${name}`)
      return event
    })
}

export const read = (request: object): WireCall => openaiResponses.read({ model: 'm', input: 'Hi', ...request })
