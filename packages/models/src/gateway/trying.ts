import { markedBody, markedCall } from '../caches/prompt-marks.ts'
import { formatUsd, type Money } from '../catalog/money.ts'
import { failureOf, failureOfAnswer, hiding } from '../failure-of.ts'
import type { ModelFailure } from '../failure.ts'
import type { ChatCall, Usage } from '../language.ts'
import type { Batches } from '../batches/batches.ts'
import type { CallHealth } from '../health/call.ts'
import type { Network } from '../network.ts'
import type { Provider } from '../provider.ts'
import { listenTo } from '../providers/asking/heads.ts'
import type { WireCall } from '../wire/protocol.ts'
import { longestQuietMs } from '../wire/sse/breaths.ts'
import { sealMark } from '../wire/openai-responses/seal-mark.ts'
import type { Exchange } from './exchange.ts'
import { calledAt } from './declared.ts'
import { embed } from './embedding.ts'
import { Telling } from './continuing/telling.ts'
import { askedAt } from './continuing/told.ts'
import { forward, type Following } from './forwarding.ts'
import { mayNameFiles, namesAddress, withFiles } from './files/by-address.ts'
import { rank } from './ranking.ts'
import { longestAnswer } from './longest-answer.ts'
import type { Opening } from './opening.ts'
import type { Deployment, OpenedEntry } from './setting.ts'
import { askedMost } from './worst-cost.ts'
import { translate } from './translating.ts'
import type { Tried, TryLimits } from './tried.ts'
import type { Waiting } from './waiting.ts'

/** Null where no price is known. */
export type Cost = (deployment: Deployment, usage: Usage | undefined) => Money | null

export interface TryPorts {
  readonly network: Network
  readonly opening: Opening
  readonly limits: TryLimits
  readonly now: () => number
  readonly cost: Cost
  /**
   * Whether bytes may go on unread. Where something holds for whoever asks, the provider gets what was read of them: a name that is given twice
   * may mean one thing here and another there.
   */
  readonly trusts: boolean
  /** Whether long beginnings are marked for the provider to keep. */
  readonly marks: boolean
  /** Whether another model goes on with an answer whose model is lost. */
  readonly continues: boolean
  /** Null where calls go out one by one. */
  readonly batches: Batches | null
}

export interface Trying {
  readonly exchange: Exchange
  readonly deployment: Deployment
  readonly key: string | undefined
  /** How many were asked so far, this one included. */
  readonly attempts: () => number
  readonly at: number
  readonly signal: AbortSignal
  /** Tokens of the answer that are paid for; undefined where nobody counts. */
  readonly most: number | undefined
  readonly health: Pick<CallHealth, 'heard' | 'first' | 'beside'>
  /** For the head of the answer: not so long where another place is left to ask. */
  readonly waiting: Waiting | null
  /** So long for the next piece of it; undefined: as long as for anybody. */
  readonly idleMs: number | undefined
}

/** Whether what the client sent can go on as it is. */
export const passes = ({ manifest }: Deployment, { protocol, body, goesOn }: Exchange): boolean =>
  goesOn === undefined &&
  manifest.speaks[protocol] !== undefined &&
  !(protocol === 'openai-responses' && holdsOurs(body)) &&
  !(manifest.fetchesNothing === true && namesAddress(body))

/** Thoughts of other providers' models travel in a form of ours, which no provider reads. */
const holdsOurs = (body: Uint8Array): boolean =>
  Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(sealMark)

/** One try at one deployment. Never rejects. */
export async function tryAt(ports: TryPorts, trying: Trying): Promise<Tried> {
  const { deployment, key, exchange } = trying
  let opened: OpenedEntry
  try {
    opened = await ports.opening.open(deployment, key)
  } catch {
    return failed({ type: 'away', detail: 'what this kind of provider needs could not be loaded' })
  }
  const { batches, trusts } = ports
  if (batches === null || exchange.protocol !== 'openai-embeddings') return askAt(ports, trying, opened)
  return batches.ask(trying, {
    headers: (usage) => ({ ...headersOf(trying), ...costIn(ports, trying, usage) }),
    alone: () => askAt(ports, trying, opened),
    together: (all) => askAt(ports, all, opened),
    trusts,
  })
}

