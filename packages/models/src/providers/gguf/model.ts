import { failureOf } from '../../failure-of.ts'
import { ModelError, type ModelFailure } from '../../failure.ts'
import type { ChatAnswer, ChatCall, ChatModel, ChatPart } from '../../language.ts'
import { whyStopped } from '../asking/asked.ts'
import { begun } from '../asking/begun.ts'
import { Parts } from '../asking/parts.ts'
import { askOf } from './asking.ts'
import { partsFrom } from './parts.ts'
import type { Runner } from './runner.ts'
import type { Said } from './words.ts'

/** A model that runs here, as those of the providers behave: failures are `ModelError`s, thrown where nothing was said before. */
export function localModel(provider: string, model: string, runner: Pick<Runner, 'ask'>): ChatModel {
  return {
    specificationVersion: 'v4',
    provider,
    modelId: model,
    supportedUrls: {},
    doGenerate: (call) => whole(runner, call),
    doStream: async (call) => {
      const { parts, stop } = asked(runner, call)
      return { stream: await begun(parts, { begun: () => undefined, close: stop }) }
    },
  }
}

function asked(runner: Pick<Runner, 'ask'>, call: ChatCall): { readonly parts: Parts; readonly stop: () => void } {
  const { abortSignal: signal } = call
  if (signal?.aborted === true) throw new ModelError(whyStopped(signal))
  const queue = new Queue()
  const stopAsking = runner.ask(askOf(call), (said) => queue.push(said))
  const stop = (): void => {
    stopAsking()
    queue.push({ type: 'failed', failure: signal?.aborted === true ? whyStopped(signal) : notWaited })
  }
  signal?.addEventListener('abort', stop, { once: true })
  const done = (): void => signal?.removeEventListener('abort', stop)
  const parts = new Parts({
    stream: streamFrom(partsFrom(queue.said(done))),
    adapt: (part) => [part],
    holdsCalls: false,
    tellsRaw: false,
    failureOf: (error) => (signal?.aborted === true ? whyStopped(signal) : failureOf(error)),
  })
  return { parts, stop }
}

const notWaited: ModelFailure = { type: 'stopped', detail: 'nobody waits for it any more' }

/** What was said and not yet read. A model says less in a second than anybody reads, and an answer is as long as its context. */
class Queue {
  readonly #said: Said[] = []
  #wake: () => void = () => undefined

  push(said: Said): void {
    this.#said.push(said)
    this.#wake()
  }

  /** To the first that is an end. */
  async *said(done: () => void): AsyncGenerator<Said> {
    try {
      for (;;) {
        const said = this.#said.shift()
        if (said === undefined) await new Promise<void>((resolve) => (this.#wake = resolve))
        else {
          yield said
          if (said.type === 'ended' || said.type === 'failed') return
        }
      }
    } finally {
      done()
    }
  }
}

function streamFrom(parts: AsyncGenerator<ChatPart>): ReadableStream<ChatPart> {
  return new ReadableStream<ChatPart>(
    {
      pull: async (controller) => {
        const { done, value } = await parts.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
}

async function whole(runner: Pick<Runner, 'ask'>, call: ChatCall): Promise<ChatAnswer> {
  const { parts, stop } = asked(runner, call)
  const content: ChatAnswer['content'] = []
  let text = ''
  for (let part = await parts.next(); part !== null; part = await parts.next()) {
    if (part.type === 'error') {
      stop()
      throw part.error as ModelError
    }
    if (part.type === 'text-delta') text += part.delta
    if (part.type === 'text-end') content.push({ type: 'text', text })
    if (part.type === 'tool-call') content.push(part)
    if (part.type === 'finish') {
      const { finishReason, usage, providerMetadata } = part
      return {
        content,
        finishReason,
        usage,
        warnings: [],
        ...(providerMetadata === undefined ? {} : { providerMetadata }),
      }
    }
  }
  throw new ModelError({ type: 'lost', detail: 'the answer broke off' })
}
