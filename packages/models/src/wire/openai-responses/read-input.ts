import * as z from 'zod'
import type { ChatMessage, JSONObject } from '../../language.ts'
import { invalid, notSupported, parse, present } from './parse.ts'
import { content, readInstruction, readParts, readSaid } from './read-content.ts'
import { unsealReasoning } from './sealed-reasoning.ts'

type AssistantPart = Extract<ChatMessage, { readonly role: 'assistant' }>['content'][number]
type ReasoningPart = Extract<AssistantPart, { readonly type: 'reasoning' }>
type ResultPart = Extract<ChatMessage, { readonly role: 'tool' }>['content'][number]
type ResultOutput = Extract<ResultPart, { readonly type: 'tool-result' }>['output']

export interface Reading {
  /**
   * Whether reasoning keeps its id and the parts of its summary. The AI SDK sends an id without what belongs to it unless it is told that
   * nothing is stored, and the gateway's ids are not the provider's.
   */
  readonly keepsReasoningIds: boolean
}

interface Conversation extends Reading {
  readonly messages: ChatMessage[]
  /** Names of the tools that were called. */
  readonly called: Map<string, string>
}

const kind = z.object({ type: z.string().nullish(), role: z.unknown().optional(), id: z.unknown().optional() })
const message = z.object({
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content,
  phase: z.enum(['commentary', 'final_answer']).nullish(),
})
const callId = z.string().min(1)
const functionCall = z.object({
  call_id: callId,
  name: z.string().min(1),
  arguments: z.string(),
  namespace: z.string().nullish(),
})
const customCall = z.object({ call_id: callId, name: z.string().min(1), input: z.string() })
const output = z.object({ call_id: callId, output: content })
const summary = z.array(z.object({ type: z.literal('summary_text'), text: z.string() }))
const reasoning = z.object({
  id: z.string().nullish(),
  summary,
  content: z.array(z.object({ type: z.literal('reasoning_text'), text: z.string() })).nullish(),
  encrypted_content: z.string().nullish(),
})

const picture = z.object({ result: z.string().nullish(), output_format: z.string().max(20).nullish() })

/** Items that only a provider knows what to do with, because its own tools or its store are behind them. */
const foreign = new Set([
  'additional_tools',
  'apply_patch_call',
  'apply_patch_call_output',
  'code_interpreter_call',
  'compaction',
  'compaction_trigger',
  'computer_call',
  'computer_call_output',
  'configuration_update',
  'file_search_call',
  'local_shell_call',
  'local_shell_call_output',
  'mcp_approval_request',
  'mcp_approval_response',
  'mcp_call',
  'mcp_list_tools',
  'program',
  'program_output',
  'shell_call',
  'shell_call_output',
  'tool_search_call',
  'tool_search_output',
  'web_search_call',
])

export function readInput(input: string | readonly unknown[], reading: Reading): ChatMessage[] {
  if (typeof input === 'string') return [{ role: 'user', content: [{ type: 'text', text: input }] }]
  const conversation: Conversation = { ...reading, messages: [], called: new Map() }
  for (const [index, item] of input.entries()) readItem(item, `input[${index}]`, conversation)
  return conversation.messages
}

