import type { ChatCall, FunctionTool, JSONObject } from '../../language.ts'
import {
  flag,
  given,
  list,
  name,
  oneOf,
  optional,
  record,
  text,
  texts,
  unsupported,
  wholeNumber,
  type Fields,
} from './fields.ts'
import { marks } from './marks.ts'

export type Tool = NonNullable<ChatCall['tools']>[number]

export function readTools(value: unknown): Tool[] {
  return (optional(value, 'tools', list) ?? []).map((tool, at) => readTool(tool, `tools[${at}]`))
}

function readTool(value: unknown, path: string): Tool {
  const tool = record(value, path)
  const type = optional(tool.type, `${path}.type`, name) ?? 'custom'
  return type === 'custom' ? readFunction(tool, path) : readOwn(type, tool, path)
}

function readFunction(tool: Fields, path: string): FunctionTool {
  const more = given({
    deferLoading: optional(tool.defer_loading, `${path}.defer_loading`, flag),
    allowedCallers: optional(tool.allowed_callers, `${path}.allowed_callers`, texts),
    eagerInputStreaming: optional(tool.eager_input_streaming, `${path}.eager_input_streaming`, flag),
  })
  return {
    type: 'function',
    name: name(tool.name, `${path}.name`),
    inputSchema: record(tool.input_schema, `${path}.input_schema`) as FunctionTool['inputSchema'],
    ...given({
      description: optional(tool.description, `${path}.description`, text),
      strict: optional(tool.strict, `${path}.strict`, flag),
      inputExamples: optional(tool.input_examples, `${path}.input_examples`, readExamples),
    }),
    ...marks(tool, path, Object.keys(more).length === 0 ? undefined : more),
  }
}

const readExamples = (value: unknown, path: string): { input: JSONObject }[] =>
  list(value, path).map((example, at) => ({ input: record(example, `${path}[${at}]`) as JSONObject }))

/** Tools that Anthropic's models know without being told, and that the client runs as it runs its own. */
const own: Readonly<Record<string, string>> = {
  bash_20250124: 'bash',
  memory_20250818: 'memory',
  text_editor_20250124: 'str_replace_editor',
  text_editor_20250429: 'str_replace_based_edit_tool',
  text_editor_20250728: 'str_replace_based_edit_tool',
}

function readOwn(type: string, tool: Fields, path: string): Tool {
  // Those that the provider runs answer with blocks which no other provider has.
  if (!Object.hasOwn(own, type)) throw unsupported(`${path}.type`, `a tool of type ${type.slice(0, 40)}`)
  const maxCharacters = optional(tool.max_characters, `${path}.max_characters`, wholeNumber)
  return {
    type: 'provider',
    id: `anthropic.${type}`,
    name: oneOf(tool.name, `${path}.name`, [own[type] ?? type]),
    args: given({ maxCharacters }),
  }
}

export function readToolChoice(value: unknown, path: string): NonNullable<ChatCall['toolChoice']> {
  const choice = record(value, path)
  switch (oneOf(choice.type, `${path}.type`, ['auto', 'any', 'tool', 'none'])) {
    case 'auto':
      return { type: 'auto' }
    case 'any':
      return { type: 'required' }
    case 'tool':
      return { type: 'tool', toolName: name(choice.name, `${path}.name`) }
    case 'none':
      return { type: 'none' }
  }
}

/** Whether several tools may be called at once; undefined where nothing is said of it. */
export function readParallel(value: unknown): boolean | undefined {
  if (value == null) return undefined
  const path = 'tool_choice.disable_parallel_tool_use'
  const isDisabled = optional(record(value, 'tool_choice').disable_parallel_tool_use, path, flag)
  return isDisabled === undefined ? undefined : !isDisabled
}
