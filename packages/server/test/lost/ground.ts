import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createGateway,
  providers,
  wires,
  type Budget,
  type CallRecord,
  type Policy,
  type ProviderEntry,
  type WireProtocol,
} from '@hearth/models'
import { responseSink } from '../../src/doors/rest/response-sink.ts'
import { createOpening } from '../../src/egress/opening.ts'
import { createTargets } from '../../src/egress/targets.ts'
import { startMortal, type Mortal } from './mortal.ts'

export interface Ground extends AsyncDisposable {
  readonly first: Mortal
  readonly second: Mortal
  readonly openai: OpenAI
  readonly anthropic: Anthropic
  readonly url: string
  readonly records: CallRecord[]
  /** The record of the last call, once it is there. */
  record(): Promise<CallRecord>
  policy: Policy
  kinds: readonly [first: string, second: string | null]
  budget: Budget | undefined
  model: string
  /** All calls are of this tenant. */
  tenant: string | undefined
  /** Of the first provider. */
  patience: ProviderEntry['patience'] | undefined
}

const paths: Readonly<Record<string, Exclude<keyof typeof wires, 'openaiEmbeddings'>>> = {
  '/v1/chat/completions': 'openaiChat',
  '/v1/responses': 'openaiResponses',
  '/v1/messages': 'anthropicMessages',
}

export const goesOn: Policy = { lost: 'continue' }

/** A gateway behind doors, with two providers on sockets of their own. Each call is one of a tenant of its own: nothing is known of how they do. */
export async function startGround(): Promise<Ground> {
  const [first, second] = [await startMortal('first'), await startMortal('second')]
  const network = createOpening(createTargets([]))
  const manifests = new Map(providers.map((manifest) => [manifest.kind, manifest]))
  const price = (tokens: number | undefined): bigint => BigInt(tokens ?? 0) * 1_000_000n
  const gateway = createGateway({
    network,
    manifests,
    settings: () => ({ providers: entries(), policy: { ...rules, ...ground.policy } }),
    prices: () =>
      Promise.resolve({
        knows: () => true,
        modelsOf: () => [],
        facts: ({ entry, model }) => ({
          provider: entry.kind,
          id: model,
          known: true,
          prices: { input: 1_000_000, output: 1_000_000 },
          output: 1000,
        }),
        cost: (_deployment, usage) =>
          usage === undefined ? null : price(usage.inputTokens.total) + price(usage.outputTokens.total),
      }),
    budget: {
      reserve: (asker, cost) => ground.budget?.reserve(asker, cost) ?? null,
      limits: (asker) => ground.budget?.limits(asker) ?? false,
    },
    worker: 'one',
    pause: () => Promise.resolve(),
  })
  const entries = (): readonly ProviderEntry[] =>
    [first, second].flatMap(({ url }, index) => {
      const kind = ground.kinds[index]
      const name = index === 0 ? 'first' : 'second'
      const entry = { name, baseUrl: url, keys: ['sk'], allowPrivate: true, models: [ground.model] }
      const patience = index === 0 && ground.patience !== undefined ? { patience: ground.patience } : {}
      return kind == null ? [] : [{ ...entry, ...patience, kind }]
    })
  const rules = {
    rules: [
      {
        when: [{ type: 'asked' as const, any: ['*'] }],
        choose: { type: 'chain' as const, models: ['first/*', 'second/*'] },
      },
    ],
  }
  let calls = 0
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', async () => {
      const wire: WireProtocol = await wires[paths[request.url ?? ''] ?? 'openaiChat'].load()
      const json = JSON.parse(text) as Record<string, unknown>
      const id = `call_${(calls += 1)}`
      const sink = responseSink(response, id)
      const exchange = {
        id,
        asker: { tenant: ground.tenant ?? id, home: 'h', kind: 'owner', id: 'owner' },
        requestId: id,
        protocol: wire.name,
        wire,
        body: Buffer.from(text),
        json,
        dialect: {},
        asked: () => wire.read(json),
        model: String(json['model']),
        stream: json['stream'] === true,
        sink,
        refuse: () => void response.writeHead(400).end('{}'),
        failed: (error: unknown) => console.error(error),
      }
      ground.records.push(await gateway.answer(exchange, request.url ?? '', new AbortController().signal))
      server.emit('recorded')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ground: Ground = {
    first,
    second,
    url,
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk', maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: url, apiKey: 'sk', maxRetries: 0 }),
    records: [],
    record: async () => {
      while (ground.records.length < calls) await once(server, 'recorded')
      return ground.records.at(-1) as CallRecord
    },
    policy: goesOn,
    kinds: ['openai', 'openai'],
    budget: undefined,
    model: 'm',
    tenant: undefined,
    patience: undefined,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      network[Symbol.dispose]()
      await first[Symbol.asyncDispose]()
      await second[Symbol.asyncDispose]()
    },
  }
  return ground
}
