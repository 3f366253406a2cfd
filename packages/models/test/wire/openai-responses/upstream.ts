import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import type { ChatAnswer, ChatModel } from '../../../src/language.ts'
import { read } from './answering.ts'

export interface Sent {
  readonly body: Record<string, unknown>
  /** What the AI SDK says that it left out. */
  readonly warnings: ChatAnswer['warnings']
  readonly headers: Record<string, string>
}

const openaiAnswer = {
  id: 'resp_up',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'm',
  output: [
    {
      type: 'message',
      id: 'msg_up',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'ok', annotations: [] }],
    },
  ],
  usage: { input_tokens: 1, output_tokens: 1 },
}

const anthropicAnswer = {
  id: 'msg_up',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text: 'ok' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
}

/** What a provider gets of a request that a client of this protocol made. */
async function sent(
  request: object,
  answer: object,
  open: (fetch: typeof globalThis.fetch) => ChatModel,
): Promise<Sent> {
  const seen: { body?: Record<string, unknown>; headers?: Record<string, string> } = {}
  const model = open(async (_address, init) => {
    seen.body = JSON.parse(String(init?.body)) as Record<string, unknown>
    seen.headers = init?.headers as Record<string, string>
    return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } })
  })
  const { warnings } = await model.doGenerate(read(request).call)
  return { body: seen.body ?? {}, warnings, headers: seen.headers ?? {} }
}

export const sentToOpenai = (request: object, model = 'gpt-5.2'): Promise<Sent> =>
  sent(request, openaiAnswer, (fetch) => createOpenAI({ apiKey: 'key', fetch }).responses(model))

export const sentToAnthropic = (request: object, model = 'claude-sonnet-4-5'): Promise<Sent> =>
  sent(request, anthropicAnswer, (fetch) => createAnthropic({ apiKey: 'key', fetch }).languageModel(model))
