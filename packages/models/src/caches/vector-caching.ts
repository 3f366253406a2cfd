import type { Calling } from '../gateway/calling.ts'
import type { Exchange } from '../gateway/exchange.ts'
import type { Place } from '../gateway/places.ts'
import type { Cost } from '../gateway/trying.ts'
import { readEmbeddings, type EmbeddingsAsked } from '../wire/openai-embeddings/read.ts'
import { writeEmbeddings } from '../wire/openai-embeddings/write.ts'
import type { CachingPorts, CallCache } from './call-cache.ts'
import { mostWaits, outcomeOf, type Flight } from './flights.ts'
import { giveWhole, isAt } from './giving.ts'
import { hashOf, whose } from './key.ts'
import { placeOf, type KeptAnswer, type KeptEntry } from './kept-answer.ts'
import { MergingSink, type Merged } from './merging-sink.ts'
import { RecordingSink } from './recording-sink.ts'
import type { CacheTerms } from './setting.ts'
import { sharedOf } from './shared-entry.ts'
import type { TenantCache } from './tenant-cache.ts'
import { readVectors } from './vector-answer.ts'

/** Of an answer: to read more of it takes too long at once. */
const mostBytes = 4 * 1024 * 1024
const mostTexts = 256

/** Null where the texts cannot be told apart, since tokens mean something to the provider alone, and where they are very many. */
export function vectorCachingOf(
  ports: CachingPorts,
  exchange: Exchange,
  version: number,
  terms: CacheTerms,
): VectorCaching | null {
  const asked = readEmbeddings(exchange.json)
  const { input } = asked
  if (input.type !== 'texts' || input.texts.length > mostTexts) return null
  return new VectorCaching(ports, exchange, version, terms, asked, input.texts)
}

/** Vectors are kept text by text, so that of many only those are asked for that are new. */
export class VectorCaching implements CallCache {
  readonly #ports: CachingPorts
  readonly #exchange: Exchange
  readonly #version: number
  readonly #terms: CacheTerms
  readonly #asked: EmbeddingsAsked
  readonly #texts: readonly string[]
  readonly #keys: readonly string[]
  readonly #recording: RecordingSink
  #spoilt = false
  #known: readonly (KeptAnswer | undefined)[]
  #flights: readonly Flight[] = []

