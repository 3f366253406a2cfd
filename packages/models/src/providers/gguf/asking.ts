import { ModelError } from '../../failure.ts'
import type { ChatCall, ChatMessage, FunctionTool } from '../../language.ts'
import { isObject } from '../failures/chain.ts'
import { Grammar, literal, ruleOf } from './grammar.ts'
import { callMarks, type Ask, type CallRules, type Turn } from './words.ts'

const refused = (detail: string): ModelError => new ModelError({ type: 'refused', detail })

const usual = { temperature: 0.8, topK: 40, topP: 0.95 } as const

/** A call in the words of the process that runs the model. Throws `refused` where a model of text cannot be asked so. */
export function askOf(call: ChatCall): Ask {
  const tools = call.toolChoice?.type === 'none' ? [] : toolsOf(call)
  const grammar = new Grammar()
  const calls = tools.length === 0 ? undefined : callRulesOf(call, tools)
  const whole = answerRule(grammar, call)
  const mayCall =
    calls === undefined || calls.forced ? [] : [`${literal(callMarks.begin)} ${callsRule(grammar, call, tools)}`]
  const { options } = { options: openaiOptions(call) }
  return {
    turns: turnsOf(call, tools),
    most: call.maxOutputTokens,
    temperature: call.temperature ?? usual.temperature,
    topK: call.topK ?? usual.topK,
    topP: call.topP ?? usual.topP,
    seed: seedOf(call),
    frequencyPenalty: call.frequencyPenalty ?? 0,
    presencePenalty: call.presencePenalty ?? 0,
    stops: (call.stopSequences ?? []).filter((stop) => stop !== ''),
    grammar: whole === undefined ? undefined : grammar.text([whole, ...mayCall].join(' | ')),
    calls,
    logprobs: logprobsOf(options),
  }
}

const openaiOptions = ({ providerOptions }: ChatCall): Readonly<Record<string, unknown>> =>
  providerOptions?.['openai'] ?? {}

/** The library makes one of the second of the clock: all that is asked within it would be answered alike. */
const seedOf = ({ seed }: ChatCall): number =>
  seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Math.trunc(seed) >>> 0

function logprobsOf({ logprobs }: Readonly<Record<string, unknown>>): number | undefined {
  if (logprobs === true) return 0
  return typeof logprobs === 'number' ? Math.min(Math.max(0, Math.trunc(logprobs)), 20) : undefined
}

function answerRule(grammar: Grammar, { responseFormat }: ChatCall): string | undefined {
  if (responseFormat?.type !== 'json') return undefined
  return responseFormat.schema === undefined ? grammar.common('object') : ruleOf(grammar, responseFormat.schema)
}

function toolsOf({ tools = [], toolChoice }: ChatCall): readonly FunctionTool[] {
  const own = tools.filter((tool) => tool.type === 'function')
  if (own.length < tools.length) throw refused('a model that runs here has no tools of its own')
  if (toolChoice?.type !== 'tool') return own
  const named = own.filter(({ name }) => name === toolChoice.toolName)
  if (named.length === 0) throw refused('the tool that is to be called is not among the tools')
  return named
}

function callRulesOf(call: ChatCall, tools: readonly FunctionTool[]): CallRules {
  const forced = call.toolChoice?.type === 'required' || call.toolChoice?.type === 'tool'
  const grammar = new Grammar()
  return { grammar: grammar.text(forced ? callRule(grammar, tools) : callsRule(grammar, call, tools)), forced }
}

function callRule(grammar: Grammar, tools: readonly FunctionTool[]): string {
  const ws = grammar.common('ws')
  const each = tools.map(({ name, inputSchema }) => {
    const head = literal(`{"name": ${JSON.stringify(name)}, "arguments": `)
    return grammar.rule(`${head} ${ruleOf(grammar, argumentsOf(inputSchema))} ${ws} "}"`)
  })
  return grammar.rule(each.join(' | '))
}

