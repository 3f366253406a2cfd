import { ModelError } from '../../failure.ts'
import type { ChatAnswer, ChatCall, ChatModel, ChatPart, FinishReason, Usage } from '../../language.ts'
import type { OpenProvider } from '../../provider.ts'
import { whyStopped } from '../asking/asked.ts'
import { lettersPerToken, tokensIn, usageOf } from '../asking/estimate.ts'
import { answerTo, type Answering } from './answering.ts'

export const open: OpenProvider = () => ({
  headers: {},
  chat: (model) => createDemo({ model }),
  list: async () => [{ id: 'demo', context: mostTokens }],
})

export interface DemoOptions {
  readonly model?: string
  /** Called between two words: the demo waits for nothing by itself. */
  readonly pause?: () => Promise<void>
}

const mostTokens = 32_768

/** A model that is a program: it needs no key and no network, and answers the same to the same. */
export function createDemo({ model = 'demo', pause }: DemoOptions = {}): ChatModel {
  return {
    specificationVersion: 'v4',
    provider: 'demo',
    modelId: model,
    supportedUrls: {},
    doGenerate: async (call) => whole(answered(model, call)),
    doStream: async (call) => ({ stream: streamOf(answered(model, call), call.abortSignal, pause) }),
  }
}

/** An answer within the limits of its call. */
interface Answered {
  readonly answer: Answering
  readonly finish: FinishReason
  readonly usage: Usage
  /** Sets the calls of this answer apart from those of others in the same conversation. */
  readonly turn: number
}

function answered(model: string, call: ChatCall): Answered {
  if (model !== 'demo')
    throw new ModelError({ type: 'unknown-model', detail: 'the demo has one model, and it is called demo' })
  stopIfAborted(call.abortSignal)
  const asked = tokensIn(call.prompt)
  if (asked > mostTokens)
    throw new ModelError({ type: 'too-long', detail: `the demo model takes ${mostTokens} tokens at most` })
  const { answer, finish } = limited(answerTo(call), call)
  return {
    answer,
    finish,
    usage: usageOf(asked, tokensIn(answer)),
    turn: call.prompt.length,
  }
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new ModelError(whyStopped(signal))
}

function limited(answer: Answering, { maxOutputTokens, stopSequences }: ChatCall): Pick<Answered, 'answer' | 'finish'> {
  if (answer.type === 'calls') return { answer, finish: { unified: 'tool-calls', raw: 'calls' } }
  const stops = (stopSequences ?? []).filter((stop) => stop !== '').map((stop) => answer.text.indexOf(stop))
  const text = answer.text.slice(0, Math.min(answer.text.length, ...stops.filter((at) => at >= 0)))
  const most = maxOutputTokens === undefined ? Infinity : maxOutputTokens * lettersPerToken
  if (text.length <= most) return { answer: { type: 'text', text }, finish: { unified: 'stop', raw: 'end' } }
  return { answer: { type: 'text', text: text.slice(0, most) }, finish: { unified: 'length', raw: 'limit' } }
}

function whole({ answer, finish, usage, turn }: Answered): ChatAnswer {
  const content: ChatAnswer['content'] =
    answer.type === 'text'
      ? [{ type: 'text', text: answer.text }]
      : answer.calls.map(({ name, input }, index) => ({
          type: 'tool-call',
          toolCallId: callId(turn, index),
          toolName: name,
          input: JSON.stringify(input),
        }))
  return { content, finishReason: finish, usage, warnings: [] }
}

const callId = (turn: number, index: number): string => `call_${turn}_${index + 1}`

function streamOf(
  answered: Answered,
  signal: AbortSignal | undefined,
  pause: (() => Promise<void>) | undefined,
): ReadableStream<ChatPart> {
  const parts = partsOf(answered)
  return new ReadableStream<ChatPart>(
    {
      pull: async (controller) => {
        try {
          stopIfAborted(signal)
          const { done, value } = parts.next()
          if (done === true) return controller.close()
          if (value.type === 'text-delta') await pause?.()
          controller.enqueue(value)
        } catch (error) {
          controller.enqueue({ type: 'error', error })
          controller.close()
        }
      },
    },
    { highWaterMark: 0 },
  )
}

function* partsOf({ answer, finish, usage, turn }: Answered): Generator<ChatPart> {
  yield { type: 'stream-start', warnings: [] }
  if (answer.type === 'text') yield* textParts(answer.text)
  else for (const [index, { name, input }] of answer.calls.entries()) yield* callParts(callId(turn, index), name, input)
  yield { type: 'finish', finishReason: finish, usage }
}

function* textParts(text: string): Generator<ChatPart> {
  yield { type: 'text-start', id: '0' }
  for (const delta of text.match(/\s*\S+\s*$|\s*\S+|\s+$/g) ?? []) yield { type: 'text-delta', id: '0', delta }
  yield { type: 'text-end', id: '0' }
}

function* callParts(id: string, toolName: string, input: object): Generator<ChatPart> {
  const written = JSON.stringify(input)
  yield { type: 'tool-input-start', id, toolName }
  for (const delta of written.match(/[^]{1,16}/gu) ?? []) yield { type: 'tool-input-delta', id, delta }
  yield { type: 'tool-input-end', id }
  yield { type: 'tool-call', toolCallId: id, toolName, input: written }
}
