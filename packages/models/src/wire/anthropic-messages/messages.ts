import type { ChatMessage, JSONObject, JSONValue } from '../../language.ts'
import { invalid, list, name, oneOf, record, text, unsupported, type Fields } from './fields.ts'
import { marks } from './marks.ts'
import { readDocument, readImage } from './media.ts'
import { readToolResult, type ToolResultPart } from './tool-results.ts'

type UserPart = Extract<ChatMessage, { readonly role: 'user' }>['content'][number]
type AssistantPart = Extract<ChatMessage, { readonly role: 'assistant' }>['content'][number]

/** The names of the tools that were called so far, by the ids of the calls. */
type Tools = Map<string, string>

export function readPrompt(request: Fields): ChatMessage[] {
  const tools: Tools = new Map()
  const messages = list(request.messages, 'messages')
  if (messages.length === 0) throw invalid('messages', 'must hold a message')
  const { system } = request
  const prompt = system == null ? [] : readSystem(system, 'system')
  for (const [at, message] of messages.entries()) prompt.push(...readMessage(message, `messages[${at}]`, tools))
  return prompt
}

function readMessage(value: unknown, path: string, tools: Tools): ChatMessage[] {
  const message = record(value, path)
  const content = `${path}.content`
  switch (oneOf(message.role, `${path}.role`, ['user', 'assistant', 'system'])) {
    case 'system':
      return readSystem(message.content, content)
    case 'user':
      return readUser(blocksOf(message.content, content), content, tools)
    case 'assistant':
      return [{ role: 'assistant', content: readAssistant(blocksOf(message.content, content), content, tools) }]
  }
}

function blocksOf(content: unknown, path: string): readonly unknown[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (Array.isArray(content)) return content
  throw invalid(path, content === undefined ? 'is required' : 'must be a text or a list of blocks')
}

function readSystem(content: unknown, path: string): ChatMessage[] {
  return blocksOf(content, path).map((value, at) => {
    const place = `${path}[${at}]`
    const block = record(value, place)
    if (block.type !== 'text') throw misplaced(block, place, 'the system prompt')
    return { role: 'system', content: text(block.text, `${place}.text`), ...marks(block, place) }
  })
}

/** Results of tools are messages of their own in the neutral form. */
function readUser(blocks: readonly unknown[], path: string, tools: Tools): ChatMessage[] {
  if (blocks.length === 0) throw invalid(path, 'must hold a block')
  const messages: ChatMessage[] = []
  for (const [at, value] of blocks.entries()) {
    const part = readUserPart(value, `${path}[${at}]`, tools)
    const last = messages.at(-1)
    if (part.type === 'tool-result') {
      if (last?.role === 'tool') last.content.push(part)
      else messages.push({ role: 'tool', content: [part] })
    } else if (last?.role === 'user') last.content.push(part)
    else messages.push({ role: 'user', content: [part] })
  }
  return messages
}

function readUserPart(value: unknown, path: string, tools: Tools): UserPart | ToolResultPart {
  const block = record(value, path)
  switch (block.type) {
    case 'text':
      return { type: 'text', text: text(block.text, `${path}.text`), ...marks(block, path) }
    case 'image':
      return readImage(block, path)
    case 'document':
      return readDocument(block, path)
    case 'tool_result':
      return readToolResult(block, path, tools)
    default:
      throw misplaced(block, path, 'a message of the user')
  }
}

function readAssistant(blocks: readonly unknown[], path: string, tools: Tools): AssistantPart[] {
  return blocks.map((value, at) => readAssistantPart(value, `${path}[${at}]`, tools))
}

function readAssistantPart(value: unknown, path: string, tools: Tools): AssistantPart {
  const block = record(value, path)
  switch (block.type) {
    case 'text': {
      const citations = block.citations == null ? [] : list(block.citations, `${path}.citations`)
      const more = citations.length === 0 ? undefined : { citations: citations as JSONValue[] }
      return { type: 'text', text: text(block.text, `${path}.text`), ...marks(block, path, more) }
    }
    case 'thinking':
      return thought(text(block.thinking, `${path}.thinking`), text(block.signature, `${path}.signature`))
    case 'redacted_thinking':
      return {
        type: 'reasoning',
        text: '',
        providerOptions: { anthropic: { redactedData: name(block.data, `${path}.data`) } },
      }
    case 'tool_use':
      return readToolUse(block, path, tools)
    default:
      throw misplaced(block, path, 'a message of the assistant')
  }
}

/** Thoughts of a model that signs none were given out with an empty signature. */
const thought = (words: string, signature: string): AssistantPart => ({
  type: 'reasoning',
  text: words,
  ...(signature === '' ? {} : { providerOptions: { anthropic: { signature } } }),
})

function readToolUse(block: Fields, path: string, tools: Tools): AssistantPart {
  const toolCallId = name(block.id, `${path}.id`)
  const toolName = name(block.name, `${path}.name`)
  if (block.toolset_name != null) throw unsupported(`${path}.toolset_name`, 'a toolset')
  const input = record(block.input, `${path}.input`) as JSONObject
  tools.set(toolCallId, toolName)
  return { type: 'tool-call', toolCallId, toolName, input, ...marks(block, path) }
}

const known = new Set(['text', 'image', 'document', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking'])

function misplaced(block: Fields, path: string, where: string): Error {
  const type = name(block.type, `${path}.type`)
  return known.has(type)
    ? invalid(`${path}.type`, `cannot be ${type} in ${where}`)
    : unsupported(`${path}.type`, `a block of type ${type.slice(0, 40)}`)
}
