import type { ProtocolName } from '../provider.ts'
import type { WireProtocol } from '../wire/protocol.ts'
import type { Recorded } from './recording-sink.ts'

/** How an answer ends that is whole, in the words of its protocol. What was cut, filtered or refused is not kept. */
const whole: Readonly<Record<Exclude<ProtocolName, 'openai-embeddings'>, RegExp>> = {
  'openai-chat': /^(stop|tool_calls|function_call)$/,
  'openai-responses': /^completed$/,
  'anthropic-messages': /^(end_turn|stop_sequence|tool_use)$/,
  // What Hearth asks itself, it asks; and what was ranked is not kept.
  inner: /(?!)/,
  rerank: /(?!)/,
}

/** Words of a refusal stand in a field of their own, or in a part of their own. In an answer's text the quotes would be masked. */
const refusal = /"refusal"\s*:\s*"[^"]|"type"\s*:\s*"refusal"|"refusal\.delta"/
const call = /"(?:tool_calls|function_call)"\s*:\s*[[{]|"type"\s*:\s*"(?:tool_use|function_call|custom_tool_call)"/

export interface Worth {
  readonly form: 'whole' | 'stream'
  /** It asks the client to do something: nothing that another question may be answered with. */
  readonly calls: boolean
}

/** Null where an answer is not to be given again. */
export function worthOf({ status, contentType, body }: Recorded, wire: WireProtocol): Worth | null {
  if (status !== 200) return null
  const form = contentType.startsWith('text/event-stream') ? 'stream' : 'whole'
  const { name } = wire
  if (name === 'openai-embeddings') return { form, calls: false }
  const meter = wire.meter()
  if (form === 'stream') meter.push(body)
  const { finish, ended, error } = form === 'stream' ? meter.read() : meter.whole(body)
  if (!ended || error !== undefined || finish === undefined || !whole[name].test(finish)) return null
  const text = body.toString('utf8')
  return refusal.test(text) ? null : { form, calls: call.test(text) }
}
