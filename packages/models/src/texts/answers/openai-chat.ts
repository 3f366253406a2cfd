import { withoutData } from '../media.ts'
import { fieldsOf, type Fields } from '../../fields.ts'
import { listOf, type Said } from './said.ts'

/** An event of a stream, or a whole answer: both have their choices. */
export function hearChat(said: Said, event: Fields): void {
  for (const [place, choice] of listOf(event['choices']).entries()) {
    const index = typeof choice['index'] === 'number' ? choice['index'] : place
    hearMessage(said, fieldsOf(choice['delta'] ?? choice['message']), index)
    said.text(`${index} text`, 'text', choice['text'], index)
  }
}

function hearMessage(said: Said, message: Fields, choice: number): void {
  const { content } = message
  said.text(`${choice} reasoning`, 'reasoning', message['reasoning_content'] ?? message['reasoning'], choice)
  if (Array.isArray(content))
    for (const part of listOf(content)) said.text(`${choice} text`, 'text', part['text'], choice)
  else said.text(`${choice} text`, 'text', content, choice)
  said.text(`${choice} refusal`, 'refusal', message['refusal'], choice)
  said.text(`${choice} audio`, 'audio', fieldsOf(message['audio'])['transcript'], choice)
  for (const image of listOf(message['images']))
    said.text(`${choice} image`, 'image', withoutData(String(fieldsOf(image['image_url'])['url'] ?? '')), choice)
  for (const [place, call] of listOf(message['tool_calls']).entries()) {
    const { name, arguments: input } = fieldsOf(call['function'] ?? call['custom'])
    const index = typeof call['index'] === 'number' ? call['index'] : place
    said.call(`${choice} call ${index}`, name, input ?? fieldsOf(call['custom'])['input'], choice)
  }
  const old = message['function_call']
  if (old != null) said.call(`${choice} call`, fieldsOf(old)['name'], fieldsOf(old)['arguments'], choice)
}
