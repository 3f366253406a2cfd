/** How a provider answers with a text, event by event, as its protocol has it. */
export type Speech = (text: string, model: string) => readonly string[]

const event = (value: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`

/** With the space before them, as tokens are; long words in two. */
export const wordsOf = (text: string): readonly string[] => text.match(/\s*\S{1,5}|\s+/g) ?? []

const tokens = (text: string): number => wordsOf(text).length

const chat: Speech = (text, model) => {
  const chunk = (delta: object, finish: string | null = null): object => ({
    id: `chatcmpl-of-${model}`,
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    usage: null,
  })
  const usage = { prompt_tokens: 20, completion_tokens: tokens(text), total_tokens: 20 + tokens(text) }
  return [
    event(chunk({ role: 'assistant', content: '', refusal: null })),
    ...wordsOf(text).map((content) => event(chunk({ content }))),
    event(chunk({}, 'stop')),
    event({ ...chunk({}), choices: [], usage }),
    event('[DONE]'),
  ]
}

const responses: Speech = (text, model) => {
  let number = 0
  const tell = (type: string, fields: object): string => event({ type, sequence_number: number++, ...fields }, type)
  const response = { id: `resp_of_${model}`, object: 'response', created_at: 1_790_000_000, model, error: null }
  const begun = { ...response, status: 'in_progress', output: [], usage: null }
  const item = { id: `msg_of_${model}`, type: 'message', role: 'assistant' }
  const at = { item_id: item.id, output_index: 0, content_index: 0 }
  const part = { type: 'output_text', annotations: [], logprobs: [], text }
  const whole = { ...item, status: 'completed', content: [part] }
  const usage = {
    input_tokens: 20,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: tokens(text),
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 20 + tokens(text),
  }
  return [
    tell('response.created', { response: begun }),
    tell('response.in_progress', { response: begun }),
    tell('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', content: [] } }),
    tell('response.content_part.added', { ...at, part: { ...part, text: '' } }),
    ...wordsOf(text).map((delta) => tell('response.output_text.delta', { ...at, delta, logprobs: [] })),
    tell('response.output_text.done', { ...at, text, logprobs: [] }),
    tell('response.content_part.done', { ...at, part }),
    tell('response.output_item.done', { output_index: 0, item: whole }),
    tell('response.completed', { response: { ...response, status: 'completed', output: [whole], usage } }),
  ]
}

const messages: Speech = (text, model) => {
  const tell = (type: string, fields: object): string => event({ type, ...fields }, type)
  const usage = { input_tokens: 20, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 }
  const message = { id: `msg_of_${model}`, type: 'message', role: 'assistant', model, content: [], usage }
  return [
    tell('message_start', { message: { ...message, stop_reason: null, stop_sequence: null } }),
    tell('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    tell('ping', {}),
    ...wordsOf(text).map((one) => tell('content_block_delta', { index: 0, delta: { type: 'text_delta', text: one } })),
    tell('content_block_stop', { index: 0 }),
    tell('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: tokens(text) },
    }),
    tell('message_stop', {}),
  ]
}

const google: Speech = (text, model) => {
  const words = wordsOf(text)
  const usageMetadata = {
    promptTokenCount: 20,
    candidatesTokenCount: words.length,
    totalTokenCount: 20 + words.length,
  }
  return [...words, ''].map((word, index) => {
    const content = { parts: [{ text: word }], role: 'model' }
    const finish = index === words.length ? { finishReason: 'STOP' } : {}
    return event({ candidates: [{ content, index: 0, ...finish }], usageMetadata, modelVersion: model })
  })
}

export const speeches = { chat, responses, messages, google } as const

export type Protocol = keyof typeof speeches

/** By the path that it is asked at. */
export function protocolAt(path: string): Protocol {
  if (path.endsWith('/chat/completions')) return 'chat'
  if (path.endsWith('/responses')) return 'responses'
  return path.endsWith('/messages') ? 'messages' : 'google'
}
