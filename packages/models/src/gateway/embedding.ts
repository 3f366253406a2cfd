import { setImmediate } from 'node:timers/promises'
import { failureOf } from '../failure-of.ts'
import type { ModelFailure } from '../failure.ts'
import type { EmbeddingModel, Usage } from '../language.ts'
import { askedIn, usageOf } from '../wire/openai-embeddings/protocol.ts'
import { embeddingCallOf, type EmbeddingsAsked } from '../wire/openai-embeddings/read.ts'
import { writeEmbedding, writeEmbeddings } from '../wire/openai-embeddings/write.ts'
import type { WireCall } from '../wire/protocol.ts'
import type { Sink } from './sink.ts'
import type { Tried } from './tried.ts'
import { whyAborted } from './why-aborted.ts'

export interface Embed {
  readonly model: EmbeddingModel
  readonly asked: WireCall
  readonly sink: Sink
  readonly signal: AbortSignal
  readonly headers: () => Readonly<Record<string, string>>
  readonly trailers: (usage: Usage | undefined) => Readonly<Record<string, string>>
}

/** Asks for embeddings through the package of a provider, as many at a time as it takes. Never rejects. */
export async function embed({ model, asked, sink, signal, headers, trailers }: Embed): Promise<Tried> {
  try {
    const wanted = askedIn(asked)
    const { values, ...options } = embeddingCallOf(wanted)
    const most = (await model.maxEmbeddingsPerCall) ?? values.length
    const embeddings: number[][] = []
    let tokens: number | undefined = 0
    for (let at = 0; at < values.length; at += most) {
      const some = values.slice(at, at + most)
      const result = await model.doEmbed({ ...options, values: some, abortSignal: signal })
      if (result.embeddings.length !== some.length) return failed(otherNumber)
      embeddings.push(...result.embeddings)
      // What one part does not tell nobody knows of the whole.
      tokens = result.usage === undefined || tokens === undefined ? undefined : tokens + result.usage.tokens
    }
    const usage = tokens === undefined ? undefined : usageOf(tokens)
    const told = tokens === undefined ? {} : { usage: { tokens } }
    const body = await written(wanted, { embeddings, ...told }, model.modelId)
    const all = { ...headers(), ...trailers(usage), 'content-type': 'application/json' }
    sink.head(200, { ...all, 'content-length': String(body.length) })
    sink.end(body)
    return { type: 'done', usage, firstMs: null }
  } catch (error) {
    return failed(signal.aborted ? whyAborted(signal) : failureOf(error))
  }
}

/** To write so many numbers takes some milliseconds, which is what others may be held up. */
const mostAtOnce = 16_384

/** What is long is written in pieces, and whatever else waits comes in between. */
async function written(
  wanted: EmbeddingsAsked,
  told: { readonly embeddings: number[][]; readonly usage?: { readonly tokens: number } },
  model: string,
): Promise<Buffer> {
  const { embeddings } = told
  const some = Math.max(1, Math.floor(mostAtOnce / (embeddings[0]?.length ?? 1)))
  if (embeddings.length <= some) return Buffer.from(JSON.stringify(writeEmbeddings(wanted, told, model)))
  const pieces: Buffer[] = [Buffer.from('{"data":[')]
  for (let at = 0; at < embeddings.length; at += some) {
    const group = embeddings.slice(at, at + some).map((one, index) => writeEmbedding(wanted, one, at + index))
    const text = JSON.stringify(group).slice(1, -1)
    pieces.push(Buffer.from(at === 0 ? text : `,${text}`))
    await setImmediate()
  }
  const { data: _none, ...rest } = writeEmbeddings(wanted, { ...told, embeddings: [] }, model)
  pieces.push(Buffer.from(`],${JSON.stringify(rest).slice(1)}`))
  return Buffer.concat(pieces)
}

const otherNumber: ModelFailure = { type: 'garbage', detail: 'it gave another number of embeddings' }

const failed = (failure: ModelFailure): Tried => ({
  type: 'failed',
  failure,
  begun: false,
  usage: undefined,
  firstMs: null,
})
