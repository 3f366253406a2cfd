import { allows, HearthError, newId } from '@hearth/protocol'
import { wires, type CacheUse, type Exchange, type WireForm, type WireProtocol } from '@hearth/models'
import type { Caller, ForeignRequest, ForeignRoute } from '../feature.ts'
import { namesTemplate, writtenOutFor } from '../templates/asking.ts'
import { callKind, type HandedCall } from './effect.ts'
import { listingRoutes } from './listing-routes.ts'

/** Images and documents come in the body. */
export const mostBytes = 32 * 1024 * 1024

type Fields = Readonly<Record<string, unknown>>

/** A path where clients of a protocol ask a model. */
function chatRoute(path: string, summary: string, form: WireForm): ForeignRoute {
  return {
    method: 'POST',
    path,
    summary,
    permission: 'models.use',
    consequence: 'spend',
    mostBytes,
    idHeader: () => form.idHeader,
    refused: (error, status, requestId) => form.failed({ type: 'refusal', error, status }, requestId),
    answer: async (request, caller) => {
      const protocol = await form.load()
      const faults: unknown[] = []
      const asked = await askedIn(request, caller, protocol)
      const exchange = exchangeOf(protocol, request, asked, caller, (fault) => void faults.push(fault), path)
      const { tenant, home } = caller.principal
      const call: HandedCall = { exchange, door: path }
      const address = { tenant, home, kind: 'call', id: exchange.id }
      const ended = await caller.attach({ kind: callKind, address, request: null, handed: call })
      if (faults.length > 0) throw new Error('a call of a model failed', { cause: faults[0] })
      if (ended.type !== 'done') throw new HearthError('models.cut', 'The call was cut short.')
    },
  }
}

/** What a client asks: as it came, or as a template makes it. */
interface Asked {
  readonly json: Fields
  readonly body: Uint8Array
  readonly template?: string
}

async function askedIn(request: ForeignRequest, caller: Caller, { name }: WireProtocol): Promise<Asked> {
  const json = objectIn(request)
  if (!namesTemplate(json['model'])) return { json, body: request.body }
  const { json: made, template } = await writtenOutFor(caller, name, json['model'], json)
  return { json: made, body: Buffer.from(JSON.stringify(made)), template }
}

function exchangeOf(
  wire: WireProtocol,
  request: ForeignRequest,
  { json, body, template }: Asked,
  { principal, now }: Caller,
  failed: Exchange['failed'],
  path: string,
): Exchange {
  const { model, stream } = json
  if (!isName(model)) throw invalid('model', 'must be the name of a model')
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean')
    throw invalid('stream', 'must be true or false')
  const { tenant, home, kind, id } = principal
  const { requestId, statusOf, sink, key } = request
  const call = newId('call', now)
  const exchange: Mutable<Exchange> = {
    id: call,
    asker: { tenant, home, kind, id },
    requestId,
    protocol: wire.name,
    wire,
    body,
    json,
    dialect: dialectOf(request),
    asked: () => wire.read(json),
    model,
    stream: stream === true && wire.name !== 'openai-embeddings' && wire.name !== 'rerank',
    once: key === undefined ? undefined : { key: `${path} ${key}`, sent: request.json() },
    allowPrivate: allows(principal, 'network.private'),
    sink,
    cache: cacheUseOf(request),
    failed,
    refuse: (error) => {
      const { status, body } = wire.failed({ type: 'refusal', error, status: statusOf(error.code) }, requestId)
      const bytes = Buffer.from(JSON.stringify(body))
      // Clients of both protocols try again what is 429, unless they are told not to.
      const again: Record<string, string> = error.code.startsWith('budgets.') ? { 'x-should-retry': 'false' } : {}
      if (error.retryAfterSeconds !== undefined)
        again['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterSeconds)))
      sink.head(status, {
        'x-hearth-call': call,
        ...again,
        'content-type': 'application/json',
        'content-length': String(bytes.length),
      })
      sink.end(bytes)
    },
  }
  if (template !== undefined) exchange.template = template
  if (request.headers['x-hearth-priority'] === 'background') exchange.background = true
  return exchange
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** What every store and header can hold. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= 300 &&
  value.isWellFormed() &&
  /^[^\u0000-\u001f\u007f-\u009f]+$/.test(value)

const dialects = ['anthropic-version', 'anthropic-beta', 'openai-beta'] as const

export function dialectOf({ headers }: ForeignRequest): Readonly<Record<string, string>> {
  const said: Record<string, string> = {}
  for (const name of dialects) {
    const value = headers[name]
    if (typeof value === 'string' && value.length <= 1000) said[name] = value
  }
  return said
}

function cacheUseOf({ headers }: ForeignRequest): CacheUse | undefined {
  const said = headers['x-hearth-cache']
  if (said === undefined || said === 'off' || said === 'use' || said === 'refresh') return said
  throw invalid('x-hearth-cache', 'must be off, use or refresh')
}

const invalid = (path: string, message: string): HearthError =>
  new HearthError('input.invalid', `${path} ${message}.`, { issues: [{ path, message }] })

export function objectIn(request: ForeignRequest): Fields {
  const value = request.json()
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new HearthError('input.invalid', 'The body must be an object.')
}

export const routes: readonly ForeignRoute[] = [
  chatRoute('/v1/chat/completions', 'Ask a model as clients of OpenAI’s chat completions do.', wires.openaiChat),
  chatRoute('/v1/responses', 'Ask a model as clients of OpenAI’s responses do.', wires.openaiResponses),
  chatRoute('/v1/messages', 'Ask a model as clients of Anthropic’s messages do.', wires.anthropicMessages),
  chatRoute('/v1/embeddings', 'Ask for embeddings as clients of OpenAI do.', wires.openaiEmbeddings),
  chatRoute(
    '/v1/rerank',
    'Rank documents by how well they answer a question, as clients of Jina and Cohere ask for it.',
    wires.rerank,
  ),
  chatRoute('/v2/rerank', 'The same where clients of Cohere look for it.', wires.rerank),
  ...listingRoutes,
]
