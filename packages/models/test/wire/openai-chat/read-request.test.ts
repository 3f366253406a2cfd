// shows: A8
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openaiChat } from '../../../src/wire/openai-chat/protocol.ts'
import { hello, settingsOf } from './asking.ts'

const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

const settings: readonly { readonly name: string; readonly fields: object; readonly call: object }[] = [
  { name: 'nothing', fields: {}, call: {} },
  {
    name: 'what every provider knows',
    fields: { temperature: 0.3, top_p: 0.9, presence_penalty: -1, frequency_penalty: 2, seed: -7, max_tokens: 100 },
    call: { maxOutputTokens: 100, temperature: 0.3, topP: 0.9, presencePenalty: -1, frequencyPenalty: 2, seed: -7 },
  },
  {
    name: 'the same with null, as some clients fill in what is not set',
    fields: {
      temperature: null,
      top_p: null,
      presence_penalty: null,
      frequency_penalty: null,
      seed: null,
      max_tokens: null,
      max_completion_tokens: null,
      stop: null,
      n: null,
      tools: null,
      tool_choice: null,
      response_format: null,
      logprobs: null,
      top_logprobs: null,
      logit_bias: null,
      metadata: null,
      stream: null,
      stream_options: null,
      functions: null,
      function_call: null,
      web_search_options: null,
      modalities: null,
    },
    call: {},
  },
  { name: 'the newer limit', fields: { max_tokens: 1, max_completion_tokens: 200 }, call: { maxOutputTokens: 200 } },
  { name: 'one stop', fields: { stop: '\n' }, call: { stopSequences: ['\n'] } },
  { name: 'several stops', fields: { stop: ['a', 'b'] }, call: { stopSequences: ['a', 'b'] } },
  { name: 'no stops', fields: { stop: [] }, call: {} },
  { name: 'one answer of text', fields: { n: 1, modalities: ['text'] }, call: {} },
  { name: 'an effort', fields: { reasoning_effort: 'xhigh' }, call: { reasoning: 'xhigh' } },
  { name: 'text', fields: { response_format: { type: 'text' } }, call: { responseFormat: { type: 'text' } } },
  { name: 'JSON', fields: { response_format: { type: 'json_object' } }, call: { responseFormat: { type: 'json' } } },
  {
    name: 'JSON of a schema',
    fields: {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'place', description: 'A place', strict: true, schema },
      },
    },
    call: {
      responseFormat: { type: 'json', schema, name: 'place', description: 'A place' },
      providerOptions: { openai: { strictJsonSchema: true } },
    },
  },
  {
    name: 'JSON of a schema that is no law',
    fields: { response_format: { type: 'json_schema', json_schema: { name: 'place', schema } } },
    call: {
      responseFormat: { type: 'json', schema, name: 'place' },
      providerOptions: { openai: { strictJsonSchema: false } },
    },
  },
  {
    name: 'what only OpenAI understands',
    fields: {
      user: 'u1',
      metadata: { job: 'a', run: '' },
      store: false,
      service_tier: 'flex',
      prompt_cache_key: 'k',
      prompt_cache_retention: '24h',
      prompt_cache_options: { mode: 'explicit', ttl: '30m' },
      safety_identifier: 's',
      verbosity: 'low',
      prediction: { type: 'content', content: 'likely' },
      logit_bias: { '50256': -100 },
    },
    call: {
      providerOptions: {
        openai: {
          logitBias: { '50256': -100 },
          user: 'u1',
          store: false,
          metadata: { job: 'a', run: '' },
          prediction: { type: 'content', content: 'likely' },
          serviceTier: 'flex',
          textVerbosity: 'low',
          promptCacheKey: 'k',
          promptCacheOptions: { mode: 'explicit', ttl: '30m' },
          promptCacheRetention: '24h',
          safetyIdentifier: 's',
        },
      },
    },
  },
  { name: 'a tier of another server', fields: { service_tier: 'on_demand' }, call: {} },
  { name: 'log probabilities', fields: { logprobs: true }, call: { providerOptions: { openai: { logprobs: true } } } },
  {
    name: 'the most likely tokens',
    fields: { logprobs: true, top_logprobs: 5 },
    call: { providerOptions: { openai: { logprobs: 5 } } },
  },
  { name: 'no log probabilities', fields: { logprobs: false, top_logprobs: 0 }, call: {} },
  {
    name: 'one call at a time, which Anthropic knows too',
    fields: { parallel_tool_calls: false },
    call: { providerOptions: { openai: { parallelToolCalls: false }, anthropic: { disableParallelToolUse: true } } },
  },
  {
    name: 'calls at once',
    fields: { parallel_tool_calls: true },
    call: { providerOptions: { openai: { parallelToolCalls: true } } },
  },
  {
    name: 'fields that nobody knows',
    fields: {
      top_k: 4,
      extra_body: { a: 1 },
      litellm_metadata: {},
      chat_template_kwargs: { thinking: true },
      provider: 7,
    },
    call: {},
  },
]

describe('a request of chat completions', () => {
  for (const { name, fields, call } of settings) {
    it(`that asks for ${name}`, () => assert.deepEqual(settingsOf(fields), call))
  }

  it('says which model, whether it streams, and what shapes the answer', () => {
    const { call: _, ...asked } = openaiChat.read({ model: 'acme/large', messages: hello })
    assert.deepEqual(asked, {
      model: 'acme/large',
      stream: false,
      form: { includeUsage: false, functionCall: false },
    })
    const streamed = openaiChat.read({
      model: 'm',
      messages: hello,
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
    })
    assert.equal(streamed.stream, true)
    assert.equal(streamed.form['includeUsage'], true)
  })

  it('is read without being changed', () => {
    const body = { model: 'm', messages: hello, tools: [{ type: 'function', function: { name: 'f' } }] }
    const before = structuredClone(body)
    openaiChat.read(body)
    assert.deepEqual(body, before)
  })
})
