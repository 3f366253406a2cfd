import type { Dialect } from './dialect.ts'
import { bare, refusal } from './errors.ts'
import { atOnce } from './writing.ts'

const listed = (...ids: readonly string[]) => ({ object: 'list', data: ids.map((id) => ({ id, object: 'model' })) })

/** Thoughts are `reasoning`, calls come whole, and usage comes with the end, and a second time in a place of its own. */
const groq: Dialect = {
  kind: 'groq',
  model: 'qwen/qwen3-32b',
  filters: false,
  head: { system_fingerprint: 'fp_78ac7f3229' },
  wholeHead: { usage_breakdown: null, x_groq: { id: 'req_1', seed: 7 }, service_tier: 'on_demand' },
  inChoice: { logprobs: null },
  thought: (reasoning) => ({ reasoning }),
  calls: atOnce(false),
  usage: ({ input, cached, output, reasoning }) => ({
    queue_time: 0.17,
    prompt_tokens: input,
    prompt_time: 0.0008,
    completion_tokens: output,
    completion_time: 3.2,
    total_tokens: input + output,
    total_time: 3.2,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }),
  usageComes: 'last',
  withUsage: (usage) => ({ usage: undefined, x_groq: { id: 'req_1', usage } }),
  error: { x_groq: { id: 'req_1', error: 'over capacity, try again' }, choices: [] },
  errorWhole: { error: { message: 'Service unavailable', type: 'internal_server_error' } },
  errors: [
    refusal(401, 'key', { message: 'Invalid API Key', type: 'invalid_request_error', code: 'invalid_api_key' }),
    refusal(404, 'unknown-model', {
      message: 'The model `nope` does not exist or you do not have access to it.',
      type: 'invalid_request_error',
      code: 'model_not_found',
    }),
    refusal(413, 'too-long', {
      message: 'Request too large for model `qwen/qwen3-32b`',
      type: 'tokens',
      code: 'rate_limit_exceeded',
    }),
    refusal(
      429,
      'rate',
      { message: 'Rate limit reached for model `qwen/qwen3-32b`.', type: 'tokens', code: 'rate_limit_exceeded' },
      { headers: { 'retry-after': '7' }, afterMs: 7000 },
    ),
    refusal(400, 'refused', {
      message: "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
      type: 'invalid_request_error',
      code: 'tool_use_failed',
      failed_generation: '<function=get_tide>',
    }),
  ],
  models: {
    object: 'list',
    data: [
      { id: 'qwen/qwen3-32b', object: 'model', active: true, context_window: 131_072 },
      { id: 'other', object: 'model', active: true, context_window: 8192 },
    ],
  },
}

/** Thoughts and words are in one list; calls have neither number nor type; the end says `model_length` where the window is full. */
const mistral: Dialect = {
  kind: 'mistral',
  model: 'magistral-medium-2507',
  filters: false,
  text: (content) => ({ content }),
  thought: (text) => ({ content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] }),
  last: { content: '' },
  calls: (calls) => atOnce(true, ({ id, function: called }) => ({ id, function: called }))(calls),
  message: ({ text, thought, calls }) => ({
    role: 'assistant',
    tool_calls: calls?.map(({ name, input }) => ({ id: `call_${name}`, function: { name, arguments: input } })) ?? null,
    content:
      thought === undefined
        ? (text ?? '')
        : [
            { type: 'thinking', thinking: [{ type: 'text', text: thought }] },
            { type: 'text', text },
          ],
  }),
  finish: { length: 'model_length' },
  usageComes: 'last',
  usage: ({ input, cached, output }) => ({
    prompt_tokens: input,
    total_tokens: input + output,
    completion_tokens: output,
    prompt_tokens_details: { cached_tokens: cached },
  }),
  error: { object: 'error', message: 'Service unavailable.', type: 'unreachable_backend', param: null, code: '1100' },
  errors: [
    bare(401, 'key', { detail: 'Unauthorized' }),
    bare(400, 'unknown-model', {
      object: 'error',
      message: 'Invalid model: nope',
      type: 'invalid_model',
      param: null,
      code: '1500',
    }),
    bare(422, 'refused', {
      object: 'error',
      message: { detail: [{ type: 'extra_forbidden', loc: ['body', 'store'], msg: 'Extra inputs are not permitted' }] },
      type: 'invalid_request_error',
      param: null,
      code: null,
    }),
    bare(429, 'rate', { object: 'error', message: 'Rate limit exceeded', type: 'rate_limited', code: '1300' }),
  ],
  models: {
    object: 'list',
    data: [
      { id: 'magistral-medium-2507', object: 'model', max_context_length: 131_072 },
      { id: 'other', object: 'model', max_context_length: 32_768 },
    ],
  },
}

