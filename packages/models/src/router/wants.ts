import type { Ability } from './needs.ts'

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})

/**
 * What a request asks of a model, by the fields of whichever protocol it is in: for the record of calls that nobody had to read. Less sure
 * than `needsOf`, and a hundredth of its work.
 */
export function wantsIn(json: Fields, streaming: boolean): readonly Ability[] {
  const wants: Ability[] = []
  const { tools, functions, reasoning_effort: effort, reasoning, thinking, logprobs, top_logprobs: top } = json
  if (isFilled(tools) || isFilled(functions)) wants.push('tools')
  const format = formatIn(json)
  if (format !== undefined) wants.push(format)
  addMedia(json['messages'] ?? json['input'], wants)
  const asks = effort ?? fieldsOf(reasoning)['effort'] ?? fieldsOf(json['output_config'])['effort']
  const thinks = fieldsOf(thinking)['type']
  if ((typeof asks === 'string' && asks !== 'none') || thinks === 'enabled' || thinks === 'adaptive')
    wants.push('reasoning')
  if (logprobs === true || (typeof top === 'number' && top > 0)) wants.push('logprobs')
  if (streaming) wants.push('streaming')
  return wants
}

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0

function formatIn(json: Fields): 'schema' | 'json' | undefined {
  const { response_format: chat, text, output_config: output, output_format: former } = json
  const type = fieldsOf(chat ?? fieldsOf(text)['format'] ?? fieldsOf(output)['format'] ?? former)['type']
  return type === 'json_schema' ? 'schema' : type === 'json_object' ? 'json' : undefined
}

const media: Readonly<Record<string, Ability>> = {
  image_url: 'images',
  input_image: 'images',
  image: 'images',
  input_audio: 'audio',
  file: 'pdf',
  input_file: 'pdf',
  document: 'pdf',
}

function addMedia(messages: unknown, wants: Ability[]): void {
  for (const message of Array.isArray(messages) ? messages : []) {
    const { content } = fieldsOf(message)
    for (const part of Array.isArray(content) ? content : []) {
      const ability = media[String(fieldsOf(part)['type'])]
      if (ability !== undefined && !wants.includes(ability)) wants.push(ability)
    }
  }
}
