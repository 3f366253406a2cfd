import * as z from 'zod'
import type { ChatCall } from '../../language.ts'
import type { WireCall } from '../protocol.ts'
import { logprobsOf, optionFields, providerOptionsOf, responseFormatOf } from './options.ts'
import { expected, invalid, notSupported, parse, present } from './parse.ts'
import { readInput } from './read-input.ts'
import { readTools, type ReadTools } from './read-tools.ts'

/** What of the request the answer repeats, or is written by. */
export interface ResponsesForm {
  readonly echo: Readonly<Record<string, unknown>>
  readonly customTools: readonly string[]
  /** How many likely tokens stand beside each that was written; undefined: no probabilities are shown. */
  readonly topLogprobs: number | undefined
}

const request = z.object({
  ...optionFields,
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.unknown()).min(1)], expected('string or array of at least one item')),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.unknown().optional(),
})
type Request = z.infer<typeof request>

/** What needs something that is kept of earlier calls, or does more than answer. */
const unsupported: Readonly<Record<string, string>> = {
  previous_response_id: 'No responses are kept here: send the items of the conversation in `input`.',
  conversation: 'No conversations are kept here: send their items in `input`.',
  background: 'Responses are made while the client waits; there is no background.',
  prompt: 'No prompt templates are kept here: send what they say in `input` and `instructions`.',
  moderation: 'Nothing is moderated here.',
}

export function readRequest(body: unknown): WireCall {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('', 'is no object')
  assertSupported(body as Readonly<Record<string, unknown>>)
  const asked = parse(request, body)
  const tools = readTools(asked.tools ?? [], asked.tool_choice)
  const form = {
    echo: echoOf(asked),
    customTools: tools.custom,
    topLogprobs: logprobsOf(asked),
  } satisfies ResponsesForm
  return { model: asked.model, stream: asked.stream ?? false, call: callOf(asked, tools), form }
}

/** What `readRequest` put there. */
export const formOf = ({ form }: WireCall): ResponsesForm => form as unknown as ResponsesForm

function assertSupported(body: Readonly<Record<string, unknown>>): void {
  for (const [field, why] of Object.entries(unsupported)) {
    const value = body[field]
    if (value != null && value !== false) throw notSupported(field, why)
  }
}

function callOf(asked: Request, { tools, toolChoice }: ReadTools): ChatCall {
  const prompt = readInput(asked.input, { keepsReasoningIds: asked.store === false })
  if (asked.instructions != null && asked.instructions !== '')
    prompt.unshift({ role: 'system', content: asked.instructions })
  const providerOptions = providerOptionsOf(asked, prompt)
  return {
    prompt,
    ...(tools.length === 0 ? {} : { tools }),
    ...(Object.keys(providerOptions).length === 0 ? {} : { providerOptions }),
    ...present({
      toolChoice: tools.length === 0 ? undefined : toolChoice,
      maxOutputTokens: asked.max_output_tokens,
      temperature: asked.temperature,
      topP: asked.top_p,
      responseFormat: responseFormatOf(asked),
      reasoning: asked.reasoning?.effort,
    }),
  }
}

/**
 * The fields that a response repeats, with what the protocol writes where a request does not say. Whatever a provider keeps: from
 * here no response can be had again.
 */
function echoOf(asked: Request): ResponsesForm['echo'] {
  const { text, reasoning } = asked
  return {
    background: false,
    instructions: asked.instructions ?? null,
    max_output_tokens: asked.max_output_tokens ?? null,
    max_tool_calls: asked.max_tool_calls ?? null,
    metadata: asked.metadata ?? {},
    parallel_tool_calls: asked.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: asked.prompt_cache_key ?? null,
    reasoning: {
      effort: reasoning?.effort ?? null,
      summary: reasoning?.summary ?? reasoning?.generate_summary ?? null,
    },
    safety_identifier: asked.safety_identifier ?? null,
    store: false,
    temperature: asked.temperature ?? null,
    text: { format: text?.format ?? { type: 'text' }, ...present({ verbosity: text?.verbosity }) },
    tool_choice: asked.tool_choice ?? 'auto',
    tools: asked.tools ?? [],
    top_logprobs: asked.top_logprobs ?? 0,
    top_p: asked.top_p ?? null,
    truncation: asked.truncation ?? 'disabled',
    ...present({ user: asked.user }),
  }
}