const askAt = (ports: TryPorts, trying: Trying, opened: OpenedEntry): Promise<Tried> =>
  passes(trying.deployment, trying.exchange) ? passOn(ports, trying, opened) : ask(ports, trying, opened)

const failed = (failure: ModelFailure): Tried => ({
  type: 'failed',
  failure,
  begun: false,
  usage: undefined,
  firstMs: null,
})

/** A vendor's own tool is silently left out by the packages of all others. */
function foreignTool({ tools = [] }: ChatCall, { manifest }: Deployment): string | undefined {
  const foreign = tools.find((tool) => tool.type === 'provider' && !tool.id.startsWith(`${manifest.kind}.`))
  return foreign?.name
}

function headersOf({ exchange, deployment, attempts }: Trying): Readonly<Record<string, string>> {
  const { model } = deployment
  const headers: Record<string, string> = {
    'x-hearth-call': exchange.id,
    'x-hearth-provider': deployment.entry.name,
    'x-hearth-model': beyondAscii.test(model) ? model.replace(/[^\x20-\x7e]/g, encodeURIComponent) : model,
    'x-hearth-cache': exchange.cached ?? 'off',
    'x-hearth-attempts': String(attempts()),
  }
  if (exchange.template !== undefined) headers['x-hearth-template'] = exchange.template
  return headers
}

const beyondAscii = /[^\x20-\x7e]/

function costIn(
  { cost }: TryPorts,
  { deployment, exchange: { goesOn } }: Trying,
  usage: Usage | undefined,
): Readonly<Record<string, string>> {
  const amount = cost(deployment, usage)
  if (goesOn === undefined) return amount === null ? {} : { 'x-hearth-cost-usd': formatUsd(amount) }
  const continued = { 'x-hearth-continued': String(goesOn.times) }
  const all = amount === null || goesOn.cost === null ? null : amount + goesOn.cost
  return all === null ? continued : { ...continued, 'x-hearth-cost-usd': formatUsd(all) }
}

/** Of an answer. */
const mostBytesOf = ({ limits }: TryPorts, { exchange, most }: Trying): number =>
  Math.min(limits.mostBytes, longestAnswer(exchange, most))

async function passOn(ports: TryPorts, trying: Trying, { headers, baseUrl }: OpenedEntry): Promise<Tried> {
  const { exchange, deployment, signal, waiting } = trying
  const { sink, stream, wire, protocol } = exchange
  const { body, hidesUsage } = bodyFor(trying, ports)
  const { headWithinMs, idleMs } = ports.limits
  const mostBytes = mostBytesOf(ports, trying)
  const meter = wire.meter()
  const { tried, abort } = forward({
    network: ports.network,
    request: {
      url: `${baseUrl}${deployment.manifest.speaks[protocol] ?? ''}`,
      method: 'POST',
      headers: isEmpty(exchange.dialect) ? headers : { ...headers, ...exchange.dialect },
      body,
      allowPrivate: deployment.entry.allowPrivate,
      headWithinMs,
      idleMs: trying.idleMs ?? idleMs,
    },
    sink,
    meter,
    stream,
    hidesUsage,
    mostBytes,
    headers: () => headersOf(trying),
    trailers: (usage) => costIn(ports, trying, usage),
    refusal: (status, headers, said) =>
      failureOfAnswer({ status, headers, body: said, key: trying.key, request: exchange.json }),
    fault: (error) => exchange.failed(error),
    hide: (failure) => hiding(failure, { key: trying.key, request: exchange.json }),
    isOfSeveral: Number(exchange.json['n']) > 1,
    following: ports.continues && stream ? followingOf(trying) : null,
    breakOff: (failure) => wire.streaming(readable(exchange), factsOf(trying)).fail({ type: 'model', failure }),
    headQuietMs: waiting?.headMs ?? longestQuietMs,
    quietMs: trying.idleMs ?? longestQuietMs,
    heard: (headers) => {
      waiting?.end()
      trying.health.heard(headers)
    },
    first: () => trying.health.first(),
    now: ports.now,
  })
  waiting?.begin(abort)
  const stop = (): void => abort(stopOf(signal))
  sink.onGone(stop)
  signal.addEventListener('abort', stop, { once: true })
  const ended = await tried
  signal.removeEventListener('abort', stop)
  return ended
}

