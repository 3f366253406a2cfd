import type { ChatCall } from '../../language.ts'
import type { WireCall } from '../protocol.ts'
import {
  filledList,
  filledText,
  flag,
  list,
  listOf,
  needed,
  notSupported,
  number,
  object,
  oneOf,
  optional,
  present,
  text,
  wholeFrom,
  type Fields,
  type Kind,
} from './fields.ts'
import { readMessages } from './read-messages.ts'
import { readOpenaiOptions } from './read-openai-options.ts'
import { readResponseFormat } from './read-response-format.ts'
import { readTools } from './read-tools.ts'

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** A request of `/v1/chat/completions`. Fields that nobody knows are passed over, as other servers of this protocol do. */
export function readRequest(body: unknown): WireCall {
  const fields = object(body, '')
  refuseWhatIsNotDone(fields)
  const streamOptions = optional(fields, 'stream_options', '', object) ?? {}
  const { tools, toolChoice, isLegacy } = readTools(fields)
  const { responseFormat, strict } = readResponseFormat(fields)
  const openai = readOpenaiOptions(fields, { strictJsonSchema: strict, isLegacy })
  const onlyOneCall = openai?.['parallelToolCalls'] === false
  const providerOptions = {
    ...(openai === undefined ? {} : { openai }),
    ...(onlyOneCall ? { anthropic: { disableParallelToolUse: true } } : {}),
  }
  const call: ChatCall = present({
    prompt: readMessages(needed(fields, 'messages', '', filledList)),
    maxOutputTokens: readMost(fields),
    temperature: optional(fields, 'temperature', '', number),
    stopSequences: optional(fields, 'stop', '', stop),
    topP: optional(fields, 'top_p', '', number),
    presencePenalty: optional(fields, 'presence_penalty', '', number),
    frequencyPenalty: optional(fields, 'frequency_penalty', '', number),
    responseFormat,
    seed: optional(fields, 'seed', '', wholeFrom(-Infinity)),
    tools,
    toolChoice,
    reasoning: optional(fields, 'reasoning_effort', '', oneOf(efforts)),
    providerOptions: Object.keys(providerOptions).length === 0 ? undefined : providerOptions,
  })
  return {
    model: needed(fields, 'model', '', filledText),
    stream: optional(fields, 'stream', '', flag) ?? false,
    call,
    form: {
      includeUsage: optional(streamOptions, 'include_usage', 'stream_options', flag) ?? false,
      functionCall: isLegacy,
    },
  }
}

/** Both are checked; the newer name counts. */
function readMost(fields: Fields): number | undefined {
  const older = optional(fields, 'max_tokens', '', wholeFrom(1))
  return optional(fields, 'max_completion_tokens', '', wholeFrom(1)) ?? older
}

const stop: Kind<string[] | undefined> = (value, path) => {
  const all = typeof value === 'string' ? [value] : listOf(text)(value, path)
  return all.length === 0 ? undefined : all
}

/** What would silently be something else than was asked for. */
function refuseWhatIsNotDone(fields: Fields): void {
  if ((optional(fields, 'n', '', wholeFrom(1)) ?? 1) > 1) {
    throw notSupported('n', 'One answer can be asked for at a time.')
  }
  if (optional(fields, 'modalities', '', list)?.some((modality) => modality !== 'text') === true) {
    throw notSupported('modalities', 'Only text can be answered here.')
  }
  for (const name of ['web_search_options', 'moderation']) {
    if (optional(fields, name, '', object) === undefined) continue
    throw notSupported(name, `There is no ${name.split('_').slice(0, 2).join(' ')} here.`)
  }
}
