import type { ChatPart, FinishReason, Usage } from '../../../src/language.ts'

export const usage: Usage = {
  inputTokens: { total: 130, noCache: 100, cacheRead: 20, cacheWrite: 10 },
  outputTokens: { total: 50, text: 30, reasoning: 20 },
}

type Unified = FinishReason['unified']

export const finish = (unified: Unified = 'stop', raw?: string): ChatPart => ({
  type: 'finish',
  usage,
  finishReason: { unified, raw },
})

/** What the adapter of Anthropic's own models says before anything else. */
export const ofAnthropic: ChatPart = {
  type: 'custom',
  kind: 'anthropic.message_start',
  providerMetadata: {
    anthropic: {
      id: 'msg_far',
      model: 'claude-far',
      usage: { input_tokens: 100, cache_read_input_tokens: 20, cache_creation_input_tokens: 10, output_tokens: 1 },
    },
  },
}

export const text = (id: string, ...deltas: readonly string[]): ChatPart[] => [
  { type: 'text-start', id },
  ...deltas.map((delta): ChatPart => ({ type: 'text-delta', id, delta })),
  { type: 'text-end', id },
]

export const thought = (id: string, signature: string | undefined, ...deltas: readonly string[]): ChatPart[] => [
  { type: 'reasoning-start', id },
  ...deltas.map((delta): ChatPart => ({ type: 'reasoning-delta', id, delta })),
  ...(signature === undefined
    ? []
    : [{ type: 'reasoning-delta' as const, id, delta: '', providerMetadata: { anthropic: { signature } } }]),
  { type: 'reasoning-end', id },
]

export const redacted = (id: string, redactedData: string): ChatPart[] => [
  { type: 'reasoning-start', id, providerMetadata: { anthropic: { redactedData } } },
  { type: 'reasoning-end', id },
]

export const tool = (id: string, name: string, ...deltas: readonly string[]): ChatPart[] => [
  { type: 'tool-input-start', id, toolName: name },
  ...deltas.map((delta): ChatPart => ({ type: 'tool-input-delta', id, delta })),
  { type: 'tool-input-end', id },
  call(id, name, deltas.join('')),
]

export const call = (toolCallId: string, toolName: string, input: string): ChatPart => ({
  type: 'tool-call',
  toolCallId,
  toolName,
  input,
})
