import type { Reads } from './conformance/subject.ts'

type Fields = Readonly<Record<string, unknown>>

export const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as readonly Fields[]) : [])
export const fields = (value: unknown): Fields => (value ?? {}) as Fields
export const parsed = (value: unknown): unknown => JSON.parse(String(value))

const base64 = (url: unknown): string => /^data:image\/png;base64,(.+)$/.exec(String(url))?.[1] ?? `not ${String(url)}`

function choiceIn(value: unknown, name: (choice: Fields) => unknown): ReturnType<Reads['choice']> {
  if (value === 'auto' || value === 'none' || value === 'required' || value === undefined) return value
  return { tool: name(fields(value)) }
}

const textIn = (content: unknown, type: string): unknown =>
  typeof content === 'string'
    ? content
    : list(content)
        .filter((part) => part['type'] === type)
        .map(({ text }) => text)
        .join('\n')

/** Chat completions. */
export const readsChat: Reads = {
  model: ({ body }) => body['model'],
  streams: ({ body }) => body['stream'] === true && fields(body['stream_options'])['include_usage'] === true,
  system: ({ body }) =>
    list(body['messages']).find(({ role }) => role === 'system' || role === 'developer')?.['content'],
  said: ({ body }) => textIn(list(body['messages']).findLast(({ role }) => role === 'user')?.['content'], 'text'),
  limits: ({ body }) => ({
    most: body['max_tokens'] ?? body['max_completion_tokens'],
    temperature: body['temperature'],
    stops: body['stop'],
  }),
  tools: ({ body }) =>
    list(body['tools']).map((tool) => {
      const { name, parameters } = fields(tool['function'])
      return { name, schema: parameters }
    }),
  choice: ({ body }) => choiceIn(body['tool_choice'], (choice) => fields(choice['function'])['name']),
  history: ({ body }) => {
    const messages = list(body['messages'])
    return messages
      .flatMap((message) => list(message['tool_calls']))
      .map((call) => {
        const { name, arguments: input } = fields(call['function'])
        const result = messages.find((message) => message['tool_call_id'] === call['id'])
        return { call: name, input: parsed(input), result: result?.['content'] }
      })
  },
  schema: ({ body }) => {
    const format = fields(body['response_format'])
    return format['type'] === 'json_schema' ? fields(format['json_schema'])['schema'] : undefined
  },
  images: ({ body }) =>
    list(list(body['messages']).at(-1)?.['content'])
      .filter(({ type }) => type === 'image_url')
      .map((part) => base64(fields(part['image_url'])['url'])),
  cacheMarks: () => 0,
}

/** Responses. */
export const readsResponses: Reads = {
  model: ({ body }) => body['model'],
  streams: ({ body }) => body['stream'] === true,
  system: ({ body }) => list(body['input']).find(({ role }) => role === 'system' || role === 'developer')?.['content'],
  said: ({ body }) => textIn(list(body['input']).findLast(({ role }) => role === 'user')?.['content'], 'input_text'),
  limits: ({ body }) => ({ most: body['max_output_tokens'], temperature: body['temperature'], stops: body['stop'] }),
  tools: ({ body }) => list(body['tools']).map(({ name, parameters }) => ({ name, schema: parameters })),
  choice: ({ body }) => choiceIn(body['tool_choice'], ({ name }) => name),
  history: ({ body }) => {
    const items = list(body['input'])
    return items
      .filter(({ type }) => type === 'function_call')
      .map((call) => {
        const result = items.find(
          (item) => item['type'] === 'function_call_output' && item['call_id'] === call['call_id'],
        )
        return { call: call['name'], input: parsed(call['arguments']), result: result?.['output'] }
      })
  },
  schema: ({ body }) => {
    const format = fields(fields(body['text'])['format'])
    return format['type'] === 'json_schema' ? format['schema'] : undefined
  },
  images: ({ body }) =>
    list(list(body['input']).at(-1)?.['content'])
      .filter(({ type }) => type === 'input_image')
      .map((part) => base64(part['image_url'])),
  cacheMarks: () => 0,
}
