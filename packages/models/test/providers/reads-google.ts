import type { Reads } from './conformance/subject.ts'
import { fields, list } from './reads-openai.ts'

const textOf = (content: unknown): unknown =>
  list(fields(content)['parts'])
    .filter(({ text }) => text !== undefined)
    .map(({ text }) => text)
    .join('\n')

const called = /\/models\/([^/:]+):(generateContent|streamGenerateContent\?alt=sse)$/

/** Gemini’s own protocol. */
export const readsGemini: Reads = {
  model: ({ path }) => called.exec(path)?.[1],
  streams: ({ path }) => called.exec(path)?.[2]?.startsWith('stream') === true,
  system: ({ body }) => textOf(body['systemInstruction']),
  said: ({ body }) => textOf(list(body['contents']).findLast(({ role }) => role === 'user')),
  limits: ({ body }) => {
    const { maxOutputTokens: most, temperature, stopSequences: stops } = fields(body['generationConfig'])
    return { most, temperature, stops }
  },
  tools: ({ body }) =>
    list(body['tools'])
      .flatMap((tool) => list(tool['functionDeclarations']))
      .map(({ name, parameters, parametersJsonSchema }) => ({ name, schema: parametersJsonSchema ?? parameters })),
  choice: ({ body }) => {
    const { mode, allowedFunctionNames: names } = fields(fields(body['toolConfig'])['functionCallingConfig'])
    if (Array.isArray(names)) return { tool: (names as readonly unknown[])[0] }
    return mode === 'ANY' ? 'required' : mode === 'NONE' ? 'none' : 'auto'
  },
  history: ({ body }) => {
    const parts = list(body['contents']).flatMap((content) => list(content['parts']))
    const results = parts.filter((part) => part['functionResponse'] !== undefined)
    return parts
      .filter((part) => part['functionCall'] !== undefined)
      .map((part, index) => {
        const { name, args } = fields(part['functionCall'])
        const response = fields(fields(results[index]?.['functionResponse'])['response'])
        return { call: name, input: args, result: response['content'] ?? response['result'] ?? response }
      })
  },
  schema: ({ body }) => {
    const { responseMimeType: type, responseJsonSchema: schema } = fields(body['generationConfig'])
    return type === 'application/json' ? schema : undefined
  },
  images: ({ body }) =>
    list(fields(list(body['contents']).at(-1))['parts'])
      .filter((part) => part['inlineData'] !== undefined)
      .map((part) => fields(part['inlineData'])['data']),
  cacheMarks: () => 0,
}
