import type { CachesSet } from '../../src/caches/setting.ts'
import type { Asker, Exchange } from '../../src/gateway/exchange.ts'
import { createGateway, type Gateway, type GatewayOptions } from '../../src/gateway/gateway.ts'
import type { CallRecord } from '../../src/gateway/record.ts'
import type { ProviderEntry } from '../../src/gateway/setting.ts'
import type { Sink } from '../../src/gateway/sink.ts'
import type { EmbeddingModel } from '../../src/language.ts'
import type { BatchBounds, ProviderManifest } from '../../src/provider.ts'
import { openaiEmbeddings } from '../../src/wire/openai-embeddings/protocol.ts'

export const picosOfToken = 20_001n

export interface BatchGround {
  readonly gateway: Gateway
  /** The texts of each request. */
  readonly asked: (readonly string[])[]
  /** Tokens that were told with answers. */
  readonly told: number
  embed(asker: Asker, input: readonly string[], leaving?: AbortSignal): Promise<Embedded>
}

export interface Embedded {
  readonly status: number
  readonly vectors: readonly (readonly number[])[]
  readonly tokens: number
  readonly headers: Readonly<Record<string, string>>
  readonly record: CallRecord
}

export interface GroundOptions extends Pick<GatewayOptions, 'budget' | 'pause'> {
  readonly batch?: BatchBounds
  readonly on?: boolean
  readonly caches?: CachesSet
  /** What the provider does before it answers: it may fail. */
  readonly first?: (texts: readonly string[], signal: AbortSignal | undefined) => Promise<void>
}

/** A gateway before a provider whose vectors are the lengths of texts, and whose tokens are too. */
export function batchGround({ batch, on = true, first, caches: kept, ...options }: GroundOptions): BatchGround {
  const about = { kind: 'test', baseUrl: 'http://p', keys: [], allowPrivate: false, models: ['m'] } as const
  const entries = new Map<string, ProviderEntry>()
  const entryOf = (tenant: string): ProviderEntry => {
    const entry = entries.get(tenant) ?? { name: 'p', ...about }
    entries.set(tenant, entry)
    return entry
  }
  const asked: (readonly string[])[] = []
  let told = 0
  const model: EmbeddingModel = {
    specificationVersion: 'v4',
    provider: 'test',
    modelId: 'm',
    maxEmbeddingsPerCall: undefined,
    supportsParallelCalls: true,
    doEmbed: async ({ values, abortSignal }) => {
      asked.push(values)
      await first?.(values, abortSignal)
      const tokens = values.reduce((sum, { length }) => sum + length, 0)
      told += tokens
      return { embeddings: values.map(({ length }) => [length, 1]), usage: { tokens }, warnings: [] }
    },
  }
  const manifest: ProviderManifest = {
    kind: 'test',
    title: 'Test',
    baseUrl: null,
    key: 'none',
    does: ['embed'],
    speaks: {},
    ...(batch === undefined ? {} : { batch }),
    open: async () => () => ({ headers: {}, embed: () => model }),
  }
  const gateway = createGateway({
    ...options,
    network: { open: () => ({ pause: () => undefined, resume: () => undefined, abort: () => undefined }) },
    manifests: new Map([['test', manifest]]),
    settings: (tenant) => ({ providers: [entryOf(tenant)], policy: { batch: on }, caches: kept }),
    prices: async () => ({
      knows: () => true,
      modelsOf: () => [],
      cost: (_deployment, usage) => (usage === undefined ? null : BigInt(usage.inputTokens.total ?? 0) * picosOfToken),
      facts: ({ model: id }) => ({ provider: 'test', id, known: true }),
    }),
    worker: 'one',
  })
  const embed = async (
    asker: Asker,
    input: readonly string[],
    leaving = new AbortController().signal,
  ): Promise<Embedded> => {
    const sink = new KeepingSink(leaving)
    const record = await gateway.answer(exchangeOf(asker, { model: 'p/m', input }, sink), 'door', never)
    const { status, headers } = sink
    const { data = [], usage } = status === 200 ? JSON.parse(sink.body) : {}
    const vectors = data.map(({ embedding }: { readonly embedding: readonly number[] }) => embedding)
    return { status, vectors, tokens: usage?.prompt_tokens ?? 0, headers, record }
  }
  return {
    gateway,
    asked,
    get told() {
      return told
    },
    embed,
  }
}

const never = new AbortController().signal

function exchangeOf(asker: Asker, json: Record<string, unknown>, sink: Sink): Exchange {
  const unexpected = (error: unknown): never => {
    throw error
  }
  return {
    id: 'call',
    asker,
    requestId: 'request',
    protocol: 'openai-embeddings',
    wire: openaiEmbeddings,
    body: Buffer.from(JSON.stringify(json)),
    json,
    dialect: {},
    asked: () => openaiEmbeddings.read(json),
    model: String(json['model']),
    stream: false,
    sink,
    refuse: unexpected,
    failed: unexpected,
  }
}

class KeepingSink implements Sink {
  readonly #leaving: AbortSignal
  headers: Readonly<Record<string, string>> = {}
  status = 0
  body = ''
  #isEnded = false

  constructor(leaving: AbortSignal) {
    this.#leaving = leaving
  }

  get isGone(): boolean {
    return !this.#isEnded && this.#leaving.aborted
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.status = status
    this.headers = headers
  }

  write(chunk: string | Uint8Array): boolean {
    this.body += Buffer.from(chunk).toString()
    return true
  }

  drained(then: () => void): void {
    then()
  }

  end(chunk?: string | Uint8Array): void {
    if (chunk !== undefined) this.write(chunk)
    this.#isEnded = true
  }

  onGone(then: () => void): void {
    const left = (): void => {
      if (!this.#isEnded) then()
    }
    if (this.#leaving.aborted) left()
    else this.#leaving.addEventListener('abort', left, { once: true })
  }
}
