import type { ChatCall, FunctionTool, JSONObject } from '../../language.ts'
import {
  filledText,
  flag,
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

type ToolChoice = NonNullable<ChatCall['toolChoice']>

export interface AskedTools {
  readonly tools: FunctionTool[] | undefined
  readonly toolChoice: ToolChoice | undefined
  /** Asked with `functions`, and so answered with `function_call`. */
  readonly isLegacy: boolean
}

export function readTools(fields: Fields): AskedTools {
  const asked = optional(fields, 'tools', '', list) ?? []
  const older = optional(fields, 'functions', '', list) ?? []
  if (asked.length > 0 && older.length > 0) throw invalid('functions', 'cannot be together with tools')
  const isLegacy = older.length > 0
  const tools = isLegacy
    ? older.map((one, index) => readFunction(object(one, `functions[${index}]`), `functions[${index}]`))
    : asked.map((one, index) => readTool(object(one, `tools[${index}]`), `tools[${index}]`))
  if (tools.length === 0) return { tools: undefined, toolChoice: choiceWithoutTools(fields), isLegacy }
  return { ...(isLegacy ? readFunctionCall(fields, tools) : readToolChoice(fields, tools)), isLegacy }
}

function readTool(tool: Fields, at: string): FunctionTool {
  const type = needed(tool, 'type', at, text)
  if (type !== 'function') throw notSupported(`${at}.type`, 'Only tools of the type "function" can be offered here.')
  return readFunction(needed(tool, 'function', at, object), `${at}.function`)
}

function readFunction(fields: Fields, at: string): FunctionTool {
  const parameters = optional(fields, 'parameters', at, object) ?? {}
  return present({
    type: 'function' as const,
    name: needed(fields, 'name', at, filledText),
    description: optional(fields, 'description', at, text),
    // To leave them out is to take none, in this protocol; others want to be told.
    inputSchema: (Object.keys(parameters).length === 0 ? { type: 'object', properties: {} } : parameters) as JSONObject,
    strict: optional(fields, 'strict', at, flag),
  })
}

/** Clients name a choice where there is nothing to choose. Only one that asks for a call cannot be met. */
function choiceWithoutTools(fields: Fields): undefined {
  const choice = fields['tool_choice'] ?? fields['function_call'] ?? 'auto'
  const path = fields['tool_choice'] == null ? 'function_call' : 'tool_choice'
  if (choice !== 'auto' && choice !== 'none') throw invalid(path, 'asks for a tool where none is offered')
}

type Chosen = Pick<AskedTools, 'tools' | 'toolChoice'>

function readToolChoice(fields: Fields, tools: FunctionTool[]): Chosen {
  const asked = fields['tool_choice'] ?? undefined
  if (asked === undefined) return { tools, toolChoice: undefined }
  if (typeof asked === 'string') {
    return { tools, toolChoice: { type: oneOf(['none', 'auto', 'required'])(asked, 'tool_choice') } }
  }
  const choice = object(asked, 'tool_choice')
  const type = needed(choice, 'type', 'tool_choice', oneOf(['function', 'allowed_tools', 'custom']))
  if (type === 'custom') throw notSupported('tool_choice.type', 'Only tools of the type "function" can be chosen here.')
  if (type === 'allowed_tools') return readAllowed(needed(choice, 'allowed_tools', 'tool_choice', object), tools)
  const toolName = nameIn(needed(choice, 'function', 'tool_choice', object), 'tool_choice.function', namesOf(tools))
  return { tools, toolChoice: { type: 'tool', toolName } }
}

function readFunctionCall(fields: Fields, tools: FunctionTool[]): Chosen {
  const asked = fields['function_call'] ?? undefined
  if (asked === undefined) return { tools, toolChoice: undefined }
  if (typeof asked === 'string') {
    return { tools, toolChoice: { type: oneOf(['none', 'auto'])(asked, 'function_call') } }
  }
  const toolName = nameIn(object(asked, 'function_call'), 'function_call', namesOf(tools))
  return { tools, toolChoice: { type: 'tool', toolName } }
}

/** The others are not offered at all: nothing else says the same to every provider. */
function readAllowed(allowed: Fields, tools: FunctionTool[]): Chosen {
  const at = 'tool_choice.allowed_tools'
  const type = needed(allowed, 'mode', at, oneOf(['auto', 'required']))
  const offered = namesOf(tools)
  const names = new Set<string>()
  for (const [index, one] of needed(allowed, 'tools', at, list).entries()) {
    const path = `${at}.tools[${index}]`
    names.add(nameIn(needed(object(one, path), 'function', path, object), `${path}.function`, offered))
  }
  if (names.size === 0) throw invalid(`${at}.tools`, 'must not be empty')
  return { tools: tools.filter(({ name }) => names.has(name)), toolChoice: { type } }
}

const namesOf = (tools: readonly FunctionTool[]): ReadonlySet<string> => new Set(tools.map(({ name }) => name))

function nameIn(fields: Fields, at: string, offered: ReadonlySet<string>): string {
  const name = needed(fields, 'name', at, text)
  if (!offered.has(name)) throw invalid(`${at}.name`, 'is none of the tools offered')
  return name
}
