// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zodTextFormat } from 'openai/helpers/zod'
import * as z from 'zod'
import type { ChatCall } from '../../../src/language.ts'
import { read } from './answering.ts'
import { callOf, hi, type Params } from './calling.ts'

const optionsOf = async (params: Partial<Params>): Promise<ChatCall['providerOptions']> =>
  (await callOf(params)).providerOptions

test('tools, and which of them is chosen', async () => {
  const weather = {
    type: 'function' as const,
    name: 'weather',
    description: 'The weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    strict: true,
  }
  const bare = { type: 'function' as const, name: 'bare', parameters: null, strict: null }
  const shell = {
    type: 'custom' as const,
    name: 'shell',
    description: 'Runs it',
    format: { type: 'grammar' as const, syntax: 'lark' as const, definition: 'start: "a"' },
  }
  const tools = [weather, bare, shell, { type: 'custom' as const, name: 'text' }]
  const read = [
    {
      type: 'function',
      name: 'weather',
      description: 'The weather',
      inputSchema: weather.parameters,
      strict: true,
    },
    { type: 'function', name: 'bare', inputSchema: { type: 'object', properties: {} } },
    {
      type: 'provider',
      id: 'openai.custom',
      name: 'shell',
      args: { description: 'Runs it', format: shell.format },
    },
    { type: 'provider', id: 'openai.custom', name: 'text', args: {} },
  ]
  const chosen = async (tool_choice: Params['tool_choice']): Promise<object> => {
    const { tools: found, toolChoice } = await callOf({ tools, ...(tool_choice === undefined ? {} : { tool_choice }) })
    return { tools: found, toolChoice }
  }
  assert.deepEqual(await chosen(undefined), { tools: read, toolChoice: undefined })
  for (const type of ['auto', 'none', 'required'] as const)
    assert.deepEqual(await chosen(type), { tools: read, toolChoice: { type } })
  assert.deepEqual(await chosen({ type: 'function', name: 'bare' }), {
    tools: read,
    toolChoice: { type: 'tool', toolName: 'bare' },
  })
  assert.deepEqual(await chosen({ type: 'custom', name: 'shell' }), {
    tools: read,
    toolChoice: { type: 'tool', toolName: 'shell' },
  })
  const some = [
    { type: 'function', name: 'bare' },
    { type: 'custom', name: 'shell' },
  ]
  assert.deepEqual(await chosen({ type: 'allowed_tools', mode: 'required', tools: some }), {
    tools: [read[1], read[2]],
    toolChoice: { type: 'required' },
  })
})

test('a choice among no tools is none', async () => {
  const { toolChoice, tools } = await callOf({ tool_choice: 'auto', tools: [] })
  assert.deepEqual([toolChoice, tools], [undefined, undefined])
})

test('the form of the answer', async () => {
  const answer = z.object({ n: z.number() })
  const { responseFormat, providerOptions } = await callOf({ text: { format: zodTextFormat(answer, 'answer') } })
  assert.deepEqual(responseFormat, {
    type: 'json',
    name: 'answer',
    schema: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { n: { type: 'number' } },
      required: ['n'],
      additionalProperties: false,
    },
  })
  assert.deepEqual(providerOptions, { openai: { strictJsonSchema: true } })

  const loose = await callOf({
    text: {
      format: { type: 'json_schema', name: 'a', description: 'An a', schema: { type: 'object' } },
      verbosity: 'low',
    },
  })
  assert.deepEqual(loose.responseFormat, {
    type: 'json',
    name: 'a',
    description: 'An a',
    schema: { type: 'object' },
  })
  assert.deepEqual(loose.providerOptions, { openai: { strictJsonSchema: false, textVerbosity: 'low' } })

  assert.deepEqual((await callOf({ text: { format: { type: 'json_object' } } })).responseFormat, { type: 'json' })
  assert.equal((await callOf({ text: { format: { type: 'text' } } })).responseFormat, undefined)
})

test('how the model samples and thinks', async () => {
  const { prompt: _, ...call } = await callOf({
    max_output_tokens: 100,
    temperature: 0,
    top_p: 0.5,
    reasoning: { effort: 'high' },
  })
  assert.deepEqual(call, {
    maxOutputTokens: 100,
    temperature: 0,
    topP: 0.5,
    reasoning: 'high',
    // Else the AI SDK would ask for a summary that the client did not ask for.
    providerOptions: { openai: { reasoningSummary: null } },
  })
  const { reasoning, providerOptions } = await callOf({
    reasoning: { effort: 'none', summary: 'concise', context: 'all_turns', mode: 'pro' },
  })
  assert.equal(reasoning, 'none')
  assert.deepEqual(providerOptions, {
    openai: { reasoningSummary: 'concise', reasoningContext: 'all_turns', reasoningMode: 'pro' },
  })
  assert.deepEqual(await optionsOf({ reasoning: { generate_summary: 'auto' } }), {
    openai: { reasoningSummary: 'auto' },
  })
})

test('what is OpenAI’s own goes by its names', async () => {
  assert.deepEqual(
    await optionsOf({
      include: ['reasoning.encrypted_content', 'file_search_call.results'],
      metadata: { team: 'a' },
      parallel_tool_calls: true,
      prompt_cache_key: 'key',
      prompt_cache_options: { mode: 'explicit', ttl: '12h', prewarm: false },
      prompt_cache_retention: '24h',
      safety_identifier: 'who',
      service_tier: 'flex',
      store: false,
      truncation: 'auto',
      user: 'me',
    }),
    {
      openai: {
        include: ['reasoning.encrypted_content'],
        metadata: { team: 'a' },
        parallelToolCalls: true,
        promptCacheKey: 'key',
        promptCacheOptions: { mode: 'explicit', ttl: '12h' },
        promptCacheRetention: '24h',
        safetyIdentifier: 'who',
        serviceTier: 'flex',
        store: false,
        truncation: 'auto',
        user: 'me',
      },
    },
  )
  assert.equal(await optionsOf({ service_tier: 'scale', include: [] }), undefined)
})

test('one call at a time is asked of every provider that knows it', async () => {
  assert.deepEqual(await optionsOf({ parallel_tool_calls: false }), {
    openai: { parallelToolCalls: false },
    anthropic: { disableParallelToolUse: true },
  })
})

test('probabilities are asked for where they are included', async () => {
  const include = ['message.output_text.logprobs' as const]
  assert.deepEqual(await optionsOf({ include }), { openai: { logprobs: 1 } })
  assert.deepEqual(await optionsOf({ include, top_logprobs: 5 }), { openai: { logprobs: 5 } })
  assert.deepEqual(await optionsOf({ top_logprobs: 3 }), { openai: { logprobs: 3 } })
  assert.equal(await optionsOf({ top_logprobs: 0 }), undefined)
})

test('fields that nobody knows are passed over, and a null is as good as nothing', () => {
  const nulls = [
    'background conversation include instructions max_output_tokens metadata parallel_tool_calls previous_response_id',
    'prompt_cache_key reasoning safety_identifier service_tier store stream temperature text tool_choice tools',
    'top_logprobs top_p truncation user moderation prompt',
  ].flatMap((line) => line.split(' '))
  const request = { ...Object.fromEntries(nulls.map((name) => [name, null])), background: false, tomorrow: { a: 1 } }
  assert.deepEqual(read(request).call, { prompt: hi })
})
