import * as z from 'zod'
import type { ChatCall, JSONObject } from '../../language.ts'
import { present } from './parse.ts'

const whole = z.int().min(1)
const tiers = ['auto', 'default', 'flex', 'priority', 'fast', 'ultrafast'] as const

/** What of a request goes to a provider under the name that OpenAI gives it. */
export const optionFields = {
  include: z.array(z.string()).nullish(),
  max_output_tokens: whole.nullish(),
  max_tool_calls: whole.nullish(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16, { error: 'Too big: expected at most 16 pairs' })
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_options: z
    .object({ mode: z.enum(['implicit', 'explicit']).optional(), ttl: z.enum(['30m', '12h']).optional() })
    .nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  reasoning: z
    .object({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
      generate_summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
      context: z.enum(['auto', 'current_turn', 'all_turns']).nullish(),
      mode: z.enum(['standard', 'pro']).nullish(),
    })
    .nullish(),
  safety_identifier: z.string().nullish(),
  service_tier: z.string().nullish(),
  store: z.boolean().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  text: z
    .object({
      format: z
        .discriminatedUnion('type', [
          z.object({ type: z.literal('text') }),
          z.object({ type: z.literal('json_object') }),
          z.object({
            type: z.literal('json_schema'),
            name: z.string().min(1).max(64),
            schema: z.record(z.string(), z.unknown()),
            description: z.string().nullish(),
            strict: z.boolean().nullish(),
          }),
        ])
        .nullish(),
      verbosity: z.enum(['low', 'medium', 'high']).nullish(),
    })
    .nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  user: z.string().nullish(),
}

const optionsSchema = z.object(optionFields)
export type RequestOptions = z.infer<typeof optionsSchema>

type ResponseFormat = NonNullable<ChatCall['responseFormat']>

/** How many likely tokens the client wants beside each that was written; undefined: it wants no probabilities. */
export const logprobsOf = ({ include, top_logprobs: top }: RequestOptions): number | undefined =>
  include?.includes('message.output_text.logprobs') || top ? (top ?? 0) : undefined

export function responseFormatOf({ text }: RequestOptions): ResponseFormat | undefined {
  const format = text?.format
  switch (format?.type) {
    case 'json_object':
      return { type: 'json' }
    case 'json_schema': {
      const { schema, name, description } = format
      return { type: 'json', schema, name, ...present({ description }) } as ResponseFormat
    }
    default:
      return undefined
  }
}

export function providerOptionsOf(
  request: RequestOptions,
  prompt: ChatCall['prompt'],
): NonNullable<ChatCall['providerOptions']> {
  const openai = { ...present(openaiOptions(request, prompt)), ...silentSummary(request) } as JSONObject
  // The one of these options that means the same to another provider.
  const anthropic = request.parallel_tool_calls === false ? { anthropic: { disableParallelToolUse: true } } : {}
  return { ...(Object.keys(openai).length === 0 ? {} : { openai }), ...anthropic }
}

function openaiOptions(request: RequestOptions, prompt: ChatCall['prompt']): object {
  const { text, reasoning, service_tier: tier } = request
  const top = logprobsOf(request)
  return {
    // The others ask for what only OpenAI's own tools give.
    include: request.include?.includes('reasoning.encrypted_content') ? ['reasoning.encrypted_content'] : undefined,
    // Without a number above 0 the AI SDK asks for none, or for the most that there are.
    logprobs: top === undefined ? undefined : Math.max(top, 1),
    metadata: request.metadata,
    parallelToolCalls: request.parallel_tool_calls,
    passThroughUnsupportedFiles: prompt.some(holdsFile) || undefined,
    promptCacheKey: request.prompt_cache_key,
    promptCacheOptions: request.prompt_cache_options,
    promptCacheRetention: request.prompt_cache_retention,
    reasoningContext: reasoning?.context,
    reasoningMode: reasoning?.mode,
    reasoningSummary: reasoning?.summary ?? reasoning?.generate_summary,
    safetyIdentifier: request.safety_identifier,
    // Other servers have tiers of their own, at which the AI SDK would refuse the whole call.
    serviceTier: tiers.find((one) => one === tier),
    store: request.store,
    // The AI SDK's default is true, the protocol's is not.
    strictJsonSchema: text?.format?.type === 'json_schema' ? (text.format.strict ?? false) : undefined,
    textVerbosity: text?.verbosity,
    truncation: request.truncation,
    user: request.user,
  }
}

/** With an effort and nothing said of a summary the AI SDK asks for a detailed one, which not every account may have. */
function silentSummary({ reasoning }: RequestOptions): { readonly reasoningSummary?: null } {
  const isAsked = (reasoning?.summary ?? reasoning?.generate_summary) != null
  return reasoning?.effort == null || isAsked ? {} : { reasoningSummary: null }
}

const holdsFile = (message: ChatCall['prompt'][number]): boolean =>
  message.role === 'user' &&
  message.content.some((part) => part.type === 'file' && !/^(image\/|application\/pdf$)/.test(part.mediaType))
