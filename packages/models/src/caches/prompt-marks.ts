import type { ChatCall, ChatMessage } from '../language.ts'
import { isFields, type Fields } from '../fields.ts'

/** Below about 1,500 tokens hardly any model keeps a prompt; writing one costs a quarter more than reading it. */
const least = 6000
const mark = { type: 'ephemeral' } as const

/**
 * Where Anthropic’s cache of prompts is told to keep what comes before: behind the instructions and tools, which other calls have too,
 * and behind the last thing said where a conversation is under way, since its next turn begins with all of it. A client that has marked
 * anything knows better.
 */
export function markedBody(json: Fields, size: number): Fields {
  if (size < least || holds(json, 'cache_control')) return json
  const { system, tools, messages } = json
  const marked: Record<string, unknown> = { ...json }
  if (lengthOf(system) + lengthOf(tools) >= least) {
    if (typeof system === 'string' && system !== '')
      marked['system'] = [{ type: 'text', text: system, cache_control: mark }]
    else if (isFilled(system)) marked['system'] = withLast(system, markedBlock)
    else if (isFilled(tools)) marked['tools'] = withLast(tools, markedBlock)
  }
  if (isUnderWay(messages)) marked['messages'] = withLast(messages, markedMessage)
  return marked
}

/** The same in the words of the gateway. */
export function markedCall(call: ChatCall, size: number): ChatCall {
  if (size < least || holds(call, 'cacheControl')) return call
  const { prompt, tools = [] } = call
  const instructions = prompt.findLastIndex(({ role }) => role === 'system')
  const isLong = lengthOf(prompt.filter(({ role }) => role === 'system')) + lengthOf(tools) >= least
  const goesOn = prompt.some(({ role }) => role === 'assistant') && endsInWords(prompt.at(-1))
  const at = [...(isLong && instructions !== -1 ? [instructions] : []), ...(goesOn ? [prompt.length - 1] : [])]
  return at.length === 0
    ? call
    : { ...call, prompt: prompt.map((one, index) => (at.includes(index) ? marking(one) : one)) }
}

/** What is empty cannot be marked. */
function endsInWords(message: ChatMessage | undefined): boolean {
  if (message?.role !== 'user') return false
  const last = message.content.at(-1)
  return last !== undefined && !(last.type === 'text' && last.text === '')
}

function marking(message: ChatMessage): ChatMessage {
  const { providerOptions } = message
  return {
    ...message,
    providerOptions: { ...providerOptions, anthropic: { ...providerOptions?.['anthropic'], cacheControl: mark } },
  }
}

const lengthOf = (value: unknown): number => (value == null ? 0 : JSON.stringify(value).length)

const isFilled = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > 0

const isUnderWay = (messages: unknown): messages is readonly unknown[] =>
  isFilled(messages) &&
  messages.some((one) => isFields(one) && one['role'] === 'assistant') &&
  isFields(messages.at(-1)) &&
  (messages.at(-1) as Fields)['role'] === 'user'

const withLast = (list: readonly unknown[], change: (last: unknown) => unknown): readonly unknown[] => [
  ...list.slice(0, -1),
  change(list.at(-1)),
]

/** What is empty cannot be marked. */
const markedBlock = (block: unknown): unknown =>
  isFields(block) && block['text'] !== '' ? { ...block, cache_control: mark } : block

function markedMessage(message: unknown): unknown {
  if (!isFields(message)) return message
  const { content } = message
  if (typeof content === 'string')
    return content === '' ? message : { ...message, content: [{ type: 'text', text: content, cache_control: mark }] }
  return isFilled(content) ? { ...message, content: withLast(content, markedBlock) } : message
}

function holds(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some((one) => holds(one, name))
  return Object.entries(value).some(([key, field]) => (key === name && field != null) || holds(field, name))
}
