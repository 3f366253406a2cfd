import { failureOf } from '../../failure-of.ts'
import type { ModelFailure } from '../../failure.ts'
import type { ChatPart } from '../../language.ts'
import type { AnswerFacts, WireCall, WireFailure, WireStream } from '../protocol.ts'
import { sseEvent } from '../sse/writer.ts'
import { createCallDeltas } from './call-deltas.ts'
import { writeFailure } from './errors.ts'
import { finishOf, logprobsOf } from './finish.ts'
import { writeUsage } from './usage.ts'

type Finished = Extract<ChatPart, { type: 'finish' }>

const brokeOff: ModelFailure = { type: 'lost', detail: 'The answer broke off.' }

/** Encodes one answer as `chat.completion.chunk` events. The first of them comes with the first piece of the answer, never before. */
export function writeStream(asked: WireCall, { id, model, at }: AnswerFacts): WireStream {
  const withUsage = asked.form['includeUsage'] === true
  const form = asked.form['functionCall'] === true ? 'function_call' : 'tool_calls'
  const calls = createCallDeltas(form)
  const created = Math.floor(at / 1000)
  const facts = JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1)
  // As OpenAI does it: who asked for usage gets a null of it in every chunk before.
  const tail = withUsage ? '],"usage":null}' : ']}'
  let hasBegun = false
  let state: 'open' | 'finished' | 'failed' = 'open'

  const chunk = (delta: object, logprobs = 'null', finish = 'null'): string =>
    sseEvent(
      `${facts},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"logprobs":${logprobs},"finish_reason":${finish}}${tail}`,
    )

  const say = (deltas: readonly object[], content: '' | null): string => {
    if (deltas.length === 0) return ''
    const role = hasBegun ? '' : chunk({ role: 'assistant', content, refusal: null })
    hasBegun = true
    return role + deltas.map((delta) => chunk(delta)).join('')
  }

  const finish = ({ finishReason, usage, providerMetadata }: Finished): string => {
    if (finishReason.unified === 'error' || finishReason.unified === 'interrupted') {
      return fail({ type: 'model', failure: brokeOff })
    }
    state = 'finished'
    const told = logprobsOf(providerMetadata)
    const logprobs = told === undefined ? 'null' : JSON.stringify({ content: told, refusal: null })
    const reason = JSON.stringify(finishOf(finishReason, calls.some ? form : 'none'))
    const role = hasBegun ? '' : chunk({ role: 'assistant', content: '', refusal: null })
    return say(calls.end(), null) + role + chunk({}, logprobs, reason) + (withUsage ? usageChunk(usage) : '')
  }

  const usageChunk = (usage: Finished['usage']): string => {
    const written = writeUsage(usage)
    return written === undefined ? '' : sseEvent(`${facts},"choices":[],"usage":${JSON.stringify(written)}}`)
  }

  /** Clients raise on an event with `error`. No `[DONE]` follows: to whoever passed over the error, that would be a good end. */
  const fail = (failure: WireFailure): string => {
    if (state === 'failed') return ''
    state = 'failed'
    return sseEvent(JSON.stringify(writeFailure(failure).body))
  }

  return {
    push: (part) => {
      if (state !== 'open') return ''
      switch (part.type) {
        case 'text-delta':
          return part.delta === '' ? '' : say([{ content: part.delta }], '')
        case 'reasoning-delta':
          return part.delta === '' ? '' : say([{ reasoning_content: part.delta }], null)
        case 'tool-input-start':
          return say(calls.start(part), null)
        case 'tool-input-delta':
          return say(calls.piece(part), null)
        case 'tool-call':
          return say(calls.whole(part), null)
        case 'finish':
          return finish(part)
        case 'error':
          return fail({ type: 'model', failure: failureOf(part.error) })
        default:
          return ''
      }
    },
    end: () => {
      if (state === 'failed') return ''
      return state === 'finished' ? sseEvent('[DONE]') : fail({ type: 'model', failure: brokeOff })
    },
    fail,
  }
}
