import { failureOfAnswer } from '../../failure-of.ts'
import type { ModelFailure } from '../../failure.ts'
import type { JSONObject, Usage } from '../../language.ts'
import type { Metered, WireMeter } from '../protocol.ts'
import { garbled } from '../sse/garbled.ts'
import { createSseReader, type SseReader } from '../sse/reader.ts'
import { fieldsOf, isFields, type Fields } from '../../fields.ts'

const nothing: Metered = { usage: undefined, finish: undefined, ended: false, began: false, error: undefined }

/** The last event of a stream repeats the whole answer, pictures too. */
const largestEvent = 33_554_432

/** Follows what a provider of this protocol answers. Of a stream it parses the last event, and those without a name that may be it. */
export function createMeter(): WireMeter {
  let seen = nothing
  let isGarbled = false
  /** Made with the first piece of a stream. */
  let reader: SseReader | undefined
  const makeReader = (): SseReader =>
    createSseReader((event, data) => {
      if (event !== 'error' && !data.startsWith('[DONE]') && garbled(data.trimEnd())) isGarbled = true
      const type = event ?? typeIn(data)
      if (type.endsWith('.delta')) seen = seen.began ? seen : { ...seen, began: true }
      else if (mayEnd.has(type)) seen = after(seen, endIn(type, parsed(data)))
    }, largestEvent)
  return {
    whole: (body) => after(nothing, parsed(body.toString())),
    push: (chunk) => (reader ??= makeReader()).push(chunk),
    read: () => seen,
    isGarbled: () => isGarbled,
    // The event that an answer ends with says how it ended, and so is the last.
    lacks: () => (seen.ended ? '' : null),
  }
}

/** The empty one is that of an event whose type is not known, such as an error in a form of its own. */
const mayEnd = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error', ''])

const typeStart = '{"type":"'

/** Servers that are only compatible may leave the name out; then nearly all begin with the type all the same. */
function typeIn(data: string): string {
  if (data.startsWith(typeStart)) return data.slice(typeStart.length, data.indexOf('"', typeStart.length))
  const { type } = parsed(data)
  return typeof type === 'string' ? type : ''
}

/** The response that an event is the end of. The fields of an error stand in the event, or in one of their own. */
function endIn(type: string, event: Fields): Fields {
  const { response, error } = event
  if (type.startsWith('response.'))
    return isFields(response) ? { status: type.slice('response.'.length), ...response } : {}
  return type === 'error' ? { error: fieldsOf(error ?? event) } : { error }
}

/** What is known with a response, or with an error in the place of one. */
function after(seen: Metered, response: Fields): Metered {
  const { status, output, error: said } = response
  const hasFailed = status === 'failed' || isFields(said)
  const error = seen.error ?? (hasFailed ? failureIn(fieldsOf(said)) : undefined)
  return {
    usage: usageIn(response) ?? seen.usage,
    finish: finishIn(response) ?? seen.finish,
    ended: error === undefined && (seen.ended || status === 'completed' || status === 'incomplete'),
    began: seen.began || (Array.isArray(output) && output.length > 0),
    error,
  }
}

function finishIn({ status, incomplete_details: details }: Fields): string | undefined {
  const { reason } = fieldsOf(details)
  if (status === 'incomplete' && typeof reason === 'string') return reason
  return typeof status === 'string' ? status : undefined
}

const failureIn = ({ code, message, param, type }: Fields): ModelFailure =>
  failureOfAnswer({ status: 200, headers: {}, body: JSON.stringify({ error: { code, message, param, type } }) })

function usageIn(response: Fields): Usage | undefined {
  const usage = fieldsOf(response['usage'])
  const [input, output] = [tokensIn(usage, 'input_tokens'), tokensIn(usage, 'output_tokens')]
  if (input === undefined && output === undefined) return undefined
  const ofInput = fieldsOf(usage['input_tokens_details'])
  const cached = tokensIn(ofInput, 'cached_tokens') ?? 0
  const written = tokensIn(ofInput, 'cache_write_tokens')
  const reasoning = tokensIn(fieldsOf(usage['output_tokens_details']), 'reasoning_tokens') ?? 0
  return {
    inputTokens: {
      total: input ?? 0,
      noCache: Math.max(0, (input ?? 0) - cached - (written ?? 0)),
      cacheRead: cached,
      cacheWrite: written,
    },
    outputTokens: { total: output ?? 0, text: Math.max(0, (output ?? 0) - reasoning), reasoning },
    raw: usage as JSONObject,
  }
}

function tokensIn(usage: Fields, name: string): number | undefined {
  const tokens = usage[name]
  return Number.isSafeInteger(tokens) && (tokens as number) >= 0 ? (tokens as number) : undefined
}

function parsed(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return {}
  }
}
