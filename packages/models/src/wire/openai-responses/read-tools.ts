import * as z from 'zod'
import type { ChatCall, JSONObject } from '../../language.ts'
import { expected, invalid, notSupported, parse, present } from './parse.ts'

type Tools = NonNullable<ChatCall['tools']>
type Tool = Tools[number]
type ToolChoice = NonNullable<ChatCall['toolChoice']>
type InputSchema = Extract<Tool, { readonly type: 'function' }>['inputSchema']

export interface ReadTools {
  readonly tools: Tools
  readonly toolChoice: ToolChoice | undefined
  /** Those that take text instead of JSON. */
  readonly custom: readonly string[]
}

const onlyThese = 'Only tools of the types function and custom are taken here.'

const typed = z.object({ type: z.string() })
const name = z.string().min(1).max(128)
const functionTool = z.object({
  name,
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
})
const customTool = z.object({
  name,
  description: z.string().nullish(),
  format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('grammar'), syntax: z.enum(['lark', 'regex']), definition: z.string() }),
    ])
    .nullish(),
})
const choice = z.union([z.enum(['none', 'auto', 'required']), typed], expected('none, auto, required or an object'))
const named = z.object({ name })
const allowed = z.object({ mode: z.enum(['auto', 'required']), tools: z.array(z.unknown()).min(1) })

export function readTools(tools: readonly unknown[], chosen: unknown): ReadTools {
  const all = tools.map((tool, index) => readTool(tool, `tools[${index}]`))
  const custom = all.filter(({ type }) => type === 'provider').map((tool) => tool.name)
  return { ...choose(all, chosen), custom }
}

function readTool(tool: unknown, path: string): Tool {
  const { type } = parse(typed, tool, path)
  switch (type) {
    case 'function': {
      const { parameters, ...rest } = parse(functionTool, tool, path)
      const inputSchema = (parameters ?? { type: 'object', properties: {} }) as InputSchema
      return { type: 'function', inputSchema, ...(present(rest) as { name: string }) }
    }
    case 'custom': {
      const { name: toolName, ...rest } = parse(customTool, tool, path)
      return { type: 'provider', id: 'openai.custom', name: toolName, args: present(rest) as JSONObject }
    }
    default:
      throw notSupported(`${path}.type`, onlyThese)
  }
}

function choose(tools: Tools, chosen: unknown): Omit<ReadTools, 'custom'> {
  if (chosen == null) return { tools, toolChoice: undefined }
  const given = parse(choice, chosen, 'tool_choice')
  if (given === 'required' && tools.length === 0) throw invalid('tool_choice', 'requires a tool, and there are none')
  if (typeof given === 'string') return { tools, toolChoice: { type: given } }
  switch (given.type) {
    case 'function':
    case 'custom': {
      const { name: toolName } = parse(named, chosen, 'tool_choice')
      assertKnown(tools, given.type, toolName, 'tool_choice.name')
      return { tools, toolChoice: { type: 'tool', toolName } }
    }
    case 'allowed_tools':
      return allow(tools, parse(allowed, chosen, 'tool_choice'))
    default:
      throw notSupported('tool_choice.type', onlyThese)
  }
}

/** Models of every provider keep to a choice that they see nothing beside. */
function allow(tools: Tools, { mode, tools: wanted }: z.infer<typeof allowed>): Omit<ReadTools, 'custom'> {
  const names = wanted.map((tool, index) => {
    const path = `tool_choice.tools[${index}]`
    const { type } = parse(typed, tool, path)
    if (!Object.hasOwn(kinds, type)) throw notSupported(`${path}.type`, onlyThese)
    const { name: toolName } = parse(named, tool, path)
    assertKnown(tools, type, toolName, `${path}.name`)
    return toolName
  })
  return { tools: tools.filter((tool) => names.includes(tool.name)), toolChoice: { type: mode } }
}

const kinds: Readonly<Record<string, Tool['type']>> = { function: 'function', custom: 'provider' }

function assertKnown(tools: Tools, type: string, toolName: string, path: string): void {
  if (!tools.some((tool) => tool.type === kinds[type] && tool.name === toolName))
    throw invalid(path, 'is no tool of this request')
}