/** What was read from its cache is told beside the counts as well; no schema is taken. */
const deepseek: Dialect = {
  kind: 'deepseek',
  model: 'deepseek-reasoner',
  head: { system_fingerprint: 'fp_eaab8d114b_prod0820_fp8_kvcache', usage: null },
  inChoice: { logprobs: null },
  opening: { role: 'assistant', content: null, reasoning_content: '' },
  text: (content) => ({ content, reasoning_content: null }),
  thought: (thought) => ({ content: null, reasoning_content: thought }),
  last: { content: '', reasoning_content: null },
  usageComes: 'last',
  usage: ({ input, cached, output, reasoning }) => ({
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    completion_tokens_details: { reasoning_tokens: reasoning },
    prompt_cache_hit_tokens: cached,
    prompt_cache_miss_tokens: input - cached,
  }),
  errors: [
    refusal(401, 'key', {
      message: 'Authentication Fails (no such user)',
      type: 'authentication_error',
      param: null,
      code: 'invalid_request_error',
    }),
    refusal(402, 'key', {
      message: 'Insufficient Balance',
      type: 'unknown_error',
      param: null,
      code: 'invalid_request_error',
    }),
    refusal(400, 'unknown-model', {
      message: 'Model Not Exist',
      type: 'invalid_request_error',
      param: null,
      code: 'invalid_request_error',
    }),
    refusal(400, 'too-long', {
      message: "This model's maximum context length is 131072 tokens. However, you requested 150000 tokens.",
      type: 'invalid_request_error',
      param: null,
      code: 'invalid_request_error',
    }),
    refusal(503, 'away', { message: 'Service is too busy.', type: 'service_unavailable_error', code: null }),
  ],
  models: listed('deepseek-reasoner', 'deepseek-chat'),
}

/** What was thought is counted beside what was said, and not in it; calls come whole. */
const xai: Dialect = {
  kind: 'xai',
  model: 'grok-3-mini',
  filters: false,
  head: { system_fingerprint: 'fp_2a885414fb' },
  opening: null,
  inDelta: { role: 'assistant' },
  calls: atOnce(false),
  usage: ({ input, cached, output, reasoning }) => ({
    prompt_tokens: input,
    completion_tokens: output - reasoning,
    total_tokens: input + output,
    prompt_tokens_details: { text_tokens: input, audio_tokens: 0, image_tokens: 0, cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0 },
    num_sources_used: 0,
    cost_in_usd_ticks: 1_466_250,
  }),
  errors: [
    bare(400, 'key', {
      code: 'Client specified an invalid argument',
      error: 'Incorrect API key provided: xa***ey. You can obtain an API key from https://console.x.ai.',
    }),
    bare(404, 'unknown-model', {
      code: 'Some requested entity was not found',
      error: 'The model nope does not exist or your team does not have access to it.',
    }),
    bare(429, 'key', {
      code: 'Some resource has been exhausted',
      error:
        'Your team has either used all available credits or reached its monthly spending limit. To continue making API requests, please purchase more credits or raise your spending limit.',
    }),
    bare(429, 'rate', { code: 'Some resource has been exhausted', error: 'Too many requests for team and model.' }),
    bare(400, 'too-long', {
      code: 'Client specified an invalid argument',
      error: "This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
    }),
  ],
  models: listed('grok-3-mini', 'grok-4'),
}

/** The end is `eos`; its log-probabilities are numbers beside the tokens and not in the form of the protocol. */
const together: Dialect = {
  kind: 'together',
  model: 'Qwen/Qwen3-8B',
  filters: false,
  inDelta: { role: 'assistant', token_id: 5 },
  inChoice: { logprobs: null, seed: null, text: '' },
  thought: (reasoning) => ({ reasoning }),
  finish: { stop: 'eos' },
  usageComes: 'last',
  usage: ({ input, cached, output }) => ({
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
  }),
  errors: [
    refusal(401, 'key', {
      message: 'Invalid API key provided. You can find your API key at https://api.together.ai/settings/api-keys.',
      type: 'invalid_request_error',
      param: null,
      code: 'invalid_api_key',
    }),
    refusal(404, 'unknown-model', {
      message: 'Unable to access model nope. Please visit https://api.together.ai/models to view the list.',
      type: 'invalid_request_error',
      param: null,
      code: 'model_not_available',
    }),
    refusal(429, 'rate', { message: 'You have reached the rate limit.', type: 'rate_limit', param: null, code: null }),
  ],
  models: [
    { id: 'Qwen/Qwen3-8B', object: 'model', type: 'chat', context_length: 40_960 },
    { id: 'other', object: 'model', type: 'chat', context_length: 8192 },
  ],
}

