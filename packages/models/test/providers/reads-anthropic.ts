import type { Reads } from './conformance/subject.ts'
import { fields, list } from './reads-openai.ts'

const textOf = (content: unknown): unknown =>
  typeof content === 'string'
    ? content
    : list(content)
        .filter(({ type }) => type === 'text')
        .map(({ text }) => text)
        .join('\n')

/** Messages. */
export const readsMessages: Reads = {
  model: ({ body }) => body['model'],
  streams: ({ body }) => body['stream'] === true,
  system: ({ body }) => textOf(body['system']),
  said: ({ body }) => textOf(list(body['messages']).findLast(({ role }) => role === 'user')?.['content']),
  limits: ({ body }) => ({
    most: body['max_tokens'],
    temperature: body['temperature'],
    stops: body['stop_sequences'],
  }),
  tools: ({ body }) => list(body['tools']).map(({ name, input_schema: schema }) => ({ name, schema })),
  choice: ({ body }) => {
    const { type, name } = fields(body['tool_choice'])
    if (type === 'any') return 'required'
    return type === 'tool' ? { tool: name } : (type as 'auto' | 'none' | undefined)
  },
  history: ({ body }) => {
    const blocks = list(body['messages']).flatMap(({ content }) => list(content))
    return blocks
      .filter(({ type }) => type === 'tool_use')
      .map(({ id, name, input }) => {
        const result = blocks.find((block) => block['tool_use_id'] === id)
        return { call: name, input, result: textOf(result?.['content']) }
      })
  },
  schema: ({ body }) => fields(fields(body['output_config'])['format'])['schema'],
  images: ({ body }) =>
    list(list(body['messages']).at(-1)?.['content'])
      .filter(({ type }) => type === 'image')
      .map((part) => fields(part['source'])['data']),
  cacheMarks: ({ text }) => text.split('"cache_control":{"type":"ephemeral"}').length - 1,
}
