import type { ChatCall, FunctionTool } from '../../../src/language.ts'

// All recordings say the same, each in its own protocol, so that the cases need not know whose it is.

export const text = 'High tide in Tromsø is at 06:14 — 高潮 at dawn.'
export const cutText = 'High tide in Tromsø'
export const reasoning = 'Spring tide follows the full moon.'
export const afterReasoning = 'Friday.'
export const person = '{"name":"Ada","age":36}'
export const calls = [
  { name: 'get_tide', input: { place: 'Tromsø', day: 3 } },
  { name: 'get_wind', input: { place: 'Bodø' } },
]

export const personSchema = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
} as const

const tool = (name: string, properties: object, required: readonly string[]): FunctionTool => ({
  type: 'function',
  name,
  description: `tells what ${name} tells`,
  inputSchema: { type: 'object', properties, required, additionalProperties: false },
})

export const tools: FunctionTool[] = [
  tool('get_tide', { place: { type: 'string' }, day: { type: 'integer' } }, ['place', 'day']),
  tool('get_wind', { place: { type: 'string' } }, ['place']),
  tool('now', {}, []),
]

/** One pixel. */
export const picture =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

export const afterTools: ChatCall['prompt'] = [
  { role: 'user', content: [{ type: 'text', text: 'How is the sea?' }] },
  {
    role: 'assistant',
    content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'get_tide', input: { place: 'Tromsø', day: 3 } }],
  },
  {
    role: 'tool',
    content: [
      {
        type: 'tool-result',
        toolCallId: 'call_1',
        toolName: 'get_tide',
        output: { type: 'text', value: 'high at 06:14' },
      },
    ],
  },
]
