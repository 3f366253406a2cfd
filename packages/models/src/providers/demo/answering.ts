import { ModelError } from '../../failure.ts'
import type { ChatCall, ChatMessage, FunctionTool, JSONObject, JSONValue } from '../../language.ts'
import { isObject } from '../failures/chain.ts'
import { solved } from './arithmetic.ts'
import { namedCalls } from './naming.ts'
import { smallestFor } from './smallest.ts'

/** What the demo has to say: a text, or calls of tools. */
export type Answering =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'calls'; readonly calls: readonly { readonly name: string; readonly input: JSONObject }[] }

const longestEcho = 2000

/** The same for the same prompt, always. */
export function answerTo(call: ChatCall): Answering {
  const tools = (call.tools ?? []).filter((tool) => tool.type === 'function')
  const last = call.prompt.at(-1)
  const text = textOf(call.prompt.findLast(({ role }) => role === 'user'))
  const calls = last?.role === 'user' || last === undefined ? callsFor(call, tools, text) : []
  if (calls.length > 0) return { type: 'calls', calls }
  if (call.responseFormat?.type === 'json') return { type: 'text', text: jsonFor(call.responseFormat, text) }
  if (last?.role === 'tool') return { type: 'text', text: resultsIn(last) }
  return { type: 'text', text: words(text, tools, pictures(call)) }
}

function callsFor(
  { toolChoice }: ChatCall,
  tools: readonly FunctionTool[],
  text: string,
): readonly { readonly name: string; readonly input: JSONObject }[] {
  if (toolChoice?.type === 'none') return []
  const offered = toolChoice?.type === 'tool' ? tools.filter(({ name }) => name === toolChoice.toolName) : tools
  const named = namedCalls(text, offered)
  const isForced = toolChoice?.type === 'tool' || toolChoice?.type === 'required'
  if (!isForced) return named.map(({ tool, input }) => ({ name: tool.name, input }))
  const [first] = offered
  if (first === undefined)
    throw new ModelError({ type: 'refused', detail: 'a tool has to be called, and none is there' })
  const forced = named.length > 0 ? named : [{ tool: first, input: {} }]
  return forced.map(({ tool, input }) => ({ name: tool.name, input: { ...leastFor(tool), ...input } }))
}

function leastFor({ inputSchema }: FunctionTool): JSONObject {
  const least = smallestFor(inputSchema)
  return isObject(least) && !Array.isArray(least) ? (least as JSONObject) : {}
}

function jsonFor({ schema }: Extract<ChatCall['responseFormat'], { type: 'json' }>, text: string): string {
  const value: JSONValue = schema === undefined ? { text: text.slice(0, longestEcho) } : smallestFor(schema)
  return JSON.stringify(value)
}

function resultsIn({ content }: Extract<ChatMessage, { role: 'tool' }>): string {
  const results = content.flatMap((part) =>
    part.type === 'tool-result' ? [`${part.toolName} answered: ${outputOf(part.output)}`] : [],
  )
  return results.length > 0 ? results.join('\n') : 'The tools did not answer.'
}

function outputOf(output: Extract<ToolPart, { type: 'tool-result' }>['output']): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value.slice(0, longestEcho)
    case 'json':
    case 'error-json':
      return JSON.stringify(output.value).slice(0, longestEcho)
    case 'execution-denied':
      return output.reason ?? 'it was not allowed to run'
    default:
      return output.value.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ')
  }
}

type ToolPart = Extract<ChatMessage, { role: 'tool' }>['content'][number]

const isDemo =
  'I am the demo model of Hearth: a small program without any knowledge, here so that everything can be tried without a key. I repeat what is said to me, do sums, call a tool that is named with its arguments, and fill in schemas. Add a provider for answers of a real model.'

function words(text: string, tools: readonly FunctionTool[], pictureCount: number): string {
  if (
    /\b(who|what) are you\b|\bare you (a |an |the )?(demo|real|model|ai|llm|gpt|claude|human)\b|\byour name\b/i.test(
      text,
    )
  )
    return isDemo
  if (/\b(which|what|list|show)\b[^.?!]{0,40}\btools?\b/i.test(text)) return toolsIn(tools)
  const sum = solved(text)
  if (sum !== null) return `${sum.sum} = ${sum.value}`
  const seen =
    pictureCount === 0
      ? ''
      : ` ${pictureCount === 1 ? 'One file' : `${pictureCount} files`} came with it, which the demo model cannot read.`
  if (text.trim() === '') return `Nothing was said.${seen}`
  return `The demo model can only repeat this: ${text.trim().slice(0, longestEcho)}${seen}`
}

function toolsIn(tools: readonly FunctionTool[]): string {
  if (tools.length === 0) return 'I was given no tools.'
  const lines = tools.map(({ name, description }) =>
    description === undefined ? `- ${name}` : `- ${name}: ${description}`,
  )
  return `I was given these tools:\n${lines.join('\n')}`
}

export function textOf(message: ChatMessage | undefined): string {
  if (message === undefined) return ''
  if (message.role === 'system') return message.content
  return message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}

const pictures = ({ prompt }: ChatCall): number => {
  const last = prompt.findLast(({ role }) => role === 'user')
  return last?.role === 'user' ? last.content.filter(({ type }) => type === 'file').length : 0
}
