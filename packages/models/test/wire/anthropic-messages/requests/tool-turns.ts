import type { ChatCall, ChatMessage } from '../../../../src/language.ts'
import { asTool, ephemeral, greeting, hour, weather, withTools, type Asked, type Case } from './case.ts'

/** A turn in which a tool was called, and its result. */
const turn = (result: object): Asked => ({
  tools: [weather],
  messages: [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Bern' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', ...result }] },
  ],
})

type ToolPart = Extract<ChatMessage, { readonly role: 'tool' }>['content'][number]
type Output = Extract<ToolPart, { readonly type: 'tool-result' }>['output']

const turned = (output: Output, more: object = {}): Partial<ChatCall> => ({
  ...withTools,
  prompt: [
    greeting,
    {
      role: 'assistant',
      content: [{ type: 'tool-call', toolCallId: 't1', toolName: 'weather', input: { city: 'Bern' } }],
    },
    { role: 'tool', content: [{ type: 'tool-result', toolCallId: 't1', toolName: 'weather', output, ...more }] },
  ],
})

export const toolTurns: readonly Case[] = [
  {
    what: 'a whole turn with thoughts and two tools',
    asked: {
      tools: [weather],
      thinking: { type: 'enabled', budget_tokens: 2000 },
      messages: [
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
            { type: 'redacted_thinking', data: 'sealed' },
            { type: 'text', text: 'Let me see.' },
            { type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Bern' }, caller: { type: 'direct' } },
            { type: 'tool_use', id: 't2', name: 'weather', input: {}, cache_control: ephemeral },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't1', content: 'Rain' },
            { type: 'tool_result', tool_use_id: 't2', content: 'No city', is_error: true, cache_control: hour },
            { type: 'text', text: 'In short, please' },
          ],
        },
      ],
    },
    call: {
      tools: [asTool],
      providerOptions: {
        anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 }, toolStreaming: false },
      },
      prompt: [
        greeting,
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.', providerOptions: { anthropic: { signature: 'sig' } } },
            { type: 'reasoning', text: '', providerOptions: { anthropic: { redactedData: 'sealed' } } },
            { type: 'text', text: 'Let me see.' },
            { type: 'tool-call', toolCallId: 't1', toolName: 'weather', input: { city: 'Bern' } },
            {
              type: 'tool-call',
              toolCallId: 't2',
              toolName: 'weather',
              input: {},
              providerOptions: { anthropic: { cacheControl: ephemeral } },
            },
          ],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', toolCallId: 't1', toolName: 'weather', output: { type: 'text', value: 'Rain' } },
            {
              type: 'tool-result',
              toolCallId: 't2',
              toolName: 'weather',
              output: { type: 'error-text', value: 'No city' },
              providerOptions: { anthropic: { cacheControl: hour } },
            },
          ],
        },
        { role: 'user', content: [{ type: 'text', text: 'In short, please' }] },
      ],
    },
    form: { thinking: 'shown' },
  },
  { what: 'a result without content', asked: turn({}), call: turned({ type: 'text', value: '' }) },
  {
    what: 'a result of one text',
    asked: turn({ content: [{ type: 'text', text: 'Rain' }] }),
    call: turned({ type: 'text', value: 'Rain' }),
  },
  {
    what: 'a result of several texts with marks of the cache',
    asked: turn({
      content: [
        { type: 'text', text: 'Rain', cache_control: ephemeral },
        { type: 'text', text: 'and', cache_control: hour },
        { type: 'text', text: 'wind' },
      ],
    }),
    call: turned(
      { type: 'text', value: 'Rain\nand\nwind' },
      { providerOptions: { anthropic: { cacheControl: hour } } },
    ),
  },
  {
    what: 'a result with an image and documents',
    asked: turn({
      content: [
        { type: 'text', text: 'See' },
        { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'UklGRg==' } },
        { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
        { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
      ],
    }),
    call: turned({
      type: 'content',
      value: [
        { type: 'text', text: 'See' },
        { type: 'file', mediaType: 'image/webp', data: { type: 'data', data: 'UklGRg==' } },
        { type: 'file', mediaType: 'image/*', data: { type: 'url', url: new URL('https://example.com/a.png') } },
        { type: 'file', mediaType: 'application/pdf', data: { type: 'data', data: 'JVBERi0=' } },
        {
          type: 'file',
          mediaType: 'application/pdf',
          data: { type: 'url', url: new URL('https://example.com/a.pdf') },
        },
      ],
    }),
  },
  {
    what: 'a result that failed, with an image',
    asked: turn({
      is_error: true,
      content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }],
    }),
    call: turned({
      type: 'content',
      value: [
        { type: 'text', text: 'The tool failed:' },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw0KGgo=' } },
      ],
    }),
    arrives: {
      why: 'the neutral form has no mark of an error for more than text, so that it is said in words',
      as: turn({
        content: [
          { type: 'text', text: 'The tool failed:' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        ],
      }),
    },
  },
  {
    what: 'a result with a document of text',
    asked: turn({
      content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Milk' } }],
    }),
    call: turned({ type: 'text', value: 'Milk' }),
    arrives: { why: 'the adapter would leave it out', as: turn({ content: 'Milk' }) },
  },
  {
    what: 'thoughts that nobody signed',
    asked: {
      messages: [
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: '' },
            { type: 'text', text: 'Yes' },
          ],
        },
        { role: 'user', content: 'Sure?' },
      ],
    },
    call: {
      prompt: [
        greeting,
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.' },
            { type: 'text', text: 'Yes' },
          ],
        },
        { role: 'user', content: [{ type: 'text', text: 'Sure?' }] },
      ],
    },
    arrives: {
      why: 'Anthropic refuses thoughts that are not its own',
      as: {
        messages: [
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: 'Yes' },
          { role: 'user', content: 'Sure?' },
        ],
      },
    },
  },
]
