import { failureOf } from '../../failure-of.ts'
import type { ChatPart } from '../../language.ts'
import type { AnswerFacts, WireCall, WireFailure, WireStream } from '../protocol.ts'
import { sseEvent } from '../sse/writer.ts'
import { errorEvent, responseError, toldOf } from './failure.ts'
import { Output, type BegunOutput } from './output.ts'
import { formOf } from './read.ts'
import { brokeOff, newResponse, responseOf, seedOf, serviceTierOf, standingOf, type ResponseState } from './response.ts'

type ResponseEvent = { readonly type: string; readonly [field: string]: unknown }
type Finish = Extract<ChatPart, { readonly type: 'finish' }>

/** Of no concern to the client, or not before the end. */
const silent = new Set<ChatPart['type']>(['stream-start', 'response-metadata', 'raw', 'ping', 'finish'])

/** An answer that somebody else has begun to tell. */
export interface BegunResponse extends BegunOutput {
  /** The number of the next event. */
  readonly sequence: number
}

/** Encodes one answer as the events of a response. The first of them come with the first piece of the answer, never before. */
export function writeStream(asked: WireCall, facts: AnswerFacts, begun?: BegunResponse): WireStream {
  const form = formOf(asked)
  let written = ''
  let sequence = begun?.sequence ?? 0
  let stage: 'new' | 'begun' | 'over' = begun === undefined ? 'new' : 'begun'
  let finish: Finish | undefined

  const emit = (event: ResponseEvent): void => {
    written += sseEvent(JSON.stringify({ ...event, sequence_number: sequence }), event.type)
    sequence += 1
  }
  const flush = (): string => {
    const text = written
    written = ''
    return text
  }
  const output = new Output({ form, seed: seedOf(facts), emit, begun })
  const tell = (name: string, state: ResponseState): void =>
    emit({ type: `response.${name}`, response: responseOf(form, facts, state) })
  const begin = (): void => {
    if (stage !== 'new') return
    stage = 'begun'
    tell('created', newResponse)
    tell('in_progress', newResponse)
  }
  const fail = (failure: WireFailure): string => {
    if (stage === 'over') return ''
    begin()
    stage = 'over'
    const told = toldOf(failure)
    const standing = { status: 'failed', error: responseError(told) } as const
    // In the order that OpenAI sends them in. Clients that raise see the first alone.
    emit(errorEvent(told))
    tell('failed', { ...newResponse, standing, output: output.items(), usage: finish?.usage })
    return flush()
  }

  return {
    push: (part) => {
      if (stage === 'over') return ''
      if (part.type === 'error') return fail({ type: 'model', failure: failureOf(part.error) })
      if (part.type === 'finish') finish = part
      if (silent.has(part.type)) return ''
      begin()
      output.take(part)
      return flush()
    },
    end: () => {
      if (stage === 'over') return ''
      const standing = standingOf(finish?.finishReason)
      if (standing.status === 'failed' || standing.status === 'in_progress') return fail(brokeOff)
      begin()
      stage = 'over'
      const { usage, providerMetadata } = finish ?? {}
      output.close(standing.status, providerMetadata)
      tell(standing.status, {
        standing,
        output: output.items(),
        usage,
        serviceTier: serviceTierOf(providerMetadata),
      })
      return flush()
    },
    fail,
  }
}