/** Arguments are an object, whatever a schema leaves open. */
const argumentsOf = (schema: unknown): unknown =>
  isObject(schema) && Object.keys(schema).length > 0 ? { type: 'object', ...schema } : { type: 'object' }

/** What stands behind the first mark of a call: that call, and more where more than one may be. */
function callsRule(grammar: Grammar, call: ChatCall, tools: readonly FunctionTool[]): string {
  const ws = grammar.common('ws')
  const one = `${ws} ${callRule(grammar, tools)} ${ws} ${literal(callMarks.end)}`
  const isOnly = openaiOptions(call)['parallelToolCalls'] === false
  return isOnly ? one : `${one} (${ws} ${literal(callMarks.begin)} ${one}){0,15}`
}

function turnsOf({ prompt, responseFormat, toolChoice }: ChatCall, tools: readonly FunctionTool[]): readonly Turn[] {
  const turns = prompt.flatMap(turnOf)
  const added = [
    ...(tools.length === 0 ? [] : [aboutTools(tools, toolChoice?.type === 'tool')]),
    ...aboutFormat(responseFormat),
  ]
  if (added.length === 0) return turns
  const system = turns.filter(({ role }) => role === 'system').map(({ text }) => text)
  const rest = turns.filter(({ role }) => role !== 'system')
  return [{ role: 'system', text: [...system, ...added].join('\n\n') }, ...rest]
}

/** The words that models of several families have learnt to be told of tools in. */
function aboutTools(tools: readonly FunctionTool[], isOnly: boolean): string {
  const signatures = tools.map(({ name, description, inputSchema }) =>
    JSON.stringify({ type: 'function', function: { name, description, parameters: inputSchema } }),
  )
  const when = isOnly ? 'Call this function.' : 'You may call one or more functions to help with what the user asks.'
  return [
    `# Tools\n\n${when} Their signatures are:\n<tools>\n${signatures.join('\n')}\n</tools>`,
    `For each call write a JSON object with the name and the arguments of the function:`,
    `${callMarks.begin}\n{"name": <function name>, "arguments": <arguments as JSON>}\n${callMarks.end}`,
  ].join('\n\n')
}

function aboutFormat(format: ChatCall['responseFormat']): readonly string[] {
  if (format?.type !== 'json') return []
  if (format.schema === undefined) return ['Answer with a JSON object and nothing else.']
  return [`Answer with JSON that fits this schema, and with nothing else:\n${JSON.stringify(format.schema)}`]
}

function turnOf(message: ChatMessage): readonly Turn[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', text: message.content }]
    case 'user':
      return [{ role: 'user', text: message.content.map(textOf).join('') }]
    case 'assistant':
      return [{ role: 'model', text: message.content.map(saidOf).join('') }]
    case 'tool':
      return [{ role: 'user', text: message.content.map(resultOf).join('\n') }]
    default:
      return message satisfies never
  }
}

function textOf(part: Extract<ChatMessage, { role: 'user' }>['content'][number]): string {
  if (part.type === 'text') return part.text
  throw refused('this model reads text alone')
}

function saidOf(part: Extract<ChatMessage, { role: 'assistant' }>['content'][number]): string {
  if (part.type === 'text') return part.text
  // Thoughts are of the turn that they were thought in.
  if (part.type === 'reasoning' || part.type === 'reasoning-file') return ''
  if (part.type === 'tool-call')
    return `${callMarks.begin}\n${JSON.stringify({ name: part.toolName, arguments: part.input })}\n${callMarks.end}`
  throw refused('this model reads text alone')
}

function resultOf(part: Extract<ChatMessage, { role: 'tool' }>['content'][number]): string {
  if (part.type !== 'tool-result') return ''
  const { output, toolName } = part
  const content =
    output.type === 'text' || output.type === 'error-text'
      ? output.value
      : output.type === 'execution-denied'
        ? (output.reason ?? 'it was not allowed')
        : output.type === 'content'
          ? output.value.map((one) => (one.type === 'text' ? one.text : '')).join('')
          : output.value
  return `<tool_response>\n${JSON.stringify({ name: toolName, content })}\n</tool_response>`
}
