import type { ChatMessage } from '../../language.ts'
import { flag, invalid, list, name, optional, record, text, unsupported, type Fields } from './fields.ts'
import { marks, readCacheControl } from './marks.ts'
import { readDocument, readImage } from './media.ts'

type ToolPart = Extract<ChatMessage, { readonly role: 'tool' }>['content'][number]
export type ToolResultPart = Extract<ToolPart, { readonly type: 'tool-result' }>
type Output = ToolResultPart['output']
type OutputPart = Extract<Output, { readonly type: 'content' }>['value'][number]

/** `tools`: the names of the tools by the ids of their calls; this protocol's results do not name the tool. */
export function readToolResult(block: Fields, path: string, tools: ReadonlyMap<string, string>): ToolResultPart {
  const toolCallId = name(block.tool_use_id, `${path}.tool_use_id`)
  const toolName = tools.get(toolCallId)
  if (toolName === undefined) throw invalid(`${path}.tool_use_id`, 'names no tool_use before it')
  if (block.toolset_name != null) throw unsupported(`${path}.toolset_name`, 'a toolset')
  const isError = optional(block.is_error, `${path}.is_error`, flag) ?? false
  const content = block.content ?? ''
  const output =
    typeof content === 'string' ? said(content, isError) : outputOf(list(content, `${path}.content`), path, isError)
  return { type: 'tool-result', toolCallId, toolName, output, ...marks(marked(block, path), path) }
}

/**
 * A mark of the cache may stand at a block inside, while the neutral form has one for the whole result: it ends there either way.
 */
function marked(block: Fields, path: string): Fields {
  if (block.cache_control != null || !Array.isArray(block.content)) return block
  const inside = (block.content as readonly Fields[]).findLastIndex((part) => part.cache_control != null)
  if (inside === -1) return block
  const { cache_control } = block.content[inside] as Fields
  readCacheControl(cache_control, `${path}.content[${inside}].cache_control`)
  return { cache_control }
}

const said = (value: string, isError: boolean): Output => ({ type: isError ? 'error-text' : 'text', value })

function outputOf(content: readonly unknown[], path: string, isError: boolean): Output {
  const parts = content.map((part, at) => readPart(part, `${path}.content[${at}]`))
  // Adapters of other providers hand anything but a text to the model as JSON.
  if (parts.every((part) => part.type === 'text')) return said(parts.map((part) => part.text).join('\n'), isError)
  // The neutral form cannot mark these as an error.
  const value = isError ? [{ type: 'text' as const, text: 'The tool failed:' }, ...parts] : parts
  return { type: 'content', value }
}

function readPart(value: unknown, path: string): OutputPart {
  const block = record(value, path)
  switch (block.type) {
    case 'text':
      return { type: 'text', text: text(block.text, `${path}.text`) }
    case 'image': {
      const { mediaType, data } = readImage(block, path)
      return { type: 'file', mediaType, data }
    }
    case 'document': {
      const { mediaType, data, filename } = readDocument(block, path)
      if (data.type === 'text') return { type: 'text', text: data.text }
      return { type: 'file', mediaType, data, ...(filename === undefined ? {} : { filename }) }
    }
    default:
      throw unsupported(`${path}.type`, `a block of type ${name(block.type, `${path}.type`).slice(0, 40)}`)
  }
}
