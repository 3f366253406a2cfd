import { HearthError } from '@hearth/protocol'
import type { ChatCall } from '../../language.ts'
import type { Exchange } from '../exchange.ts'
import { askedMost } from '../worst-cost.ts'
import { instruction, mostLeft } from './next-call.ts'
import type { GoesOn } from './unfinished.ts'

/** The call that goes on with an answer; null where it asks for what two models cannot tell between them. */
export function nextExchange(exchange: Exchange, goesOn: GoesOn): Exchange | null {
  const { json, body } = exchange
  if (!isPlain(readOrNull(exchange), json)) return null
  const { text } = goesOn.telling
  const most = askedMost(json)
  const bound = most === undefined ? {} : bounded(json, mostLeft(most, text))
  // What it may cost goes by its bytes.
  const more = Buffer.from(JSON.stringify([text, instruction(text)]))
  return { ...exchange, goesOn, json: { ...json, ...bound }, body: Buffer.concat([body, more]) }
}

function readOrNull({ asked }: Exchange): ChatCall | null {
  try {
    return asked().call
  } catch (error) {
    // What can only be passed on as it is.
    if (error instanceof HearthError) return null
    throw error
  }
}

/** Half a structure, and figures of its tokens, are of use with the other half of the same model alone; tools that run at the provider are its own. */
function isPlain(call: ChatCall | null, { n }: Exchange['json']): boolean {
  if (call === null || (typeof n === 'number' && n > 1)) return false
  const { responseFormat, tools = [], providerOptions } = call
  const isStructured = responseFormat !== undefined && responseFormat.type !== 'text'
  const { logprobs } = providerOptions?.['openai'] ?? {}
  return !isStructured && (logprobs == null || logprobs === false) && tools.every(({ type }) => type === 'function')
}

const names = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const

const bounded = (json: Exchange['json'], most: number): Exchange['json'] =>
  Object.fromEntries(names.filter((name) => json[name] != null).map((name) => [name, most]))
