import { newId } from '@hearth/protocol'
import type { Exchange } from '../gateway/exchange.ts'
import type { CallRecord } from '../gateway/record.ts'
import type { Sink } from '../gateway/sink.ts'
import { embeddingOf, type Embedding } from '../vector.ts'
import { wires } from '../wire/index.ts'
import { readVectors } from './vector-answer.ts'

export interface VectorPorts {
  /** As the gateway answers any call. */
  readonly answer: (exchange: Exchange, door: string, signal: AbortSignal) => Promise<CallRecord>
  /** The record of a call that nobody made but the gateway. */
  readonly also: (record: CallRecord) => void
  readonly clock: () => number
}

/** Longer than this nobody waits to hear that something like it was asked before. */
const mostMs = 5_000

/**
 * The vector of a question, of length 1. Made here where no model is named; else asked for as whoever asks would do it themselves: by
 * what they may ask, of their budget, and with a record.
 */
export async function questionVector(
  ports: VectorPorts,
  exchange: Exchange,
  { model, text }: { readonly model: string | undefined; readonly text: string },
  signal: AbortSignal,
): Promise<Embedding> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(mostMs)])
  if (model === undefined) return madeHere(text, bounded)
  const sink = new CollectingSink(exchange.sink)
  const record = await ports.answer(await asking(exchange, sink, { model, text }, ports.clock()), 'cache', bounded)
  ports.also(record)
  const [vector] = readVectors(sink.body, 1)?.vectors ?? []
  if (record.outcome !== 'done' || vector === undefined) throw new Error('there is no vector')
  const length = Math.hypot(...vector)
  return embeddingOf(
    `${record.provider}/${record.model}`,
    vector.map((value) => value / length),
  )
}

/** In a worker, which is loaded where a question is first asked that may be like another. */
async function madeHere(text: string, signal: AbortSignal): Promise<Embedding> {
  const { embedder, embedderName } = await import('../providers/embedded/provider.ts')
  const { vectors } = await embedder.embed([text], signal)
  return embeddingOf(embedderName, vectors[0] ?? [])
}

async function asking(
  { asker, requestId, failed }: Exchange,
  sink: Sink,
  { model, text }: { readonly model: string; readonly text: string },
  at: number,
): Promise<Exchange> {
  const wire = await wires.openaiEmbeddings.load()
  const json = { model, input: text }
  return {
    id: newId('call', at),
    asker,
    requestId,
    protocol: 'openai-embeddings',
    wire,
    body: Buffer.from(JSON.stringify(json)),
    json,
    dialect: {},
    asked: () => wire.read(json),
    model,
    stream: false,
    sink,
    // Without a vector the question is asked as if nothing were kept.
    refuse: () => undefined,
    failed,
  }
}

/** Takes an answer that goes nowhere. Whoever waits for the other one is who leaves. */
class CollectingSink implements Sink {
  readonly #sink: Sink
  readonly #chunks: Buffer[] = []

  constructor(sink: Sink) {
    this.#sink = sink
  }

  get isGone(): boolean {
    return this.#sink.isGone
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  head(): void {
    // What it was answered with is in the record.
  }

  write(chunk: string | Uint8Array): boolean {
    this.#chunks.push(Buffer.from(chunk))
    return true
  }

  drained(then: () => void): void {
    then()
  }

  end(chunk?: string | Uint8Array): void {
    if (chunk !== undefined) this.write(chunk)
  }

  onGone(then: () => void): void {
    this.#sink.onGone(then)
  }
}
