import type { CachesSet, CacheUse } from '../../src/caches/setting.ts'
import type { SharedEntry } from '../../src/caches/shared-entry.ts'
import type { Asker, Exchange } from '../../src/gateway/exchange.ts'
import { createGateway, type Gateway, type GatewayOptions } from '../../src/gateway/gateway.ts'
import type { CallRecord } from '../../src/gateway/record.ts'
import type { ProviderEntry } from '../../src/gateway/setting.ts'
import type { Sink } from '../../src/gateway/sink.ts'
import type { ChatModel, ChatPart } from '../../src/language.ts'
import type { ProviderManifest } from '../../src/provider.ts'
import { openaiChat } from '../../src/wire/openai-chat/protocol.ts'
import type { WireProtocol } from '../../src/wire/protocol.ts'

/** A gateway before a provider that never answers the same. */
export interface CacheGround {
  readonly gateway: Gateway
  /** What was kept, as other processes are told. */
  readonly shared: SharedEntry[]
  /** How often the provider was asked. */
  readonly asked: number
  now: number
  ask(asker: Asker, json: Record<string, unknown>, cache?: CacheUse, more?: More): Promise<Told>
}

export interface More {
  readonly leaving?: AbortSignal
  readonly once?: Exchange['once']
  /** The door that it comes by. */
  readonly wire?: WireProtocol
}

export interface Told {
  readonly status: number
  /** Of an answer. */
  readonly text: string
  readonly cache: string | undefined
  readonly record: CallRecord
}

export interface GroundOptions extends Pick<GatewayOptions, 'caches' | 'allowed' | 'pause' | 'claims'> {
  readonly sets: (tenant: string) => CachesSet | undefined
  /** The number before that of the first answer. */
  readonly before?: number
  /** What stands behind the number of an answer. */
  readonly long?: number
  /** What the provider does before it answers: it may fail. */
  readonly first?: (signal: AbortSignal | undefined) => Promise<void>
}

const finishReason = { unified: 'stop', raw: 'stop' } as const
const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 2, text: 2, reasoning: 0 },
}

export function cacheGround({ sets, before = 0, long = 0, first, ...options }: GroundOptions): CacheGround {
  // One of its own: what is known of a provider is kept with its entry.
  const entry: ProviderEntry = {
    name: 'p',
    kind: 'test',
    baseUrl: 'http://p',
    keys: [],
    allowPrivate: false,
    models: ['m'],
  }
  let asked = 0
  const shared: SharedEntry[] = []
  const answer = async (signal: AbortSignal | undefined): Promise<string> => {
    const number = before + (asked += 1)
    await first?.(signal)
    return `${number}${'.'.repeat(long)}`
  }
  const model: ChatModel = {
    specificationVersion: 'v4',
    provider: 'test',
    modelId: 'm',
    supportedUrls: {},
    doGenerate: async ({ abortSignal }) => ({
      content: [{ type: 'text', text: await answer(abortSignal) }],
      finishReason,
      usage,
      warnings: [],
    }),
    doStream: async ({ abortSignal }) => {
      const delta = await answer(abortSignal)
      const parts: ChatPart[] = [
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', delta },
        { type: 'text-end', id: '1' },
        { type: 'finish', finishReason, usage },
      ]
      const stream = new ReadableStream<ChatPart>({
        start: (controller) => {
          for (const part of parts) controller.enqueue(part)
          controller.close()
        },
      })
      return { stream }
    },
  }
  const manifest: ProviderManifest = {
    kind: 'test',
    title: 'Test',
    baseUrl: null,
    key: 'none',
    does: ['chat'],
    speaks: {},
    open: async () => () => ({ headers: {}, chat: () => model }),
  }
  const ground = {
    now: 1_000_000,
    get asked() {
      return asked
    },
  }
  const gateway = createGateway({
    ...options,
    network: { open: () => ({ pause: () => undefined, resume: () => undefined, abort: () => undefined }) },
    manifests: new Map([['test', manifest]]),
    settings: (tenant) => ({ providers: [entry], policy: null, caches: sets(tenant) }),
    prices: async () => ({
      knows: () => true,
      modelsOf: () => [],
      cost: () => 5_000n,
      facts: ({ model: id }) => ({ provider: 'test', id, known: true }),
    }),
    worker: 'one',
    share: (kept) => void shared.push(...kept),
    clock: () => ground.now,
  })
  return Object.assign(ground, {
    gateway,
    shared,
    ask: async (
      asker: Asker,
      json: Record<string, unknown>,
      cache?: CacheUse,
      { leaving = new AbortController().signal, once, wire = openaiChat }: More = {},
    ): Promise<Told> => {
      const sink = new KeepingSink(leaving)
      const exchange = { ...exchangeOf(asker, { model: 'm', ...json }, sink, wire), cache, once }
      const record = await gateway.answer(exchange, 'door', never)
      const { status } = sink
      const [, text = ''] = /"(?:text|content|delta)":"(\d+\.*)"/.exec(sink.body) ?? []
      return { status, text, cache: sink.headers['x-hearth-cache'], record }
    },
  })
}

const never = new AbortController().signal

function exchangeOf(asker: Asker, json: Record<string, unknown>, sink: Sink, wire: WireProtocol): Exchange {
  return {
    id: 'call',
    asker,
    requestId: 'request',
    protocol: wire.name,
    wire,
    body: Buffer.from(JSON.stringify(json)),
    json,
    dialect: {},
    asked: () => wire.read(json),
    model: String(json['model']),
    stream: json['stream'] === true,
    sink,
    refuse: (error) => {
      throw error
    },
    failed: (error) => {
      throw error
    },
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

export const question = (content: string, more: object = {}): Record<string, unknown> => ({
  temperature: 0,
  messages: [{ role: 'user', content }],
  ...more,
})
