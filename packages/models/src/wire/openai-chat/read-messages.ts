import type { ChatMessage, JSONObject } from '../../language.ts'
import {
  filledText,
  invalid,
  list,
  needed,
  notSupported,
  object,
  oneOf,
  optional,
  present,
  text,
  type Fields,
} from './fields.ts'
import { mergePartOptions } from './part-options.ts'
import { readParts, readTexts, type Part } from './read-parts.ts'

type Assistant = Extract<ChatMessage, { role: 'assistant' }>
type Tool = Extract<ChatMessage, { role: 'tool' }>
type ToolResult = Extract<Tool['content'][number], { type: 'tool-result' }>

const roles = oneOf(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

/** The calls of the messages so far: a result names its call by id alone, or with `function` by its name. */
interface Calls {
  readonly names: Map<string, string>
  readonly latest: Map<string, string>
}

export function readMessages(messages: readonly unknown[]): ChatMessage[] {
  const prompt: ChatMessage[] = []
  const calls: Calls = { names: new Map(), latest: new Map() }
  for (const [index, one] of messages.entries()) {
    const at = `messages[${index}]`
    const message = object(one, at)
    switch (needed(message, 'role', at, roles)) {
      case 'system':
      case 'developer':
        prompt.push(...readSystem(message, at))
        break
      case 'user':
        prompt.push(readUser(message, at))
        break
      case 'assistant':
        prompt.push(readAssistant(message, at, calls))
        break
      case 'tool':
        addResult(prompt, readResult(message, at, calls))
        break
      case 'function':
        addResult(prompt, readFunctionResult(message, at, calls))
        break
    }
  }
  return prompt
}

function nameOf(message: Fields, at: string): Pick<ChatMessage, 'providerOptions'> {
  const name = optional(message, 'name', at, text)
  return name === undefined ? {} : { providerOptions: { openai: { name } } }
}

function readUser(message: Fields, at: string): ChatMessage {
  const content = filled(readParts(message['content'], `${at}.content`), `${at}.content`)
  return { role: 'user', content, ...nameOf(message, at) }
}

function filled<P>(parts: P[], path: string): P[] {
  if (parts.length === 0) throw invalid(path, 'must not be empty')
  return parts
}

/** A system message has no parts in the gateway's words; where they are marked for a cache, each becomes a message of its own. */
function readSystem(message: Fields, at: string): ChatMessage[] {
  const name = nameOf(message, at)
  const parts = filled(readTexts(message['content'], `${at}.content`), `${at}.content`)
  if (!parts.some((part) => part.providerOptions !== undefined)) {
    return [{ role: 'system', content: parts.map((part) => part.text).join('\n'), ...name }]
  }
  return parts.map((part) => {
    const providerOptions = mergePartOptions(name.providerOptions, part.providerOptions)
    return present({ role: 'system' as const, content: part.text, providerOptions })
  })
}

function readAssistant(message: Fields, at: string, calls: Calls): Assistant {
  if (optional(message, 'audio', at, object) !== undefined) {
    throw notSupported(`${at}.audio`, 'An answer in sound cannot be referred to here.')
  }
  const said = message['content'] ?? undefined
  const reasoning = reasoningOf(message)
  const refusal = optional(message, 'refusal', at, text) ?? ''
  // An empty text says nothing, and some providers refuse it.
  const texts = said === undefined ? [] : readTexts(said, `${at}.content`).filter((part) => part.text !== '')
  return {
    role: 'assistant',
    content: [
      ...(reasoning === '' ? [] : [{ type: 'reasoning' as const, text: reasoning }]),
      ...texts,
      ...(refusal === '' ? [] : [{ type: 'text' as const, text: refusal }]),
      ...readCalls(message, at, calls),
    ],
    ...nameOf(message, at),
  }
}

/** No field of OpenAI's. It is sent back as it came, and servers do not agree on its name. */
function reasoningOf(message: Fields): string {
  const said = message['reasoning_content'] ?? message['reasoning']
  return typeof said === 'string' ? said : ''
}

function readCalls(message: Fields, at: string, { names, latest }: Calls): Assistant['content'] {
  const asked = (optional(message, 'tool_calls', at, list) ?? []).map((one, index) => {
    const path = `${at}.tool_calls[${index}]`
    const call = object(one, path)
    if ((optional(call, 'type', path, text) ?? 'function') !== 'function') {
      throw notSupported(`${path}.type`, 'Only calls of the type "function" can be read here.')
    }
    const id = needed(call, 'id', path, filledText)
    return readCall(needed(call, 'function', path, object), `${path}.function`, id)
  })
  const older = optional(message, 'function_call', at, object)
  if (older !== undefined) {
    const call = readCall(older, `${at}.function_call`, `call_${names.size + asked.length}`)
    latest.set(call.toolName, call.toolCallId)
    asked.push(call)
  }
  for (const { toolCallId, toolName } of asked) names.set(toolCallId, toolName)
  return asked
}

const readCall = (fields: Fields, at: string, toolCallId: string) => ({
  type: 'tool-call' as const,
  toolCallId,
  toolName: needed(fields, 'name', at, filledText),
  input: inputOf(needed(fields, 'arguments', at, text)),
})

/** Models write what is no JSON, and clients send it back as it was; no provider takes it as the input of a call. */
function inputOf(written: string): JSONObject {
  if (!/^\s*\{/.test(written)) return {}
  try {
    return JSON.parse(written) as JSONObject
  } catch {
    return {}
  }
}

function readResult(message: Fields, at: string, { names }: Calls): ToolResult {
  const toolCallId = needed(message, 'tool_call_id', at, filledText)
  const toolName = names.get(toolCallId)
  if (toolName === undefined) throw invalid(`${at}.tool_call_id`, 'is the id of no tool call before it')
  return resultOf(toolCallId, toolName, readParts(message['content'], `${at}.content`))
}

function readFunctionResult(message: Fields, at: string, { latest }: Calls): ToolResult {
  const toolName = needed(message, 'name', at, filledText)
  const toolCallId = latest.get(toolName)
  if (toolCallId === undefined) throw invalid(`${at}.name`, 'is the name of no function call before it')
  return resultOf(toolCallId, toolName, readParts(message['content'] ?? '', `${at}.content`))
}

function resultOf(toolCallId: string, toolName: string, parts: readonly Part[]): ToolResult {
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  const providerOptions = parts.findLast((part) => part.providerOptions !== undefined)?.providerOptions
  const output: ToolResult['output'] =
    texts.length === parts.length ? { type: 'text', value: texts.join('\n') } : { type: 'content', value: [...parts] }
  return present({ type: 'tool-result' as const, toolCallId, toolName, output, providerOptions })
}

/** The results of one turn's calls stand together: there are providers that count them. */
function addResult(prompt: ChatMessage[], result: ToolResult): void {
  const last = prompt.at(-1)
  if (last?.role === 'tool') last.content.push(result)
  else prompt.push({ role: 'tool', content: [result] })
}
