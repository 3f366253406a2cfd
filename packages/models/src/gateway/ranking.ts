import { searchUsage } from '../catalog/searches.ts'
import { failureOf } from '../failure-of.ts'
import type { Usage } from '../language.ts'
import type { Ranked, RankingModel } from '../ranking.ts'
import type { WireCall } from '../wire/protocol.ts'
import { rerankIn } from '../wire/rerank/protocol.ts'
import { writeRerank } from '../wire/rerank/write.ts'
import type { Sink } from './sink.ts'
import type { Tried } from './tried.ts'
import { whyAborted } from './why-aborted.ts'

export interface Rank {
  readonly model: RankingModel
  readonly asked: WireCall
  readonly sink: Sink
  readonly signal: AbortSignal
  readonly facts: { readonly id: string; readonly model: string }
  readonly headers: () => Readonly<Record<string, string>>
  readonly trailers: (usage: Usage | undefined) => Readonly<Record<string, string>>
}

/** Asks a model which documents answer a question. Never rejects. */
export async function rank({ model, asked, sink, signal, facts, headers, trailers }: Rank): Promise<Tried> {
  try {
    const wanted = rerankIn(asked)
    const { query, documents, top, tokensOfDocument } = wanted
    const ranked = await model.rank({
      query,
      documents,
      signal,
      ...(top === undefined ? {} : { top }),
      ...(tokensOfDocument === undefined ? {} : { tokensOfDocument }),
    })
    const usage = usageOf(ranked)
    const body = Buffer.from(JSON.stringify(writeRerank(wanted, ranked, facts)))
    const all = { ...headers(), ...trailers(usage), 'content-type': 'application/json' }
    sink.head(200, { ...all, 'content-length': String(body.length) })
    sink.end(body)
    return { type: 'done', usage, firstMs: null }
  } catch (error) {
    const failure = signal.aborted ? whyAborted(signal) : failureOf(error)
    return { type: 'failed', failure, begun: false, usage: undefined, firstMs: null }
  }
}

const usageOf = ({ tokens, searches }: Ranked): Usage | undefined =>
  tokens === undefined && searches === undefined ? undefined : searchUsage(tokens ?? 0, searches)
