import type { ChatAnswer, ChatContent, JSONObject, JSONValue } from '../../language.ts'
import type { AnswerFacts, WireCall } from '../protocol.ts'
import { isRecord } from './fields.ts'
import { writeStop } from './stop.ts'
import { shownOf, type Shown } from './thinking.ts'
import { writeUsage, type WrittenUsage } from './usage.ts'

export function writeWhole(asked: WireCall, answer: ChatAnswer, facts: AnswerFacts): JSONObject {
  const shown = shownOf(asked)
  const content = answer.content.flatMap((part) => writeBlock(part, shown))
  const calledTools = content.some(({ type }) => type === 'tool_use')
  return {
    ...messageOf(facts, writeUsage(answer.usage)),
    content,
    ...writeStop(answer.finishReason, answer.providerMetadata, calledTools),
  }
}

/** A message of which nothing has come yet. */
export const messageOf = ({ id, model }: AnswerFacts, usage: WrittenUsage): JSONObject => ({
  id,
  type: 'message',
  role: 'assistant',
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  container: null,
  diagnostics: null,
  usage: { ...usage, inference_geo: null, service_tier: null, speed: null },
})

/** Files, sources and what a provider runs of its own have no form here that the clients of other providers would know. */
function writeBlock(part: ChatContent, shown: Shown): JSONObject[] {
  switch (part.type) {
    case 'text':
      // An empty one would be refused when the client hands it back.
      return part.text === '' ? [] : [{ ...textBlock(part.text), citations: citationsOf(part) ?? null }]
    case 'reasoning':
      return writeThought(part.text, part.providerMetadata, shown)
    case 'tool-call':
      return part.providerExecuted === true ? [] : [toolUseBlock(part.toolCallId, part.toolName, inputOf(part.input))]
    default:
      return []
  }
}

type Metadata = ChatAnswer['providerMetadata']

function writeThought(words: string, metadata: Metadata, shown: Shown): JSONObject[] {
  const { signature, redactedData } = signed(metadata)
  if (redactedData !== undefined) return [redactedBlock(redactedData)]
  if (!isThoughtShown(shown, metadata?.anthropic !== undefined))
    return signature === undefined ? [] : [thinkingBlock('', signature)]
  return [thinkingBlock(words, signature ?? '')]
}

export const isThoughtShown = (shown: Shown, isOfAnthropic: boolean): boolean =>
  shown === 'shown' || (shown === 'unasked' && isOfAnthropic)

export function signed(metadata: Metadata): { signature: string | undefined; redactedData: string | undefined } {
  const { signature, redactedData } = metadata?.anthropic ?? {}
  return {
    signature: typeof signature === 'string' ? signature : undefined,
    redactedData: typeof redactedData === 'string' ? redactedData : undefined,
  }
}

/** In the protocol's own form: an adapter of another provider has none. */
export function citationsOf(part: { readonly providerMetadata?: Metadata }): JSONValue[] | undefined {
  const citations = part.providerMetadata?.anthropic?.citations
  return Array.isArray(citations) && citations.length > 0 ? citations : undefined
}

export const textBlock = (text: string): JSONObject => ({ type: 'text', text, citations: null })
export const thinkingBlock = (thinking: string, signature: string): JSONObject => ({
  type: 'thinking',
  thinking,
  signature,
})
export const redactedBlock = (data: string): JSONObject => ({ type: 'redacted_thinking', data })
export const toolUseBlock = (id: string, name: string, input: JSONObject): JSONObject => ({
  type: 'tool_use',
  id,
  name,
  input,
  caller: { type: 'direct' },
})

/** A model may stop in the middle of the arguments. Anthropic advises this form for what is no JSON. */
export function inputOf(text: string): JSONObject {
  if (text.trim() === '') return {}
  try {
    const input: unknown = JSON.parse(text)
    if (isRecord(input)) return input as JSONObject
  } catch {
    // Said below.
  }
  return { INVALID_JSON: text }
}
