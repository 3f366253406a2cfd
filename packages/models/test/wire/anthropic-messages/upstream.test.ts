// shows: A8
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createAnthropic } from '@ai-sdk/anthropic'
import { getModelCapabilities } from '@ai-sdk/anthropic/internal'
import { createOpenAI } from '@ai-sdk/openai'
import type { MessageCreateParamsNonStreaming } from '@anthropic-ai/sdk/resources/messages'
import type { ChatCall, ChatModel } from '../../../src/language.ts'
import { anthropicMessages, withBudgetInside } from '../../../src/wire/anthropic-messages/protocol.ts'
import { cases } from './requests/all.ts'
import { hello } from './requests/case.ts'
import { sent } from './sent.ts'

type Body = Record<string, unknown>
type Block = Body & { readonly type: string }
interface Message {
  readonly role: string
  readonly content: readonly Block[]
}

/** What a provider's adapter sends for a call. */
async function arriving(
  open: (fetch: typeof globalThis.fetch) => ChatModel,
  call: ChatCall,
  stream = false,
): Promise<Body> {
  const { promise, resolve } = Promise.withResolvers<Body>()
  const model = open((_url, init) => {
    resolve(JSON.parse(String(init?.body)) as Body)
    return Promise.resolve(new Response('', { status: 400 }))
  })
  const asking = stream ? model.doStream(call) : model.doGenerate(call)
  await asking.then(undefined, (error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'AI_APICallError') throw error
  })
  return promise
}

const anthropic = (model: string) => (fetch: typeof globalThis.fetch) => createAnthropic({ apiKey: 'k', fetch })(model)
const openai = (fetch: typeof globalThis.fetch) => createOpenAI({ apiKey: 'k', fetch }).chat('gpt-5.1')

/** Of two requests that mean the same, the same. */
function meaning(body: Body): Body {
  const messages: Message[] = []
  for (const { role, content } of body.messages as { role: string; content: string | readonly Block[] }[]) {
    const last = messages.at(-1)
    const blocks = blocksOf(content).map(blockMeaning)
    // Turns of the same side are one turn.
    if (last?.role === role) messages[messages.length - 1] = { role, content: [...last.content, ...blocks] }
    else messages.push({ role, content: blocks })
  }
  const system = body.system === undefined ? undefined : blocksOf(body.system as string | readonly Block[])
  const tools = (body.tools as Block[] | undefined)?.map((tool) =>
    tool.type === 'custom' ? { ...tool, type: undefined } : tool,
  )
  return without({ ...body, messages, system, tools, stream: body.stream === false ? undefined : body.stream })
}

const blocksOf = (content: string | readonly Block[]): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content

function blockMeaning(block: Block): Block {
  const { caller: _, ...rest } = block
  if (block.type !== 'tool_result') return rest as Block
  const content = blocksOf((block.content ?? '') as string | Block[])
  const marked = content.findLast(({ cache_control: mark }) => mark !== undefined)
  const isText = content.every(({ type }) => type === 'text')
  return {
    ...block,
    content: isText ? content.map(({ text }) => text).join('\n') : content,
    cache_control: block.cache_control ?? marked?.cache_control,
  }
}

/** Nothing is said by null or undefined, but in a citation, which is handed back as it came. */
const without = (value: Body): Body =>
  JSON.parse(
    JSON.stringify(value, (key, field: unknown) => (field === null && key !== 'document_title' ? undefined : field)),
  ) as Body

const budgeted = (model: string, call: ChatCall): ChatCall =>
  withBudgetInside(call, !getModelCapabilities(model).rejectsBudgetThinking)

suite('what arrives at Anthropic means what the client sent', () => {
  for (const { what, asked, arrives } of cases) {
    for (const stream of [false, true]) {
      test(`${what}${stream ? ', streaming' : ''}`, async () => {
        const request = { ...hello, ...asked, stream }
        const { model, call } = anthropicMessages.read(await sent(request))
        const arrived = await arriving(anthropic(model), budgeted(model, call), stream)
        const wanted = { ...request, ...arrives?.as, stream }
        assert.deepEqual(meaning(arrived), meaning(JSON.parse(JSON.stringify(wanted)) as Body))
      })
    }
  }
})

