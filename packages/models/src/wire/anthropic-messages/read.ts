import { HearthError } from '@hearth/protocol'
import type { ChatCall, JSONObject } from '../../language.ts'
import type { WireCall } from '../protocol.ts'
import {
  flag,
  given,
  isRecord,
  name,
  oneOf,
  optional,
  record,
  share,
  text,
  texts,
  unsupported,
  wholeNumber,
  type Fields,
} from './fields.ts'
import { readCacheControl } from './marks.ts'
import { readPrompt } from './messages.ts'
import { readShown, readThinking } from './thinking.ts'
import { readParallel, readToolChoice, readTools } from './tools.ts'

/** What must be known of a request to send it on as it stands. */
export interface Head {
  readonly model: string
  readonly stream: boolean
}

/** Throws as `read` does, for these two alone. */
export function readHead(body: unknown): Head {
  const { model, stream } = record(body, '')
  return { model: name(model, 'model'), stream: optional(stream, 'stream', flag) ?? false }
}

export function read(body: unknown): WireCall {
  const head = readHead(body)
  const request = record(body, '')
  const maxOutputTokens = wholeNumber(request.max_tokens, 'max_tokens')
  return { ...head, call: { ...readCall(request), maxOutputTokens }, form: { thinking: readShown(request.thinking) } }
}

/** Of `/v1/messages/count_tokens`: what the tokens of are to be counted. */
export function readTokenCount(body: unknown): Pick<WireCall, 'model' | 'call'> {
  const { model } = readHead(body)
  return { model, call: readCall(record(body, '')) }
}

export const writeTokenCount = (tokens: number): { input_tokens: number } => ({ input_tokens: tokens })

/** These change what is asked, or who answers: an answer that leaves them out is to another question. */
const unsaid = ['compaction', 'container', 'mcp_servers'] as const

/** A conversation that is to be continued is not here; the client sends all of it when it is told so. A new one is here in full. */
function refuseThread(value: unknown): void {
  const thread = optional(value, 'thread', record)
  if (thread === undefined || oneOf(thread.type, 'thread.type', ['create', 'continue']) === 'create') return
  throw new HearthError('models.thread-unknown', 'Conversations are not kept here: send all the messages of it.')
}

function readCall(request: Fields): ChatCall {
  for (const field of unsaid) {
    const value = request[field]
    if (value != null && !(Array.isArray(value) && value.length === 0)) throw unsupported(field, 'this')
  }
  refuseThread(request.thread)
  const tools = readTools(request.tools)
  const output = optional(request.output_config, 'output_config', record) ?? {}
  const effort = optional(output.effort, 'output_config.effort', readEffort)
  const thinking = optional(request.thinking, 'thinking', readThinking)
  return {
    prompt: readPrompt(request),
    ...given({
      temperature: optional(request.temperature, 'temperature', share),
      topP: optional(request.top_p, 'top_p', share),
      topK: optional(request.top_k, 'top_k', wholeNumber),
      stopSequences: optional(request.stop_sequences, 'stop_sequences', texts),
      responseFormat: readFormat(request, output),
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: optional(request.tool_choice, 'tool_choice', readToolChoice),
      // A budget of thoughts has no neutral word: one would be added to the budget where both are understood.
      reasoning: effort ?? (thinking?.type === 'disabled' ? 'none' : undefined),
      providerOptions: readOptions(request, given({ thinking, effort }), tools.length > 0),
    }),
  }
}

function readOptions(
  request: Fields,
  thinking: JSONObject,
  hasTools: boolean,
): NonNullable<ChatCall['providerOptions']> | undefined {
  const isParallel = readParallel(request.tool_choice)
  const anthropic = given({
    ...thinking,
    structuredOutputMode: formatOf(request) === undefined ? undefined : 'outputFormat',
    disableParallelToolUse: isParallel === undefined ? undefined : !isParallel,
    // Else the SDK turns it on for every tool, and arguments may come as broken JSON.
    toolStreaming: hasTools ? false : undefined,
    cacheControl: optional(request.cache_control, 'cache_control', readCacheControl),
    metadata: optional(request.metadata, 'metadata', readMetadata),
    serviceTier: optional(request.service_tier, 'service_tier', (tier, at) => oneOf(tier, at, tiers)),
    speed: optional(request.speed, 'speed', (speed, at) => oneOf(speed, at, ['standard', 'fast'])),
    inferenceGeo: optional(request.inference_geo, 'inference_geo', readPlace),
  }) as JSONObject
  if (isParallel === undefined) return Object.keys(anthropic).length === 0 ? undefined : { anthropic }
  return { anthropic, openai: { parallelToolCalls: isParallel } }
}

const tiers = ['auto', 'standard_only'] as const
const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const
const readEffort = (value: unknown, path: string) => oneOf(value, path, efforts)

function readPlace(value: unknown, path: string): string {
  const place = name(value, path)
  if (place !== 'us' && place !== 'global') throw unsupported(path, `the place ${place.slice(0, 40)}`)
  return place
}

function readMetadata(value: unknown, path: string): JSONObject | undefined {
  const userId = optional(record(value, path).user_id, `${path}.user_id`, text)
  return userId === undefined ? undefined : { userId }
}

/** `output_format` is what it was called at first; clients of that time are about. */
function formatOf(request: Fields): unknown {
  const { output_config: output, output_format: former } = request
  return (isRecord(output) ? output.format : undefined) ?? former ?? undefined
}

function readFormat(request: Fields, output: Fields): ChatCall['responseFormat'] {
  const value = formatOf(request)
  if (value === undefined) return undefined
  const path = output.format == null ? 'output_format' : 'output_config.format'
  const format = record(value, path)
  oneOf(format.type, `${path}.type`, ['json_schema'])
  type Json = Extract<NonNullable<ChatCall['responseFormat']>, { readonly type: 'json' }>
  return { type: 'json', schema: record(format.schema, `${path}.schema`) as NonNullable<Json['schema']> }
}