function isEmpty(headers: Exchange['dialect']): boolean {
  for (const _name in headers) return false
  return true
}

function followingOf({ exchange, deployment, signal }: Trying): Following | null {
  const follower = exchange.wire.follow?.()
  if (follower === undefined) return null
  const unfinished: Following['unfinished'] = () => {
    const followed = signal.aborted ? null : follower.followed()
    if (followed === null) return undefined
    return { telling: Telling.of(followed), stream: followed.stream(readable(exchange)), exchange, deployment }
  }
  return { follower, unfinished }
}

const stopOf = ({ aborted, reason }: AbortSignal): ModelFailure =>
  aborted && reason instanceof Error
    ? { type: 'late', detail: reason.message }
    : { type: 'stopped', detail: 'nobody waits for it any more' }

/** The bytes as they came, unless the provider knows the model under another name, or has to be told what it would not do otherwise. */
function bodyFor({ exchange, deployment, most }: Trying, { trusts, marks }: Pick<TryPorts, 'trusts' | 'marks'>) {
  const { body, json, model, stream, protocol } = exchange
  const { manifest } = deployment
  const called = calledAt(deployment)
  const upstream = manifest.nameOf?.(called) ?? called
  const options = json['stream_options'] as { readonly include_usage?: unknown } | null | undefined
  const hidesUsage = protocol === 'openai-chat' && stream && options?.include_usage !== true
  const bound = boundFor(exchange, deployment, most)
  const marked = marks && takesMarks(deployment) ? markedBody(json, body.byteLength) : json
  // What is kept has to be the answer to what was read of it.
  const isRead = !trusts || exchange.cached !== undefined
  if (!isRead && !hidesUsage && bound === null && model === upstream && marked === json) return { body, hidesUsage }
  const usage = hidesUsage ? { stream_options: { ...options, include_usage: true } } : {}
  const asked = trusts ? marked : withoutOthers(marked)
  const isSame = model === upstream && !hidesUsage && bound === null
  return { body: JSON.stringify(isSame ? asked : { ...asked, model: upstream, ...usage, ...bound }), hidesUsage }
}

const takesMarks = ({ manifest }: Deployment): boolean => manifest.kind === 'anthropic'

/** Some providers go elsewhere by these, to models that nobody has looked at. */
function withoutOthers(json: Exchange['json']): Exchange['json'] {
  if (elsewhere.every((name) => json[name] === undefined)) return json
  const { models: _models, route: _route, provider: _provider, plugins: _plugins, ...rest } = json
  return rest
}

const elsewhere = ['models', 'route', 'provider', 'plugins'] as const

/** Where the caller would let the answer be longer than what is paid for. */
function boundFor({ protocol, json }: Exchange, { entry, manifest }: Deployment, most: number | undefined) {
  if (most === undefined || protocol === 'openai-embeddings' || protocol === 'rerank') return null
  if ((askedMost(json) ?? Infinity) <= most) return null
  const usual = protocol === 'openai-responses' ? 'max_output_tokens' : 'max_tokens'
  // OpenAI's newer models refuse the old name, and servers that are only compatible do not know the new one.
  const isOpenai = protocol === 'openai-chat' && manifest.kind === 'openai' && entry.baseUrl === null
  const name = isOpenai ? 'max_completion_tokens' : usual
  const said = boundNames.filter((one) => json[one] != null)
  return Object.fromEntries((said.length === 0 ? [name] : said).map((one) => [one, most]))
}

/** What can go on as it is need not be one that can be read. */
function readable({ asked, model }: Exchange): WireCall {
  try {
    return asked()
  } catch {
    return { model, stream: true, call: { prompt: [] }, form: {} }
  }
}

/** Whichever of them a server goes by. */
const boundNames = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const

const factsOf = ({ exchange, deployment, at }: Trying) => ({ id: exchange.id, model: deployment.model, at })

