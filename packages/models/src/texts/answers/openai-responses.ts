import { fieldsOf, type Fields } from '../../fields.ts'
import { listOf, type Said } from './said.ts'

/** By the end of their names; what stands before it is `response.`. */
const deltas: Readonly<Record<string, string>> = {
  'output_text.delta': 'text',
  'refusal.delta': 'refusal',
  'reasoning_text.delta': 'reasoning',
  'reasoning_summary_text.delta': 'reasoning',
  'function_call_arguments.delta': 'call',
  'custom_tool_call_input.delta': 'call',
  'mcp_call_arguments.delta': 'call',
  'code_interpreter_call_code.delta': 'code',
  'audio.transcript.delta': 'audio',
}

const calls: ReadonlySet<unknown> = new Set(['function_call', 'custom_tool_call', 'mcp_call'])
/** They come piece by piece. */
const inPieces: ReadonlySet<unknown> = new Set([...calls, 'message', 'reasoning', 'code_interpreter_call'])

export function hearResponses(said: Said, event: Fields): void {
  const type = String(event['type'] ?? '').replace(/^response\./, '')
  const key = String(event['output_index'] ?? '')
  const delta = deltas[type]
  if (delta !== undefined)
    return said.text(keyOf(key, delta, event['content_index'] ?? event['summary_index']), delta, event['delta'])
  const item = fieldsOf(event['item'])
  if (type === 'output_item.added' && calls.has(item['type'])) said.call(keyOf(key, 'call'), item['name'], '')
  else if (type === 'output_item.done' && !inPieces.has(item['type'])) said.other(key, item['type'], item)
  else if (event['object'] === 'response') hearWhole(said, event)
  // Servers that are only compatible may say all of it at once.
  else if ((type === 'completed' || type === 'incomplete') && said.isEmpty) hearWhole(said, fieldsOf(event['response']))
}

const keyOf = (item: string, type: string, part: unknown = 0): string =>
  `${item} ${type} ${type === 'call' ? 0 : String(part)}`

function hearWhole(said: Said, response: Fields): void {
  for (const [place, item] of listOf(response['output']).entries()) {
    const key = String(place)
    const { type } = item
    if (type === 'message')
      for (const [index, part] of listOf(item['content']).entries()) {
        said.text(keyOf(key, 'text', index), 'text', part['text'])
        said.text(keyOf(key, 'refusal', index), 'refusal', part['refusal'])
      }
    else if (type === 'reasoning')
      for (const [index, part] of [...listOf(item['summary']), ...listOf(item['content'])].entries())
        said.text(keyOf(key, 'reasoning', index), 'reasoning', part['text'])
    else if (calls.has(type)) said.call(keyOf(key, 'call'), item['name'], item['arguments'] ?? item['input'])
    else said.other(key, type, item)
  }
}
