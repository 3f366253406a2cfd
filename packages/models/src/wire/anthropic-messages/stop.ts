import type { ChatAnswer, FinishReason, JSONObject } from '../../language.ts'
import { isRecord } from './fields.ts'

type Unified = FinishReason['unified']

/** The words of this protocol, with what each means in the neutral form. */
const words: Readonly<Record<string, Unified>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content-filter',
}

const usual: Readonly<Record<Unified, string>> = {
  stop: 'end_turn',
  'tool-calls': 'tool_use',
  length: 'max_tokens',
  'content-filter': 'refusal',
  error: 'end_turn',
  interrupted: 'end_turn',
  other: 'end_turn',
}

/** How the answer ended, as this protocol says it. `metadata`: what the provider's adapter told of the answer beside it. */
export function writeStop(
  { unified, raw }: FinishReason,
  metadata: ChatAnswer['providerMetadata'],
  calledTools: boolean,
): JSONObject {
  const told = metadata?.anthropic ?? {}
  return {
    stop_reason: stopReason(unified, raw, calledTools),
    stop_sequence: typeof told.stopSequence === 'string' ? told.stopSequence : null,
    stop_details: stopDetails(told.stopDetails),
  }
}

function stopReason(unified: Unified, raw: string | undefined, calledTools: boolean): string {
  if (raw !== undefined && Object.hasOwn(words, raw) && words[raw] === unified) return raw
  // Some servers say that the answer simply ended; this protocol's clients run tools for this one word alone.
  return calledTools && (unified === 'stop' || unified === 'other') ? 'tool_use' : usual[unified]
}

function stopDetails(told: unknown): JSONObject | null {
  if (!isRecord(told)) return null
  const { category = null, explanation = null } = told as JSONObject
  return { type: 'refusal', category, explanation }
}