function readItem(item: unknown, path: string, conversation: Conversation): void {
  const type = typeOf(item, path)
  switch (type) {
    case 'message':
      return readMessage(parse(message, item, path), path, conversation)
    case 'function_call': {
      const { arguments: given, namespace, ...call } = parse(functionCall, item, path)
      return readCall(call, argumentsOf(given, `${path}.arguments`), present({ namespace }) as JSONObject, conversation)
    }
    case 'custom_tool_call': {
      const { input, ...call } = parse(customCall, item, path)
      return readCall(call, input, {}, conversation)
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return readResult(parse(output, item, path), path, conversation)
    case 'reasoning':
      return says(conversation, ...readReasoning(parse(reasoning, item, path), conversation))
    case 'image_generation_call':
      return says(conversation, ...readPicture(parse(picture, item, path)))
    case 'item_reference':
      throw notSupported(path, 'No items are kept here: send each in full, with `store` set to false.')
    default:
      throw foreign.has(type)
        ? notSupported(`${path}.type`, `Items of the type ${type} are not taken here.`)
        : invalid(`${path}.type`, 'is no type of an item')
  }
}

/** A message may go without its type, and so may a reference, which has an id and nothing else. */
function typeOf(item: unknown, path: string): string {
  const { type, role, id } = parse(kind, item, path)
  return type ?? (role === undefined && id !== undefined ? 'item_reference' : 'message')
}

function readMessage({ role, content: given, phase }: z.infer<typeof message>, path: string, to: Conversation): void {
  const place = `${path}.content`
  switch (role) {
    case 'user': {
      const parts = typeof given === 'string' ? [{ type: 'text' as const, text: given }] : readParts(given, place)
      to.messages.push({ role, content: parts })
      return
    }
    case 'assistant': {
      const text = readSaid(given, place)
      // Said nothing: some providers refuse an empty text.
      if (text !== '')
        says(to, { type: 'text', text, ...(phase == null ? {} : { providerOptions: openai({ phase }) }) })
      return
    }
    default:
      to.messages.push({ role: 'system', content: readInstruction(given, place) })
  }
}

const openai = (fields: JSONObject): { readonly openai: JSONObject } => ({ openai: fields })

function says({ messages }: Conversation, ...parts: readonly AssistantPart[]): void {
  const last = messages.at(-1)
  if (last?.role === 'assistant') last.content.push(...parts)
  else if (parts.length > 0) messages.push({ role: 'assistant', content: [...parts] })
}

function readCall(
  { call_id: toolCallId, name: toolName }: { readonly call_id: string; readonly name: string },
  input: unknown,
  fields: JSONObject,
  to: Conversation,
): void {
  to.called.set(toolCallId, toolName)
  const options = Object.keys(fields).length === 0 ? {} : { providerOptions: openai(fields) }
  says(to, { type: 'tool-call', toolCallId, toolName, input, ...options })
}

/** Models write what is no JSON, and clients send it back as it was; no other provider takes that as the input of a call. */
function argumentsOf(text: string, path: string): JSONObject {
  assertShallow(text, path)
  try {
    const input: unknown = JSON.parse(text)
    return typeof input === 'object' && input !== null && !Array.isArray(input) ? (input as JSONObject) : {}
  } catch {
    return {}
  }
}

const deepest = 256

/** What is parsed can be nested deeper than it could be written again: the stack would not do. */
function assertShallow(text: string, path: string): void {
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === '"') isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    if (depth > deepest) throw invalid(path, 'is nested too deeply')
  }
}

function readResult(
  { call_id: toolCallId, output: given }: z.infer<typeof output>,
  path: string,
  to: Conversation,
): void {
  const toolName = to.called.get(toolCallId)
  if (toolName === undefined) throw invalid(`${path}.call_id`, 'answers no call that stands before it')
  const value: ResultOutput =
    typeof given === 'string'
      ? { type: 'text', value: given }
      : { type: 'content', value: readParts(given, `${path}.output`) }
  const result: ResultPart = { type: 'tool-result', toolCallId, toolName, output: value }
  const last = to.messages.at(-1)
  if (last?.role === 'tool') last.content.push(result)
  else to.messages.push({ role: 'tool', content: [result] })
}

function readPicture({ result, output_format: format }: z.infer<typeof picture>): readonly AssistantPart[] {
  if (result == null || result === '') return []
  return [{ type: 'file', mediaType: `image/${format ?? 'png'}`, data: { type: 'data', data: result } }]
}

function readReasoning(item: z.infer<typeof reasoning>, { keepsReasoningIds }: Reading): readonly ReasoningPart[] {
  const { id: itemId, encrypted_content: encrypted } = item
  const texts = (item.summary.length > 0 ? item.summary : (item.content ?? [])).map(({ text }) => text)
  const joined = texts.join('\n\n')
  const unsealed = encrypted == null ? undefined : unsealReasoning(encrypted)
  if (unsealed !== undefined) return [{ type: 'reasoning', text: joined, providerOptions: { ...unsealed } }]
  if (encrypted == null) return [{ type: 'reasoning', text: joined }]
  if (!keepsReasoningIds || itemId == null)
    return [{ type: 'reasoning', text: joined, providerOptions: openai({ reasoningEncryptedContent: encrypted }) }]
  const providerOptions = openai({ itemId, reasoningEncryptedContent: encrypted })
  return (texts.length > 0 ? texts : ['']).map((text) => ({ type: 'reasoning', text, providerOptions }))
}