async function ask(ports: TryPorts, trying: Trying, { provider }: OpenedEntry): Promise<Tried> {
  if (trying.exchange.protocol === 'openai-embeddings') return askForEmbeddings(ports, trying, provider)
  if (trying.exchange.protocol === 'rerank') return askForRanking(ports, trying, provider)
  const { exchange, deployment, most, waiting } = trying
  const model = provider.chat?.(calledAt(deployment))
  if (model === undefined) {
    return failed({ type: 'unknown-model', detail: 'this provider has no models that chat' })
  }
  const { asked: read, telling } = askedAt(exchange, deployment, ports.continues)
  const foreign = foreignTool(read.call, deployment)
  if (foreign !== undefined) return failed({ type: 'refused', detail: `this provider has no tool ${foreign}` })
  const maxOutputTokens = Math.min(read.call.maxOutputTokens ?? Infinity, most ?? Infinity)
  const bounded = maxOutputTokens === Infinity ? read : { ...read, call: { ...read.call, maxOutputTokens } }
  const marks = ports.marks && takesMarks(deployment)
  const asked = marks ? { ...bounded, call: markedCall(bounded.call, exchange.body.byteLength) } : bounded
  const go = (call: ChatCall): Promise<Tried> =>
    translate({
      model,
      asked: call === asked.call ? asked : { ...asked, call },
      wire: exchange.wire,
      sink: exchange.sink,
      facts: factsOf(trying),
      mostBytes: mostBytesOf(ports, trying),
      signal: whileWanted(trying),
      headers: () => headersOf(trying),
      trailers: (usage) => costIn(ports, trying, usage),
      heard: (headers) => trying.health.heard(headers),
      first: () => {
        waiting?.end()
        trying.health.first()
      },
      began: ports.now(),
      now: ports.now,
      telling,
      idleMs: trying.idleMs,
    })
  const { manifest } = deployment
  if (!mayNameFiles(asked.call, manifest)) return go(asked.call)
  const whileFetching = whileWanted({ ...trying, waiting: null, idleMs: undefined })
  const at = { network: ports.network, exchange, manifest, model, signal: whileFetching }
  return withFiles(asked.call, at, go).catch((error: unknown) => failed(failureOf(error)))
}

type Wanted = Pick<Trying, 'exchange' | 'signal' | 'waiting' | 'idleMs'>

/** Ends where nobody waits any more, or not so long. */
function whileWanted({ exchange: { sink }, signal, waiting, idleMs }: Wanted): AbortSignal {
  const gone = new AbortController()
  sink.onGone(() => gone.abort())
  const either = AbortSignal.any([gone.signal, signal])
  if (waiting !== null || idleMs !== undefined) {
    const quiet = { headMs: waiting?.headMs ?? longestQuietMs, idleMs: idleMs ?? longestQuietMs }
    listenTo(either, { head: () => waiting?.end(), idleMs, quiet })
  }
  waiting?.begin(({ detail }) => gone.abort(new DOMException(detail, 'TimeoutError')))
  return either
}

async function askForEmbeddings(ports: TryPorts, trying: Trying, provider: Provider): Promise<Tried> {
  const { exchange, deployment } = trying
  const model = provider.embed?.(calledAt(deployment))
  if (model === undefined) return failed({ type: 'unknown-model', detail: 'this provider has no models that embed' })
  const asked = exchange.asked()
  return embed({
    model,
    asked,
    sink: exchange.sink,
    signal: whileWanted(trying),
    headers: () => headersOf(trying),
    trailers: (usage) => costIn(ports, trying, usage),
  })
}

async function askForRanking(ports: TryPorts, trying: Trying, provider: Provider): Promise<Tried> {
  const { exchange, deployment } = trying
  const model = provider.rerank?.(calledAt(deployment))
  if (model === undefined) return failed({ type: 'unknown-model', detail: 'this provider has no models that rank' })
  return rank({
    model,
    asked: exchange.asked(),
    sink: exchange.sink,
    signal: whileWanted(trying),
    facts: factsOf(trying),
    headers: () => headersOf(trying),
    trailers: (usage) => costIn(ports, trying, usage),
  })
}
