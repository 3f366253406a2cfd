import { randomUUID } from 'node:crypto'
import { ModelError } from '../../failure.ts'
import type { ChatPart, FinishReason } from '../../language.ts'
import { usageOf } from '../asking/estimate.ts'
import type { Said } from './words.ts'

interface Call {
  readonly id: string
  readonly name: string
  input: string
}

/** What a model says as parts of an answer. */
export async function* partsFrom(all: AsyncIterable<Said>): AsyncGenerator<ChatPart> {
  yield { type: 'stream-start', warnings: [] }
  let inText = false
  let call: Call | null = null
  let hasBegun = false
  for await (const said of all) {
    if (inText && said.type !== 'text') {
      inText = false
      yield { type: 'text-end', id: 'text' }
    }
    switch (said.type) {
      case 'text':
        if (!inText) yield { type: 'text-start', id: 'text' }
        inText = true
        yield { type: 'text-delta', id: 'text', delta: said.text }
        break
      case 'call':
        call = { id: `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`, name: said.name, input: '' }
        yield { type: 'tool-input-start', id: call.id, toolName: call.name }
        break
      case 'input':
        if (call === null) break
        call.input += said.text
        yield { type: 'tool-input-delta', id: call.id, delta: said.text }
        break
      case 'called':
        if (call !== null) yield* whole(call)
        call = null
        break
      case 'ended':
        // What was cut off in the middle of its input is no call.
        if (call !== null) yield { type: 'tool-input-end', id: call.id }
        yield finishOf(said)
        return
      case 'failed':
        throw new ModelError(
          hasBegun && said.failure.type === 'away' ? { ...said.failure, type: 'lost' } : said.failure,
        )
      default:
        said satisfies never
    }
    hasBegun = true
  }
}

function* whole({ id, name, input }: Call): Generator<ChatPart> {
  yield { type: 'tool-input-end', id }
  yield { type: 'tool-call', toolCallId: id, toolName: name, input }
}

const unified: Readonly<Record<Extract<Said, { type: 'ended' }>['why'], FinishReason['unified']>> = {
  stop: 'stop',
  length: 'length',
  'stop-sequence': 'stop',
  calls: 'tool-calls',
}

/** The end of an answer. */
function finishOf({ why, input, output, logprobs }: Extract<Said, { type: 'ended' }>): ChatPart {
  return {
    type: 'finish',
    finishReason: { unified: unified[why], raw: why },
    usage: usageOf(input, output),
    ...(logprobs === undefined ? {} : { providerMetadata: { openai: { logprobs: logprobs as never } } }),
  }
}
