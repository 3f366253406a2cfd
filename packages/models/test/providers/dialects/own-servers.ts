import type { Dialect } from './dialect.ts'
import { bare, refusal } from './errors.ts'
import { atOnce } from './writing.ts'

const model = 'qwen3-8b'
const plainUsage: NonNullable<Dialect['usage']> = ({ input, output }) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
})
const noDetails = { usageCounts: { input: 1200, fresh: 1200, cached: 0, output: 96 } }

/** `entrypoints/openai`: what is not set is not written in streams, and is null in what comes whole. */
const vllm: Dialect = {
  kind: 'vllm',
  model,
  filters: false,
  wholeHead: { service_tier: null, system_fingerprint: null, prompt_logprobs: null, kv_transfer_params: null },
  inChoice: { logprobs: null },
  text: (content) => ({ content }),
  thought: (reasoning) => ({ reasoning }),
  usage: ({ input, cached, output, reasoning }) => ({
    prompt_tokens: input,
    total_tokens: input + output,
    completion_tokens: output,
    prompt_tokens_details: cached === 0 ? null : { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }),
  error: { error: { message: 'Internal server error', type: 'InternalServerError', param: null, code: 500 } },
  errors: [
    bare(401, 'key', { error: 'Unauthorized' }),
    refusal(404, 'unknown-model', {
      message: 'The model `nope` does not exist.',
      type: 'NotFoundError',
      param: 'model',
      code: 404,
    }),
    refusal(400, 'too-long', {
      message:
        "This model's maximum context length is 4096 tokens. However, you requested 9000 output tokens. Please reduce the length of the input prompt or the number of requested output tokens.",
      type: 'BadRequestError',
      param: 'input_tokens',
      code: 400,
    }),
    refusal(400, 'refused', {
      message: "[{'type': 'missing', 'loc': ('body', 'messages'), 'msg': 'Field required'}]",
      type: 'Bad Request',
      param: null,
      code: 400,
    }),
    refusal(500, 'away', { message: 'EngineCore encountered an issue.', type: 'InternalServerError', code: 500 }),
  ],
  models: {
    object: 'list',
    data: [
      { id: model, object: 'model', owned_by: 'vllm', root: 'Qwen/Qwen3-8B', parent: null, max_model_len: 40_960 },
      { id: 'sql-lora', object: 'model', owned_by: 'vllm', root: '/adapters/sql', parent: model, max_model_len: null },
    ],
  },
}

/** Refusals are `{"object":"error"}`, errors of a stream stand in `error`; thoughts are counted beside the counts too. */
const sglang: Dialect = {
  kind: 'sglang',
  model,
  filters: false,
  wholeHead: { metadata: { weight_version: 'default' } },
  inChoice: { logprobs: null, matched_stop: null },
  opening: { role: 'assistant', content: '', reasoning_content: null },
  text: (content) => ({ role: null, content, reasoning_content: null }),
  thought: (thought) => ({ role: null, content: null, reasoning_content: thought }),
  last: { role: null, content: null, reasoning_content: null },
  usage: ({ input, cached, output, reasoning }) => ({
    prompt_tokens: input,
    total_tokens: input + output,
    completion_tokens: output,
    prompt_tokens_details: { cached_tokens: cached },
    reasoning_tokens: reasoning,
    completion_tokens_details: null,
  }),
  error: {
    error: { object: 'error', message: 'Out of memory', type: 'INTERNAL_SERVER_ERROR', param: null, code: 500 },
  },
  errors: [
    bare(401, 'key', { error: 'Unauthorized' }),
    bare(400, 'too-long', {
      object: 'error',
      message:
        "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 9000 tokens.",
      type: 'BadRequestError',
      param: null,
      code: 400,
    }),
    bare(404, 'unknown-model', {
      object: 'error',
      message: "The model 'nope' does not exist",
      type: 'NotFoundError',
      param: 'model',
      code: 404,
    }),
    bare(400, 'refused', {
      object: 'error',
      message: 'Messages cannot be empty.',
      type: 'BadRequestError',
      param: null,
      code: 400,
    }),
    bare(500, 'away', {
      object: 'error',
      message: 'Internal server error: boom',
      type: 'InternalServerError',
      param: null,
      code: 500,
    }),
  ],
  models: {
    object: 'list',
    data: [
      { id: model, object: 'model', owned_by: 'sglang', root: model, parent: null, max_model_len: 40_960 },
      { id: 'sql', object: 'model', owned_by: 'sglang', root: '/adapters/sql', parent: model, max_model_len: null },
    ],
  },
}

/** One call an answer, with an object for its input where it comes whole; each event says who speaks and repeats the id. */
const tgi: Dialect = {
  kind: 'tgi',
  model,
  filters: false,
  expects: { ...noDetails, calls: [{ name: 'get_tide', input: { place: 'Tromsø', day: 3 } }] },
  head: { id: '', system_fingerprint: '3.3.6-native' },
  wholeHead: { id: '', system_fingerprint: '3.3.6-native' },
  opening: null,
  inDelta: { role: 'assistant' },
  last: { content: '' },
  calls: ([call]) => {
    if (call === undefined) return []
    const written = JSON.stringify(call.input)
    const one = (name: string | null, text: string) => ({
      tool_calls: [{ index: 0, id: '0', type: 'function', function: { name, arguments: text } }],
    })
    return [one(call.name, written.slice(0, 1)), one(null, written.slice(1))]
  },
  wholeCalls: ([call]) => [
    { id: '0', type: 'function', function: { description: null, name: call?.name, arguments: call?.input } },
  ],
  finish: { stop: 'stop_sequence', calls: 'stop' },
  usage: plainUsage,
  error: { error: { message: 'Request failed during generation: CUDA error', http_status_code: 422 } },
  errorWhole: { error: 'Request failed during generation: CUDA error', error_type: 'generation' },
  between: ':\n\n',
  errors: [
    bare(422, 'too-long', {
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 200 `max_new_tokens`',
      error_type: 'validation',
    }),
    bare(422, 'refused', { error: 'Tool error: Tool choice not found', error_type: 'tool_error' }),
    bare(424, 'away', {
      error: 'Request failed during generation: Server error: out of memory',
      error_type: 'generation',
    }),
    bare(429, 'rate', { error: 'Model is overloaded', error_type: 'overloaded' }),
    bare(500, 'away', { error: 'Incomplete generation', error_type: 'incomplete_generation' }),
  ],
  models: {
    object: 'list',
    data: [
      { id: model, object: 'model', created: 0, owned_by: model },
      { id: 'other', object: 'model', created: 0, owned_by: 'other' },
    ],
  },
}

/** Lines end with CR and LF; usage comes only where it is asked for, in an event that says the reason of the end again. */
const tabbyapi: Dialect = {
  kind: 'tabbyapi',
  model,
  filters: false,
  expects: noDetails,
  opening: null,
  lineEnd: '\r\n',
  before: ': ping - 2026-11-29 01:00:00.000000+00:00\r\n\r\n',
  calls: atOnce(true),
  usageComes: 'repeated',
  usage: (counts) => ({ ...plainUsage(counts), prompt_time: 0.01, completion_tokens_per_sec: 41.2, total_time: 0.4 }),
  probabilities: (list) => ({
    content: list.map(({ token, logprob, other, otherLogprob }) => ({
      token,
      token_id: 7,
      logprob,
      top_logprobs: [
        { token, token_id: 7, logprob },
        { token: other, token_id: 8, logprob: otherLogprob },
      ],
    })),
  }),
  error: { error: { message: 'Chat completion aborted. Please check the server console.', trace: null } },
  errors: [
    bare(401, 'key', { detail: 'Please provide an API key' }),
    refusal(400, 'too-long', {
      message: 'Prompt length 9000 is greater than max_seq_len 4096',
      type: 'invalid_request_error',
      param: null,
      code: 'context_length_exceeded',
    }),
    bare(422, 'refused', { detail: 'Chat completions are disabled because a prompt template is not set.' }),
    bare(503, 'away', { detail: 'Chat completion aborted. Maybe the model was unloaded?' }),
  ],
  models: {
    object: 'list',
    data: [
      { id: model, object: 'model', created: 1, owned_by: 'tabbyAPI', parameters: { max_seq_len: 8192 } },
      { id: 'other', object: 'model', created: 1, owned_by: 'tabbyAPI', parameters: null },
    ],
  },
}

/** `openai/openai.go`: every delta says who speaks, calls come at once and whole, and nothing is counted apart. */
const ollama: Dialect = {
  kind: 'ollama',
  model: 'gemma3:270m',
  filters: false,
  expects: { ...noDetails, errorInStream: 'lost' },
  head: { id: 'chatcmpl-358', system_fingerprint: 'fp_ollama' },
  wholeHead: { id: 'chatcmpl-358', system_fingerprint: 'fp_ollama' },
  opening: null,
  inDelta: { role: 'assistant', content: '' },
  last: { content: '' },
  thought: (reasoning) => ({ content: '', reasoning }),
  calls: atOnce(true),
  wholeCalls: (calls) =>
    calls.map(({ name, input }, index) => ({
      id: `call_${name}`,
      index,
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
    })),
  usage: plainUsage,
  // What goes wrong in a stream is read back as an answer that says nothing, and nothing follows it.
  error: {
    id: 'chatcmpl-358',
    object: 'chat.completion.chunk',
    created: 1_795_917_596,
    model: '',
    system_fingerprint: 'fp_ollama',
    choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
  },
  errorWhole: {
    error: { message: 'model runner has unexpectedly stopped', type: 'api_error', param: null, code: null },
  },
  errors: [
    refusal(404, 'unknown-model', {
      message: "model 'nope-7b' not found",
      type: 'api_error',
      param: null,
      code: null,
    }),
    refusal(400, 'refused', {
      message: "[] is too short - 'messages'",
      type: 'invalid_request_error',
      param: null,
      code: null,
    }),
    refusal(500, 'away', {
      message:
        'Failed to create new sequence: failed to process inputs: this model is missing data required for image input',
      type: 'api_error',
      param: null,
      code: null,
    }),
    bare(404, 'unknown-model', '404 page not found', { headers: { 'content-type': 'text/plain' } }),
  ],
  models: {
    object: 'list',
    data: [
      { id: 'gemma3:270m', object: 'model', created: 1_795_916_598, owned_by: 'library' },
      { id: 'other:latest', object: 'model', created: 1_795_916_598, owned_by: 'library' },
    ],
  },
}

/** Servers that somebody runs. */
export const ownServers: readonly Dialect[] = [vllm, sglang, tgi, tabbyapi, ollama]
