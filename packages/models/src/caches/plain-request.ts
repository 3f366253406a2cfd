import * as z from 'zod'
import type { ProtocolName } from '../provider.ts'

const text = z.string()
const number = z.number()
const anything = z.unknown()
const off = z.literal(false).nullish()
const shared = { model: text, temperature: number.nullish(), top_p: number.nullish(), stream: z.boolean().nullish() }
const list = <T extends z.ZodType>(one: T) => z.array(one)

const openaiOptions = z.looseObject({}).nullish()

const chatText = z.union([text, list(z.strictObject({ type: z.literal('text'), text }))])
const chatCall = z.strictObject({
  id: text,
  type: z.literal('function'),
  function: z.strictObject({ name: text, arguments: text }),
})
const chat = z.strictObject({
  ...shared,
  messages: list(
    z.discriminatedUnion('role', [
      z.strictObject({ role: z.literal('system'), content: chatText }),
      z.strictObject({ role: z.literal('user'), content: chatText }),
      z.strictObject({
        role: z.literal('assistant'),
        content: chatText.nullish(),
        refusal: z.null().optional(),
        tool_calls: list(chatCall).optional(),
      }),
      z.strictObject({ role: z.literal('tool'), content: chatText, tool_call_id: text }),
    ]),
  ),
  max_tokens: number.optional(),
  max_completion_tokens: number.optional(),
  stop: z.union([text, list(text)]).nullish(),
  stream_options: openaiOptions,
  tools: list(
    z.strictObject({
      type: z.literal('function'),
      function: z.strictObject({ name: text, description: text.optional(), parameters: anything }),
    }),
  ).optional(),
  tool_choice: z
    .union([text, z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: text }) })])
    .optional(),
  store: off,
})

const responsesText = (type: 'input_text' | 'output_text') =>
  z.union([text, list(z.strictObject({ type: z.literal(type), text }))])
const message = z.literal('message').optional()
const responses = z.strictObject({
  ...shared,
  input: z.union([
    text,
    list(
      z.union([
        z.strictObject({ type: message, role: z.enum(['user', 'system']), content: responsesText('input_text') }),
        z.strictObject({ type: message, role: z.literal('assistant'), content: responsesText('output_text') }),
        z.strictObject({ type: z.literal('function_call'), call_id: text, name: text, arguments: text }),
        z.strictObject({ type: z.literal('function_call_output'), call_id: text, output: text }),
      ]),
    ),
  ]),
  instructions: text.nullish(),
  max_output_tokens: number.nullish(),
  stream_options: openaiOptions,
  tools: list(
    z.strictObject({
      type: z.literal('function'),
      name: text,
      description: text.nullish(),
      parameters: anything,
      strict: z.null().optional(),
    }),
  ).optional(),
  tool_choice: z.union([text, z.strictObject({ type: z.literal('function'), name: text })]).optional(),
  store: off,
})

const anthropicText = z.strictObject({ type: z.literal('text'), text })
const anthropic = z.strictObject({
  ...shared,
  max_tokens: number,
  system: z.union([text, list(anthropicText)]).optional(),
  messages: list(
    z.strictObject({
      role: z.enum(['user', 'assistant']),
      content: z.union([
        text,
        list(
          z.discriminatedUnion('type', [
            anthropicText,
            z.strictObject({ type: z.literal('tool_use'), id: text, name: text, input: anything }),
            z.strictObject({
              type: z.literal('tool_result'),
              tool_use_id: text,
              content: z.union([text, list(anthropicText)]),
            }),
          ]),
        ),
      ]),
    }),
  ),
  stop_sequences: list(text).optional(),
  tools: list(
    z.strictObject({
      type: z.literal('custom').optional(),
      name: text,
      description: text.optional(),
      input_schema: anything,
    }),
  ).optional(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['auto', 'any', 'none']) }),
      z.strictObject({ type: z.literal('tool'), name: text }),
    ])
    .optional(),
})

const plain: Partial<Readonly<Record<ProtocolName, z.ZodType>>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': anthropic,
}

/**
 * Whether a request says nothing, at any depth, but what the gateway has words for. Reading one passes over what it does not know, which
 * a provider may know.
 */
export function isPlainRequest(protocol: ProtocolName, json: Readonly<Record<string, unknown>>): boolean {
  if (json['max_tokens'] !== undefined && json['max_completion_tokens'] !== undefined) return false
  return plain[protocol]?.safeParse(json).success === true
}
