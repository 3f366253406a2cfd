import type { ChatAnswer, ChatCall, ChatModel } from '../../language.ts'
import type { Fetch, ProviderSetting } from '../../provider.ts'
import { asked } from './asked.ts'
import { begun } from './begun.ts'
import { Parts, type Adapt } from './parts.ts'

export interface Chatting {
  readonly setting: ProviderSetting
  /** As it was asked for. */
  readonly model: string
  /** One for each call, so that a call has its own way to the network; without a call where nothing is asked yet. */
  readonly make: (fetch: Fetch, streams: boolean, call?: ChatCall) => ChatModel
  readonly prepare?: (call: ChatCall) => ChatCall
  readonly answered?: (answer: ChatAnswer) => ChatAnswer
  readonly adapting?: () => Adapt
  readonly holdsCalls?: boolean
  /** Parts that are not told are needed by `adapting`. */
  readonly readsRaw?: boolean
}

/**
 * A model of a provider’s package with its failures as `ModelError`: thrown where nothing of an answer came before it, else as the last
 * part of the stream. A failure holds nothing of the key and nothing of what was asked, and has no cause, which would.
 */
export function chatOver(chatting: Chatting): ChatModel {
  return new ChatOver(chatting)
}

class ChatOver implements ChatModel {
  readonly specificationVersion = 'v4'
  readonly provider: string
  readonly modelId: string
  readonly #chatting: Chatting

  constructor(chatting: Chatting) {
    this.provider = chatting.setting.name
    this.modelId = chatting.model
    this.#chatting = chatting
  }

  get supportedUrls(): ChatModel['supportedUrls'] {
    return this.#chatting.make(this.#chatting.setting.fetch, false).supportedUrls
  }

  doGenerate(call: ChatCall): Promise<ChatAnswer> {
    return generate(this.#chatting, call)
  }

  doStream(call: ChatCall): ReturnType<ChatModel['doStream']> {
    return stream(this.#chatting, call)
  }
}

async function generate(chatting: Chatting, call: ChatCall): Promise<ChatAnswer> {
  const { setting, make, prepare, answered } = chatting
  const asking = asked(setting, call.abortSignal, call.prompt, false)
  try {
    const prepared = prepare === undefined ? call : prepare(call)
    const raw = await make(asking.guard.fetch, false, prepared).doGenerate({
      ...prepared,
      abortSignal: asking.guard.signal,
    })
    const answer = answered === undefined ? raw : answered(raw)
    if (answer.content.length === 0 && answer.finishReason.unified === 'other' && answer.finishReason.raw === undefined)
      throw new Unanswered(asking.guard.status(), raw.response?.body)
    return lean(answer)
  } catch (error) {
    throw asking.failed(error)
  }
}

/** Without what was asked, and without a second copy of the answer. */
function lean({ request: _request, response, ...answer }: ChatAnswer): ChatAnswer {
  const { body: _body, ...rest } = response ?? {}
  return { ...answer, response: rest }
}

async function stream(chatting: Chatting, call: ChatCall): Promise<Streaming> {
  const { setting, make, prepare, adapting, holdsCalls = false, readsRaw = false } = chatting
  const asking = asked(setting, call.abortSignal, call.prompt, true)
  try {
    const prepared = prepare === undefined ? call : prepare(call)
    const tellsRaw = call.includeRawChunks === true
    const answer = await make(asking.guard.fetch, true, prepared).doStream({
      ...prepared,
      abortSignal: asking.guard.signal,
      includeRawChunks: tellsRaw || readsRaw,
    })
    const parts = new Parts({
      stream: answer.stream,
      adapt: adapting?.() ?? ((part) => [part]),
      holdsCalls,
      tellsRaw,
      failureOf: asking.failureOf,
    })
    return {
      stream: await begun(parts, asking.guard),
      ...(answer.response === undefined ? {} : { response: answer.response }),
    }
  } catch (error) {
    throw asking.failed(error)
  }
}

type Streaming = Awaited<ReturnType<ChatModel['doStream']>>

/** A body that holds nothing of an answer, and perhaps an error that the package did not look for. */
class Unanswered extends Error {
  readonly statusCode: number | undefined
  readonly responseBody: unknown

  constructor(statusCode: number | undefined, responseBody: unknown) {
    super('an answer of nothing')
    this.statusCode = statusCode
    this.responseBody = responseBody ?? ''
  }
}
