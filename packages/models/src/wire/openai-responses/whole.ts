import type { ChatAnswer, ChatContent, ChatPart } from '../../language.ts'
import type { AnswerFacts, WireCall } from '../protocol.ts'
import { Output } from './output.ts'
import { rawLogprobs, type Metadata } from './provider-fields.ts'
import { formOf } from './read.ts'
import { responseOf, seedOf, serviceTierOf, standingOf } from './response.ts'

/** The response that a stream of the same answer would have ended with. */
export function writeWhole(asked: WireCall, answer: ChatAnswer, facts: AnswerFacts): object {
  const form = formOf(asked)
  const { providerMetadata: metadata, usage } = answer
  const output = new Output({ form, seed: seedOf(facts), emit: () => undefined })
  const logprobs = logprobsByText(answer.content, metadata)
  for (const [index, content] of answer.content.entries())
    for (const part of partsOf(content, String(index), logprobs.get(index))) output.take(part)
  const standing = standingOf(answer.finishReason)
  output.close(standing.status === 'completed' ? 'completed' : 'incomplete', metadata)
  return responseOf(form, facts, { standing, output: output.items(), usage, serviceTier: serviceTierOf(metadata) })
}

/** Where there is a list for each text. */
function logprobsByText(content: readonly ChatContent[], metadata: Metadata): ReadonlyMap<number, Metadata> {
  const texts = content.flatMap((part, index) => (part.type === 'text' ? [index] : []))
  const lists = rawLogprobs(metadata).filter((list) => Array.isArray(list))
  if (lists.length !== texts.length) return new Map()
  return new Map(texts.map((index, order) => [index, { openai: { logprobs: lists[order] ?? [] } }]))
}

function partsOf(content: ChatContent, id: string, logprobs: Metadata): readonly ChatPart[] {
  const metadata = content.providerMetadata === undefined ? {} : { providerMetadata: content.providerMetadata }
  switch (content.type) {
    case 'text': {
      const { text: delta, citations } = content
      const cited = citations === undefined ? {} : { citations }
      return [
        { type: 'text-start', id, ...metadata },
        { type: 'text-delta', id, delta },
        { type: 'text-end', id, ...cited, ...(logprobs === undefined ? {} : { providerMetadata: logprobs }) },
      ]
    }
    case 'reasoning':
      return [
        { type: 'reasoning-start', id, ...metadata },
        { type: 'reasoning-delta', id, delta: content.text },
        { type: 'reasoning-end', id, ...metadata },
      ]
    default:
      return [content]
  }
}
