import { fieldsOf, type Fields } from '../../fields.ts'
import { listOf, type Said } from './said.ts'

export function hearMessages(said: Said, event: Fields): void {
  const { type, index } = event
  if (type === 'message')
    for (const [place, block] of listOf(event['content']).entries()) hearBlock(said, `${place}`, block)
  else if (type === 'content_block_start') hearBlock(said, String(index), fieldsOf(event['content_block']))
  else if (type === 'content_block_delta') hearDelta(said, String(index), fieldsOf(event['delta']))
}

function hearBlock(said: Said, key: string, block: Fields): void {
  const { type } = block
  if (type === 'text') said.text(key, 'text', block['text'])
  else if (type === 'thinking') said.text(key, 'reasoning', block['thinking'])
  else if (type === 'tool_use' || type === 'server_tool_use' || type === 'mcp_tool_use')
    said.call(key, block['name'], isEmpty(block['input']) ? '' : JSON.stringify(block['input']))
  else if (type !== 'redacted_thinking') said.other(key, type, block)
}

/** The beginning of a call that is streamed says that it has none. */
const isEmpty = (input: unknown): boolean => Object.keys(fieldsOf(input)).length === 0

function hearDelta(said: Said, key: string, delta: Fields): void {
  said.text(key, 'text', delta['text'])
  said.text(key, 'reasoning', delta['thinking'])
  said.text(key, 'call', delta['partial_json'])
}
