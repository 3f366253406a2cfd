import type { MessageCreateParamsNonStreaming } from '@anthropic-ai/sdk/resources/messages'
import type { ChatCall, ChatMessage } from '../../../../src/language.ts'

export type Asked = Partial<MessageCreateParamsNonStreaming>

export interface Case {
  readonly what: string
  readonly asked: Asked
  /** What is read from it, but for what every case has. */
  readonly call: Partial<ChatCall>
  readonly form?: Readonly<Record<string, unknown>>
  /** What differs in what arrives at Anthropic, and why that is so. */
  readonly arrives?: { readonly why: string; readonly as: Readonly<Record<string, unknown>> }
}

export const hello: MessageCreateParamsNonStreaming = {
  model: 'claude-sonnet-4-6',
  max_tokens: 4000,
  messages: [{ role: 'user', content: 'Hello' }],
}

export const greeting: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'Hello' }] }

export const ephemeral = { type: 'ephemeral' } as const
export const hour = { type: 'ephemeral', ttl: '1h' } as const
export const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const
export const weather = { name: 'weather', input_schema: { ...schema, required: ['city'] } }
export const asTool = { type: 'function' as const, name: 'weather', inputSchema: { ...schema, required: ['city'] } }
export const withTools = {
  tools: [asTool],
  providerOptions: { anthropic: { toolStreaming: false } },
} as Partial<ChatCall>
