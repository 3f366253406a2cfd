import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface Asked {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Whether its connection was closed before the answer was whole. */
  cut: boolean
}

export interface Upstream extends AsyncDisposable {
  readonly url: string
  readonly asked: Asked[]
  /** What is done instead of answering as a provider does; false: nothing was. */
  instead: ((asked: Asked, response: ServerResponse) => boolean | Promise<boolean>) | undefined
}

const words = ['Good', ' morning', ', Ann', '.']
export const said = words.join('')
export const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }

/** A provider that speaks OpenAI's chat completions, as its documentation has them. */
export async function startUpstream(): Promise<Upstream> {
  const upstream: { -readonly [K in 'asked' | 'instead']: Upstream[K] } = { asked: [], instead: undefined }
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const asked: Asked = { path: request.url ?? '', headers: request.headers, body, cut: false }
      response.once('close', () => (asked.cut = !response.writableFinished))
      upstream.asked.push(asked)
      void answer(asked, response)
    })
  })
  const answer = async (asked: Asked, response: ServerResponse): Promise<void> => {
    if ((await upstream.instead?.(asked, response)) === true) return
    if (asked.path === '/v1/models')
      return json(response, { object: 'list', data: [{ id: 'gpt-4o-mini', object: 'model' }] })
    if (asked.path === '/v1/messages') return messages(asked.body, response)
    if (asked.path === '/v1/embeddings') return json(response, embeddingsOf(asked.body))
    const {
      model,
      stream,
      stream_options: options,
    } = JSON.parse(asked.body) as {
      readonly model: string
      readonly stream?: boolean
      readonly stream_options?: { readonly include_usage?: boolean }
    }
    if (stream !== true) return json(response, completion(model))
    await streamed(response, model, options?.include_usage === true)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(upstream, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

export function json(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

const completion = (model: string): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_790_000_000,
  model,
  choices: [
    { index: 0, message: { role: 'assistant', content: said, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage,
})

export const event = (value: unknown): string =>
  `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`

export const chunk = (model: string, delta: object, finish: string | null = null, more: object = {}): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model,
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  ...more,
})

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
}

async function streamed(response: ServerResponse, model: string, tellsUsage: boolean): Promise<void> {
  beginStream(response)
  const none = tellsUsage ? { usage: null } : {}
  response.write(event(chunk(model, { role: 'assistant', content: '', refusal: null }, null, none)))
  for (const word of words) {
    response.write(event(chunk(model, { content: word }, null, none)))
    await pause(2)
  }
  response.write(event(chunk(model, {}, 'stop', none)))
  if (tellsUsage) response.write(event({ ...chunk(model, {}), choices: [], usage }))
  response.end(event('[DONE]'))
}

/** A number for each text: its length. As OpenAI's own clients ask for them, in base64. */
function embeddingsOf(body: string): object {
  const { input, model, encoding_format: encoding } = JSON.parse(body)
  const data = [input].flat().map((text: string, index: number) => {
    const embedding = [text.length, 0.5]
    const bytes = Buffer.from(Float32Array.from(embedding).buffer).toString('base64')
    return { object: 'embedding', index, embedding: encoding === 'base64' ? bytes : embedding }
  })
  return { object: 'list', data, model, usage: { prompt_tokens: 7, total_tokens: 7 } }
}

/** What Anthropic's messages are answered with: of the prompt 3 tokens were read from its cache. */
function messages(body: string, response: ServerResponse): void {
  const { model, stream } = JSON.parse(body)
  const usages = { input_tokens: 8, cache_read_input_tokens: 3, cache_creation_input_tokens: 0, output_tokens: 4 }
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, stop_sequence: null }
  if (stream !== true) {
    const content = [{ type: 'text', text: said }]
    return json(response, { ...message, content, stop_reason: 'end_turn', usage: usages })
  }
  beginStream(response)
  const tell = (type: string, fields: object): void => {
    response.write(`event: ${type}\n${event({ type, ...fields })}`)
  }
  tell('message_start', {
    message: { ...message, content: [], stop_reason: null, usage: { ...usages, output_tokens: 1 } },
  })
  tell('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  for (const text of words) tell('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
  tell('content_block_stop', { index: 0 })
  tell('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 4 } })
  tell('message_stop', {})
  response.end()
}
