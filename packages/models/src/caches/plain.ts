import type { Exchange } from '../gateway/exchange.ts'
import type { ChatCall } from '../language.ts'
import type { WireCall } from '../wire/protocol.ts'
import { isPlainRequest } from './plain-request.ts'

/** Fields that change nothing of the form in which an answer comes. */
const ofForm: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'input',
  'instructions',
  'system',
  'temperature',
  'top_p',
  'top_k',
  'n',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'stop',
  'stop_sequences',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'store',
  'seed',
  'user',
  'metadata',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'reasoning_effort',
  'service_tier',
  'prompt_cache_key',
  'safety_identifier',
])

type Asked = Pick<Exchange, 'json' | 'dialect' | 'asked' | 'protocol'>

/** What is asked, where an answer of words and calls of the client's tools is all that can come. */
export function plainIn(exchange: Asked): WireCall | null {
  const { json, protocol } = exchange
  if (protocol === 'inner' || protocol === 'openai-embeddings') return null
  if (!Object.keys(json).every((name) => ofForm.has(name))) return null
  const asked = read(exchange)
  const { responseFormat, tools = [] } = asked?.call ?? {}
  return responseFormat?.type === 'json' || tools.some(({ type }) => type !== 'function') ? null : asked
}

/** The same without what depends on the protocol; null where something of it has no word in the others. */
export function meantBy(
  { json, dialect, protocol }: Asked,
  { call }: WireCall,
): Omit<ChatCall, 'providerOptions'> | null {
  const { providerOptions, ...rest } = call
  const isUsual = Object.entries(providerOptions ?? {}).every(([name, options]) =>
    Object.entries(options).every(([option, value]) => value === false && usual[name] === option),
  )
  const isDialect = Object.keys(dialect).some((name) => name !== 'anthropic-version')
  return isUsual && !isDialect && isPlainRequest(protocol, json) ? rest : null
}

/** What a protocol's own way to ask is told by when a call is read, and says nothing more. */
const usual: Readonly<Record<string, string>> = { openai: 'store', anthropic: 'toolStreaming' }

function read({ asked }: Asked): WireCall | null {
  try {
    return asked()
  } catch {
    return null
  }
}
