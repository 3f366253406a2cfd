import type { Reads } from './conformance/subject.ts'
import { fields, list } from './reads-openai.ts'

const textOf = (content: unknown): unknown =>
  list(content)
    .filter(({ text }) => text !== undefined)
    .map(({ text }) => text)
    .join('\n')

const called = /\/model\/([^/]+)\/(converse|converse-stream)$/

const partsOf = (body: Readonly<Record<string, unknown>>) =>
  list(body['messages']).flatMap(({ content }) => list(content))

/** Bedrock’s Converse. */
export const readsConverse: Reads = {
  model: ({ path }) => decodeURIComponent(called.exec(path)?.[1] ?? ''),
  streams: ({ path }) => called.exec(path)?.[2] === 'converse-stream',
  system: ({ body }) => textOf(body['system']),
  said: ({ body }) => textOf(list(body['messages']).findLast(({ role }) => role === 'user')?.['content']),
  limits: ({ body }) => {
    const { maxTokens: most, temperature, stopSequences: stops } = fields(body['inferenceConfig'])
    return { most, temperature, stops }
  },
  tools: ({ body }) =>
    list(fields(body['toolConfig'])['tools']).map(({ toolSpec }) => {
      const { name, inputSchema } = fields(toolSpec)
      return { name, schema: fields(inputSchema)['json'] }
    }),
  choice: ({ body }) => {
    const choice = fields(fields(body['toolConfig'])['toolChoice'])
    if (choice['tool'] !== undefined) return { tool: fields(choice['tool'])['name'] }
    return choice['any'] !== undefined ? 'required' : 'auto'
  },
  history: ({ body }) => {
    const results = partsOf(body).map(({ toolResult }) => fields(toolResult))
    return partsOf(body)
      .filter(({ toolUse }) => toolUse !== undefined)
      .map(({ toolUse }) => {
        const { name: call, input, toolUseId: id } = fields(toolUse)
        const result = results.find((one) => one['toolUseId'] === id)
        return { call, input, result: textOf(result?.['content']) }
      })
  },
  schema: ({ body }) => {
    const format = fields(fields(fields(body['additionalModelRequestFields'])['output_config'])['format'])
    return format['type'] === 'json_schema' ? format['schema'] : undefined
  },
  images: ({ body }) =>
    partsOf(body)
      .filter(({ image }) => image !== undefined)
      .map(({ image }) => fields(fields(image)['source'])['bytes']),
  cacheMarks: ({ body }) =>
    [...list(body['system']), ...partsOf(body)].filter(({ cachePoint }) => cachePoint !== undefined).length,
}