/** Usage comes with the end; what was thought is not counted apart. */
const fireworks: Dialect = {
  kind: 'fireworks',
  model: 'accounts/fireworks/models/glm-4p5',
  filters: false,
  inChoice: { logprobs: null },
  usageComes: 'last',
  usage: ({ input, cached, output }) => ({
    prompt_tokens: input,
    total_tokens: input + output,
    completion_tokens: output,
    prompt_tokens_details: { cached_tokens: cached },
  }),
  errors: [
    bare(401, 'key', { fault: { faultstring: 'Invalid ApiKey' } }),
    refusal(404, 'unknown-model', {
      object: 'error',
      type: 'invalid_request_error',
      code: 'NOT_FOUND',
      message: 'Model not found, inaccessible, and/or not deployed',
    }),
    refusal(429, 'rate', { object: 'error', type: 'rate_limit_exceeded', message: 'rate limit exceeded' }),
  ],
  models: listed('accounts/fireworks/models/glm-4p5', 'accounts/fireworks/models/other'),
}

/** Its own place for a status beside an error of a stream; usage comes with the end, with the times that it took. */
const cerebras: Dialect = {
  kind: 'cerebras',
  model: 'qwen-3-32b',
  head: { system_fingerprint: 'fp_1' },
  thought: (reasoning) => ({ reasoning }),
  usageComes: 'last',
  withUsage: () => ({ time_info: { queue_time: 0.1, prompt_time: 0.01, completion_time: 0.2, total_time: 0.3 } }),
  calls: atOnce(false),
  error: {
    error: { message: 'Encountered a server error, please try again.', type: 'server_error' },
    status_code: 500,
  },
  errors: [
    bare(401, 'key', {
      message: 'Wrong API Key',
      type: 'invalid_request_error',
      param: 'api_key',
      code: 'wrong_api_key',
    }),
    bare(404, 'unknown-model', {
      message: 'Model nope does not exist or you do not have access to it.',
      type: 'not_found_error',
      param: 'model',
      code: 'model_not_found',
    }),
    bare(429, 'rate', {
      message: "We're experiencing high traffic right now! Please try again soon.",
      type: 'too_many_requests_error',
      param: 'queue',
      code: 'queue_exceeded',
    }),
  ],
  models: listed('qwen-3-32b', 'other'),
}

/** Comments keep a stream open; an error comes along with a choice that ends with `error`; what it cost is told. */
const openrouter: Dialect = {
  kind: 'openrouter',
  model: 'qwen/qwen3-8b',
  between: ': OPENROUTER PROCESSING\n\n',
  head: { provider: 'Somebody' },
  inDelta: { role: 'assistant' },
  inChoice: { native_finish_reason: null, logprobs: null },
  thought: (reasoning) => ({
    content: '',
    reasoning,
    reasoning_details: [{ type: 'reasoning.text', text: reasoning, format: 'unknown', index: 0 }],
  }),
  usage: ({ input, cached, output, reasoning }) => ({
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    cost: 0.0001,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    cost_details: { upstream_inference_cost: null },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }),
  error: {
    error: { code: 502, message: 'Provider disconnected', metadata: { error_type: 'provider_unavailable' } },
    choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
  },
  errors: [
    refusal(401, 'key', { message: 'No auth credentials found', code: 401 }),
    refusal(402, 'key', { message: 'Insufficient credits', code: 402 }),
    refusal(400, 'unknown-model', { message: 'nope/nope is not a valid model ID', code: 400 }),
    refusal(502, 'away', {
      message: 'Provider returned error',
      code: 502,
      metadata: { raw: 'upstream is down', provider_name: 'Somebody' },
    }),
    refusal(429, 'rate', {
      message: 'Provider returned error',
      code: 429,
      metadata: { raw: '{"error":{"message":"slow down"}}', provider_name: 'Somebody' },
    }),
  ],
  models: {
    data: [
      { id: 'qwen/qwen3-8b', context_length: 40_960, top_provider: { context_length: 40_960 } },
      { id: 'other/other', context_length: 8192 },
    ],
  },
}

/** Services. */
export const hosted: readonly Dialect[] = [groq, mistral, deepseek, xai, together, fireworks, cerebras, openrouter]