  constructor(
    ports: CachingPorts,
    exchange: Exchange,
    version: number,
    terms: CacheTerms,
    asked: EmbeddingsAsked,
    texts: readonly string[],
  ) {
    this.#ports = ports
    this.#exchange = exchange
    this.#version = version
    this.#terms = terms
    this.#asked = asked
    this.#texts = texts
    const { protocol, asker, dialect, json } = exchange
    const { input: _input, encoding_format: _form, ...rest } = json
    const about = hashOf([protocol, whose(asker, terms.scope), dialect, rest])
    this.#keys = texts.map((text) => hashOf(['text', about, text]))
    this.#known = texts.map(() => undefined)
    const sink = new MergingSink(exchange.sink, (body) => this.#merged(body))
    this.#recording = new RecordingSink(sink, mostBytes)
  }

  /** All of it where nothing is known, and then as it came; else what is not known. */
  get recorded(): Exchange {
    const { json, wire } = this.#exchange
    const about = { ...this.#exchange, cached: 'miss' } as const
    if (!this.#isPart) return { ...about, sink: this.#recording }
    const part = { ...json, input: this.#missing }
    const body = Buffer.from(JSON.stringify(part))
    return { ...about, json: part, body, asked: () => wire.read(part), sink: this.#recording }
  }

  /** Nothing is held while others are waited for: they may want what is held. */
  async answers(call: Calling, places: readonly Place[], signal: AbortSignal): Promise<boolean> {
    if (!this.#terms.reads) return false
    for (let waits = 0; ; waits += 1) {
      this.#look(places)
      if (this.#known.every((one) => one !== undefined)) return this.#give(call)
      const { flights } = this.#cache
      const others = this.#keysOfMissing.flatMap((key) => flights.of(key) ?? [])
      if (others.length === 0 || waits === mostWaits) break
      await outcomeOf(others, this.#exchange, signal)
      if (this.#exchange.sink.isGone) return true
    }
    const { flights } = this.#cache
    this.#flights = this.#keysOfMissing.flatMap((key) => flights.begin(key) ?? [])
    return false
  }

  over(): void {
    for (const flight of this.#flights) flight.end()
  }

  keep(call: Calling, cost: Cost): Promise<void> {
    const { recorded } = this.#recording
    const answered = call.answered(cost)
    const texts = this.#missing
    const read = recorded === null || recorded.status !== 200 ? null : readVectors(recorded.body, texts.length)
    if (this.#spoilt) call.spoilt(unreadable)
    if (read === null || answered === null) return Promise.resolve()
    const { entry: provider, model } = answered.deployment
    const whom = { home: this.#exchange.asker.home, asked: call.at }
    const at = { provider: provider.name, place: placeOf(provider), model }
    const { protocol } = this.#exchange
    const about = { form: 'whole', protocol, costUsd: null, ...at, ...whom } as const
    const until = this.#ports.clock() + this.#terms.ms
    const { tenant } = this.#exchange.asker
    // Which text took how many nobody says.
    const tokens = { ...noTokens, input: Math.round(read.tokens / texts.length) }
    const kept = this.#keysOfMissing.map((key, at): KeptEntry => {
      const body = bytesIn(read.vectors[at] ?? new Float32Array())
      return { key, kin: [], answer: { ...about, until, tokens, body }, question: null }
    })
    for (const entry of kept) this.#ports.caches.put(tenant, this.#version, entry)
    this.over()
    this.#ports.share(sharedOf(tenant, this.#version, kept))
    return Promise.resolve()
  }

  get #cache(): TenantCache {
    return this.#ports.caches.of(this.#exchange.asker.tenant, this.#version)
  }

  #look(places: readonly Place[]): void {
    const cache = this.#cache
    const now = this.#ports.clock()
    this.#known = this.#keys.map((key) => {
      const kept = cache.find(key, now)
      return kept !== undefined && isAt(kept, places) ? kept : undefined
    })
  }

  #give(call: Calling): boolean {
    const all = this.#known.filter((one) => one !== undefined)
    const [first] = all
    if (first === undefined) return false
    const tokens = sumOf(all.map(({ tokens: of }) => of?.input ?? 0))
    const answer = writeEmbeddings(this.#asked, { embeddings: all.map(numbersIn), usage: { tokens } }, first.model)
    const kept = { ...first, body: Buffer.from(JSON.stringify(answer)), ...savedBy(all, tokens) }
    giveWhole(call, this.#exchange, kept, 'hit')
    return true
  }

  get #isPart(): boolean {
    return this.#known.some((one) => one !== undefined)
  }

  get #missing(): readonly string[] {
    return this.#texts.filter((_, at) => this.#known[at] === undefined)
  }

  get #keysOfMissing(): readonly string[] {
    return this.#keys.filter((_, at) => this.#known[at] === undefined)
  }

  #merged(body: Buffer): Merged {
    if (!this.#isPart) return { status: 200, body }
    const read = readVectors(body, this.#missing.length)
    if (read === null) return this.#unreadable()
    const fresh = read.vectors.values()
    const embeddings = this.#known.map((kept) =>
      kept === undefined ? [...(fresh.next().value ?? new Float32Array())] : numbersIn(kept),
    )
    const usage = { tokens: read.tokens + sumOf(this.#known.map((kept) => kept?.tokens?.input ?? 0)) }
    const { model } = read.answer
    const name = typeof model === 'string' ? model : this.#exchange.model
    const whole = writeEmbeddings(this.#asked, { embeddings, usage }, name)
    return { status: 200, body: Buffer.from(JSON.stringify({ ...read.answer, ...whole })) }
  }

  #unreadable(): Merged {
    this.#spoilt = true
    const { wire, requestId } = this.#exchange
    const { status, body } = wire.failed({ type: 'model', failure: unreadable }, requestId)
    return { status, body: Buffer.from(JSON.stringify(body)) }
  }
}

const unreadable = { type: 'garbage', detail: 'its vectors are not one for each text' } as const

const noTokens = { input: 0, output: 0, cached: 0, written: 0, reasoning: 0 }

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0)

const savedBy = (all: readonly KeptAnswer[], tokens: number): Pick<KeptAnswer, 'tokens' | 'costUsd'> => ({
  tokens: { ...noTokens, input: tokens },
  costUsd: all[0]?.costUsd ?? null,
})

const bytesIn = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(Uint8Array.from(Buffer.from(buffer, byteOffset, byteLength)).buffer)

function numbersIn({ body }: KeptAnswer): number[] {
  return [...new Float32Array(Uint8Array.from(body).buffer)]
}