test('a budget of thoughts is in what may come, whether the model takes one or not', async () => {
  for (const model of ['claude-sonnet-4-6', 'claude-opus-5-5', 'claude-that-is-new']) {
    for (const budget of [1024, 3999, 5000]) {
      const thinking = { type: 'enabled' as const, budget_tokens: budget }
      const { call } = anthropicMessages.read({ ...hello, model, thinking })
      const { max_tokens: most } = await arriving(anthropic(model), budgeted(model, call))
      assert.equal(most, 4000, `${model} ${budget}`)
    }
  }
})

const asked = async (request: Partial<MessageCreateParamsNonStreaming>): Promise<Body> =>
  arriving(openai, anthropicMessages.read(await sent({ ...hello, ...request })).call)

const schema = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] }
const weather = {
  name: 'weather',
  description: 'Of a city',
  input_schema: schema,
  cache_control: { type: 'ephemeral' as const },
}

suite('what arrives at OpenAI', () => {
  test('a conversation with a tool', async () => {
    const body = await asked({
      system: [
        { type: 'text', text: 'Be brief', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'Be kind' },
      ],
      tools: [weather],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      metadata: { user_id: 'somebody' },
      stop_sequences: ['END'],
      messages: [
        { role: 'user', content: 'The weather?' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
            { type: 'redacted_thinking', data: 'sealed' },
            { type: 'text', text: 'Let me see.' },
            { type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Bern' } },
            { type: 'tool_use', id: 't2', name: 'weather', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'Rain' }] },
            { type: 'tool_result', tool_use_id: 't2', content: 'No city', is_error: true },
            { type: 'text', text: 'In short, please' },
          ],
        },
      ],
    })
    assert.deepEqual(body, {
      model: 'gpt-5.1',
      max_completion_tokens: 4000,
      stop: ['END'],
      messages: [
        { role: 'developer', content: 'Be brief' },
        { role: 'developer', content: 'Be kind' },
        { role: 'user', content: 'The weather?' },
        {
          role: 'assistant',
          content: 'Let me see.',
          tool_calls: [
            { id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
            { id: 't2', type: 'function', function: { name: 'weather', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 't1', content: 'Rain' },
        { role: 'tool', tool_call_id: 't2', content: '{"error":"No city"}' },
        { role: 'user', content: 'In short, please' },
      ],
      tools: [{ type: 'function', function: { name: 'weather', description: 'Of a city', parameters: schema } }],
      tool_choice: 'required',
      parallel_tool_calls: false,
    })
  })

  test('images and a document', async () => {
    const { messages } = await asked({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
            { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
            {
              type: 'document',
              title: 'Report',
              source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
            },
            { type: 'text', text: 'What is it?' },
          ],
        },
      ],
    })
    assert.deepEqual(messages, [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'file', file: { filename: 'Report', file_data: 'data:application/pdf;base64,JVBERi0=' } },
          { type: 'text', text: 'What is it?' },
        ],
      },
    ])
  })

  test('a form of the answer, and an effort', async () => {
    const format = { type: 'json_schema' as const, schema: { ...schema, additionalProperties: false } }
    const { response_format: form, reasoning_effort: effort } = await asked({
      output_config: { effort: 'high', format },
    })
    assert.deepEqual(form, {
      type: 'json_schema',
      json_schema: { name: 'response', strict: true, schema: format.schema },
    })
    assert.equal(effort, 'high')
  })

  test('what may come is not less for a budget of thoughts', async () => {
    const body = await asked({ thinking: { type: 'enabled', budget_tokens: 3999 } })
    assert.deepEqual(body, {
      model: 'gpt-5.1',
      max_completion_tokens: 4000,
      messages: [{ role: 'user', content: 'Hello' }],
    })
  })

  for (const [choice, wanted] of [
    [{ type: 'auto' }, 'auto'],
    [{ type: 'none' }, 'none'],
    [
      { type: 'tool', name: 'weather' },
      { type: 'function', function: { name: 'weather' } },
    ],
  ] as const) {
    test(`the choice of a tool: ${choice.type}`, async () => {
      assert.deepEqual((await asked({ tools: [weather], tool_choice: choice })).tool_choice, wanted)
    })
  }
})
