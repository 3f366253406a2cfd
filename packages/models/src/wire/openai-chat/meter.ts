import { failureOfAnswer } from '../../failure-of.ts'
import type { ModelFailure } from '../../failure.ts'
import type { Usage } from '../../language.ts'
import type { Metered, WireMeter } from '../protocol.ts'
import { garbled } from '../sse/garbled.ts'
import { createSseReader, type SseReader } from '../sse/reader.ts'
import { sseEvent } from '../sse/writer.ts'
import { fieldsOf, readUsage } from './usage.ts'

type Fields = Readonly<Record<string, unknown>>

const lastWord = sseEvent('[DONE]')

/** Follows what a provider of this protocol answers. Of a stream it parses only events that can hold what is asked for. */
export function createMeter(): WireMeter {
  let usage: Usage | undefined
  let finish: string | undefined
  let error: ModelFailure | undefined
  let hasBegun = false
  let isDone = false
  let isGarbled = false
  /** Made with the first piece of a stream. */
  let reader: SseReader | undefined

  const take = (name: string | undefined, data: string): void => {
    const event = parsed(data)
    error ??= failureIn(event, data, name)
    usage = usageIn(event) ?? usage
    for (const choice of choicesIn(event)) {
      finish ??= finishIn(choice)
      hasBegun ||= saysSomething(fieldsOf(choice['delta'])) || saysSomething(choice)
    }
  }

  const makeReader = (): SseReader =>
    createSseReader((name, data) => {
      if (data.startsWith('[DONE]')) isDone = true
      else if (name !== 'error' && garbled(data.trimEnd())) isGarbled = true
      else if (!hasBegun || name === 'error' || telling.test(data)) take(name, data)
    })

  return {
    whole,
    push: (chunk) => (reader ??= makeReader()).push(chunk),
    isGarbled: () => isGarbled,
    // Servers that are only compatible end without the last word. What they said to the end is an answer nevertheless.
    read: () => {
      const ended = error === undefined && (isDone || finish !== undefined)
      return { usage, finish, ended, began: hasBegun, error }
    },
    lacks: () => (finish === undefined || error !== undefined ? null : isDone ? '' : lastWord),
  }
}

function whole(body: Buffer): Metered {
  const text = body.toString()
  const answer = parsed(text)
  const error = failureIn(answer, text)
  const choices = choicesIn(answer)
  const ended = error === undefined && choices.some((choice) => 'message' in choice || finishIn(choice) !== undefined)
  const began = choices.some((choice) => saysSomething(fieldsOf(choice['message'])) || saysSomething(choice))
  const finish = choices.map(finishIn).find((one) => one !== undefined)
  return { usage: usageIn(answer), finish, ended, began, error }
}

function parsed(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return {}
  }
}

/**
 * Whether a finish, usage or an error is there and not null, which they are in nearly every chunk. What matches and was not meant costs
 * a parse and nothing else. With the first name in full it takes more than twice the time.
 */
const telling = /(?:h_reason|usage|error)"(?!\s*:\s*null)/

/** `{"error": …}` is OpenAI's form; `{"object":"error", …}` was vLLM's; Groq has a place of its own for it. */
function failureIn(event: Fields, data: string, name?: string): ModelFailure | undefined {
  const ofGroq = fieldsOf(event['x_groq'])['error']
  if (isSaid(event['error']) || event['object'] === 'error' || name === 'error') return failureOf(data)
  return isSaid(ofGroq) ? failureOf(JSON.stringify({ error: ofGroq })) : undefined
}

const isSaid = (error: unknown): boolean =>
  typeof error === 'string' ? error !== '' : typeof error === 'object' && error !== null

const failureOf = (body: string): ModelFailure => failureOfAnswer({ status: 200, headers: {}, body })

/** So it has for usage. */
const usageIn = (event: Fields): Usage | undefined =>
  readUsage(event['usage']) ?? readUsage(fieldsOf(event['x_groq'])['usage'])

const choicesIn = ({ choices }: Fields): readonly Fields[] => (Array.isArray(choices) ? choices.map(fieldsOf) : [])

const finishIn = ({ finish_reason: finish }: Fields): string | undefined =>
  typeof finish === 'string' && finish !== '' ? finish : undefined

const said = ['content', 'reasoning_content', 'reasoning', 'refusal', 'text', 'tool_calls', 'function_call', 'audio']

const saysSomething = (delta: Fields): boolean =>
  said.some((field) => {
    const value = delta[field]
    return typeof value === 'string' ? value !== '' : Object.keys(value ?? {}).length > 0
  })
