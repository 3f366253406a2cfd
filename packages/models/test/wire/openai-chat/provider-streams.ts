// What providers of this protocol really send, shortened.

const event = (chunk: unknown): string => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`

const chunk = (delta: object, finish: string | null = null, more: object = {}): object => ({
  id: 'chatcmpl-C1',
  object: 'chat.completion.chunk',
  created: 1788436800,
  model: 'gpt-4o-mini-2024-07-18',
  service_tier: 'default',
  system_fingerprint: 'fp_51db84afab',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  ...more,
})

const role = { role: 'assistant', content: '', refusal: null }
const nothing = { usage: null, obfuscation: 'x8Kd' }
const counted = {
  prompt_tokens: 19,
  completion_tokens: 10,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 8, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 0, accepted_prediction_tokens: 0 },
}

export const openai = [
  event(chunk(role, null, nothing)),
  event(chunk({ content: 'Grüezi' }, null, nothing)),
  event(chunk({ content: ' "usage"' }, null, nothing)),
  event(chunk({}, 'stop', nothing)),
  event({ ...chunk({}), choices: [], usage: counted, obfuscation: '' }),
  event('[DONE]'),
].join('')

/** Without `stream_options`. */
export const openaiUncounted = [
  event(chunk(role)),
  event(chunk({ content: 'Hi' })),
  event(chunk({}, 'length')),
  event('[DONE]'),
].join('')

export const openaiCalls = [
  event(
    chunk({
      role: 'assistant',
      content: null,
      tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'error', arguments: '' } }],
      refusal: null,
    }),
  ),
  event(chunk({ tool_calls: [{ index: 0, function: { arguments: '{"error":{"usage":1}}' } }] })),
  event(chunk({}, 'tool_calls')),
  event({ ...chunk({}), choices: [], usage: counted }),
  event('[DONE]'),
].join('')

/** It counts in every chunk where `continuous_usage_stats` is asked for, and its deltas differ a little. */
export const vllm = [
  event({
    id: 'chatcmpl-7',
    object: 'chat.completion.chunk',
    created: 1788436800,
    model: 'Qwen/Qwen3-8B',
    choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }],
    usage: { prompt_tokens: 11, total_tokens: 11, completion_tokens: 0 },
  }),
  event({
    choices: [{ index: 0, delta: { reasoning_content: 'Hm' }, logprobs: null, finish_reason: null }],
    usage: { prompt_tokens: 11, total_tokens: 12, completion_tokens: 1 },
  }),
  event({
    choices: [{ index: 0, delta: { content: 'Hi' }, logprobs: null, finish_reason: 'stop', stop_reason: null }],
    usage: { prompt_tokens: 11, total_tokens: 13, completion_tokens: 2 },
  }),
  event({ choices: [], usage: { prompt_tokens: 11, total_tokens: 13, completion_tokens: 2 } }),
  event('[DONE]'),
].join('')

export const groq = [
  event(chunk(role, null, { x_groq: { id: 'req_1' } })),
  event(chunk({ content: 'Hi' })),
  event(
    chunk({}, 'stop', {
      x_groq: {
        id: 'req_1',
        usage: { queue_time: 0.02, prompt_tokens: 40, prompt_time: 0.002, completion_tokens: 4, total_tokens: 44 },
      },
    }),
  ),
  event('[DONE]'),
].join('')

export const openrouter = [
  ': OPENROUTER PROCESSING\n\n',
  ': OPENROUTER PROCESSING\n\n',
  event({
    id: 'gen-1',
    provider: 'Novita',
    model: 'deepseek/deepseek-r1',
    object: 'chat.completion.chunk',
    created: 1788436800,
    choices: [
      {
        index: 0,
        delta: { role: 'assistant', content: '', reasoning: 'Hm' },
        finish_reason: null,
        native_finish_reason: null,
      },
    ],
  }),
  ': OPENROUTER PROCESSING\n\n',
  event({
    choices: [
      { index: 0, delta: { content: 'Hi' }, finish_reason: 'stop', native_finish_reason: 'eos', logprobs: null },
    ],
  }),
  event({
    choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null, native_finish_reason: null }],
    usage: {
      prompt_tokens: 8,
      completion_tokens: 92,
      total_tokens: 100,
      cost: 0.00021,
      is_byok: false,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 90 },
    },
  }),
  event('[DONE]'),
].join('')

/** DeepSeek tells of its cache beside the counts. */
export const deepseek = [
  event(chunk({ role: 'assistant', content: null, reasoning_content: '' })),
  event(chunk({ content: null, reasoning_content: 'Hm' })),
  event(
    chunk({ content: '' }, 'stop', {
      usage: {
        prompt_tokens: 20,
        completion_tokens: 5,
        total_tokens: 25,
        prompt_cache_hit_tokens: 16,
        prompt_cache_miss_tokens: 4,
      },
    }),
  ),
  event('[DONE]'),
].join('')

/** Some servers end with the finish, with CR LF, spaces in their JSON, and no last word. */
export const noDone = [
  'data:{"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": null}]}\r\n\r\n',
  'data:{"choices": [{"index": 0, "delta": {}, "finish_reason" : "stop"}], "usage" : {"prompt_tokens": 3, "completion_tokens": 1}}\r\n\r\n',
].join('')

export const cutOff = [event(chunk(role)), event(chunk({ content: 'Hal' }))].join('')

export const brokenOff = [
  event(chunk(role)),
  event(chunk({ content: 'Hal' })),
  event({ error: { message: 'The server is overloaded.', type: 'server_error', param: null, code: null } }),
  event(chunk({}, 'stop')),
  event('[DONE]'),
].join('')

export const brokenOffByOpenrouter = [
  event(chunk({ role: 'assistant', content: 'Hal' })),
  event({
    id: 'gen-1',
    error: { code: 429, message: 'Rate limit exceeded' },
    choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
  }),
].join('')

export const brokenOffByVllm = [
  event(chunk({ role: 'assistant', content: 'Hal' })),
  event({ object: 'error', message: 'Boom', type: 'InternalServerError', param: null, code: 500 }),
  event('[DONE]'),
].join('')

export const brokenOffByGroq = [
  event(chunk({ role: 'assistant', content: 'Hal' })),
  event(chunk({}, null, { x_groq: { id: 'req_1', error: 'over capacity' } })),
].join('')

export const namedErrorLate = `${event(chunk({ content: 'Hal' }))}event: error\ndata: upstream is gone\n\n`

/** Usage first, and something else to read behind it. */
export const countedEarly = [
  event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 1 } }),
  event(chunk({ content: 'Hi' }, 'stop')),
].join('')

export const namedError = `event: error\ndata: {"message":"Too many requests","code":"rate_limit_exceeded"}\n\n`

export const refusedAtOnce = event({
  error: {
    message: "This model's maximum context length is 8192 tokens.",
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
  },
})

export const garbage = [
  event('{"choices":'),
  event('<html>'),
  event('[]'),
  event('null'),
  event('7'),
  event({ choices: {} }),
  event({ choices: [null, 7, 'x', { delta: null, finish_reason: 7 }] }),
  event({ choices: [{ delta: { content: 7, tool_calls: {} } }], usage: 'many' }),
  event({ usage: { prompt_tokens: '7', completion_tokens: -1 } }),
  event({ usage: [1] }),
  event('{"usage":{"prompt_tokens":1e400},"error":false}'),
  'data\n\n',
].join('')
