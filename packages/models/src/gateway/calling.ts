import type { HearthError } from '@hearth/protocol'
import { searchesIn } from '../catalog/searches.ts'
import { formatUsd, nanodollars, type Money } from '../catalog/money.ts'
import type { ModelFailure } from '../failure.ts'
import type { Usage } from '../language.ts'
import { usageOfAll } from './continuing/usages.ts'
import type { How } from '../caches/giving.ts'
import type { KeptAnswer } from '../caches/kept-answer.ts'
import type { Explanation } from '../router/explanation.ts'
import type { Held } from './budget.ts'
import { ownAt } from './declared.ts'
import type { Exchange } from './exchange.ts'
import type { CallRecord, Tokens, TriedRecord } from './record.ts'
import type { Deployment } from './setting.ts'
import { wantsIn } from '../router/wants.ts'
import { askedMost } from './worst-cost.ts'
import type { Tried } from './tried.ts'
import { passes, type Cost } from './trying.ts'

/** Bytes of an answer for a token: of an event of a stream, which has one or a few, and of text. */
const [ofStream, ofText] = [200, 4]
/** They are estimated: only so many times what was allowed surely is too much. */
const mostTimes = 2
/** Whatever a provider says that a call has cost: a million dollars are a slip. */
const mostOfOneCall = 1e15
/** Pictures are long, and not by tokens. */
const mostCompared = 20_000

/** It did not where it refused, or was not reached. */
function mayHaveWorked(tried: Tried): boolean {
  if (tried.type === 'done') return tried.usage === undefined
  if (tried.begun) return true
  const { type, status } = tried.failure
  return type === 'late' || type === 'lost' || type === 'stopped' || (type === 'garbage' && status === undefined)
}

interface Given {
  readonly kept: KeptAnswer
  readonly how: How
}

/** A part of the answer, by a model that was lost. */
interface LostPart {
  readonly tried: Tried
  readonly usage: Usage
  /** Of this part and all before it. */
  readonly cost: Money | null
  readonly firstMs: number | null
}

export interface Answered {
  readonly deployment: Deployment
  readonly tokens: Tokens | null
  readonly costUsd: string | null
}

/** What becomes known of one call. */
export class Calling {
  /** Through which its answer goes. */
  exchange: Exchange
  readonly at: number
  readonly began: number
  readonly tries: TriedRecord[] = []
  readonly #door: string
  readonly #asked: Exchange
  #last: { readonly deployment: Deployment; readonly tried: Tried } | null = null
  #begun = 0
  #used = 0
  #refusal: HearthError | null = null
  #failure: ModelFailure | null = null
  #given: Given | null = null
  #lost: readonly LostPart[] = []
  #brokenOff: ModelFailure | null = null
  explanation: Explanation | undefined
  #charged = 0
  #accounts: readonly string[] = []

  constructor(exchange: Exchange, door: string, when: { readonly at: number; readonly began: number }) {
    this.exchange = exchange
    this.#asked = exchange
    this.#door = door
    this.at = when.at
    this.began = when.began
  }

  /** About as many as its prompt has. */
  get prompt(): number {
    return Math.ceil(this.exchange.body.byteLength / 4)
  }

  /** The same where it is only compared with what a provider said that it still takes. */
  get tokens(): number {
    return Math.min(this.prompt, mostCompared)
  }

  /** Of all tries together: as they were told, and else as they may have been worked. */
  get used(): number {
    return this.#used
  }

  /** Tokens of an answer that broke off, about. */
  #came(tried: Tried): number {
    const length = tried.type === 'failed' ? (tried.length ?? 0) : 0
    return Math.ceil(length / (this.exchange.stream ? ofStream : ofText))
  }

  #tokensOf(tried: Tried): number {
    const { usage } = tried
    const told = (usage?.inputTokens.total ?? 0) + (usage?.outputTokens.total ?? 0)
    // Who counts searches tells of no tokens, and reads them all the same.
    if (usage !== undefined && searchesIn(usage) !== undefined) return Math.max(told, this.prompt)
    if (usage !== undefined) return told
    return mayHaveWorked(tried) ? this.prompt + this.#came(tried) : 0
  }

  /** A provider is asked. */
  begin(): void {
    this.#begun += 1
  }

  /** How many were asked so far. */
  get attempts(): number {
    return this.#begun
  }

  tried(deployment: Deployment, tried: Tried, ms: number, counts: boolean): void {
    const { entry, model } = deployment
    const outcome = tried.type === 'done' ? 'ok' : tried.failure.type
    const status = tried.type === 'done' ? undefined : tried.failure.status
    const { together } = tried
    const about = {
      provider: entry.name,
      model,
      outcome,
      ms: rounded(ms),
      ...(together === undefined ? {} : { together }),
    } as const
    this.tries.push(status === undefined ? about : { ...about, status })
    // Of two that were asked at once the one that was left may end later.
    if (counts || this.#last === null) this.#last = { deployment, tried }
    this.#used += this.#tokensOf(tried)
  }

  /** It was answered with what was kept, and nobody was asked. */
  given(kept: KeptAnswer, how: How): void {
    this.#given = { kept, how }
  }

  /** An answer came, and could not be used: whoever asked was told so. */
  spoilt(failure: ModelFailure): void {
    this.#failure = failure
  }

  /** Who answered and what it took, where an answer came to its end and is of one model. */
  answered(cost: Cost): Answered | null {
    const last = this.#last
    if (last === null || last.tried.type !== 'done' || this.#lost.length > 0) return null
    const { deployment, tried } = last
    const { usage } = tried
    const amount = cost(deployment, usage)
    return {
      deployment,
      tokens: usage === undefined ? null : tokensOf(usage),
      costUsd: amount === null ? null : formatUsd(amount),
    }
  }

  /**
   * What was told counts alone where the answer came to its end. Where it did not, more may have been worked than was told: what was set
   * aside counts, unless the provider surely did nothing, and what came beyond that of one that does not keep to what it was asked.
   */
  paid(held: Held, tried: Tried, cost: Money | null): void {
    const told = cost === null ? 0 : nanodollars(cost)
    const beyond = held.token * Math.max(0, this.#came(tried) - mostTimes * held.most)
    const nano = Math.min(mayHaveWorked(tried) ? Math.max(told, held.nano + beyond) : told, mostOfOneCall)
    held.release(nano)
    this.#charged += nano
    this.#accounts = held.accounts
  }

  /** A part of the answer has gone out, and another model is asked for the rest. */
  goesOn(next: Exchange, lost: LostPart): void {
    this.exchange = next
    this.#lost = [...this.#lost, lost]
  }

  /** Nobody goes on with what has gone out. */
  brokeOff({ sink, goesOn }: Exchange): void {
    if (goesOn === undefined) return
    const { failure, stream } = goesOn
    this.#brokenOff = failure
    if (!sink.isGone) sink.end(stream.fail({ type: 'model', failure }))
  }

  /** No deployment answered. */
  failed(failure: ModelFailure): void {
    const { sink, wire, requestId, id, goesOn } = this.exchange
    if (goesOn !== undefined) return this.brokeOff(this.exchange)
    this.#failure = failure
    if (sink.isGone) return
    const { status, body } = wire.failed({ type: 'model', failure }, requestId)
    const retry: Record<string, string> =
      failure.afterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(failure.afterMs / 1000))) }
    const bytes = Buffer.from(JSON.stringify(body))
    const headers = { ...retry, 'content-type': 'application/json', 'content-length': String(bytes.length) }
    sink.head(status, { 'x-hearth-call': id, 'x-hearth-attempts': String(this.tries.length), ...headers })
    sink.end(bytes)
  }

  refused(error: HearthError): void {
    this.#refusal = error
    this.exchange.refuse(error)
  }

  /** By all who told a part of the answer. */
  #taken(cost: Cost): { readonly usage: Usage | undefined; readonly amount: Money | null } {
    const last = this.#last
    if (last === null) return { usage: undefined, amount: null }
    const { usage } = last.tried
    const lost = this.#lost.at(-1)
    if (lost === undefined) return { usage, amount: cost(last.deployment, usage) }
    const own = last.tried === lost.tried ? undefined : usage
    const parts = this.#lost.map((part) => part.usage)
    if (own === undefined) return { usage: usageOfAll(parts), amount: lost.cost }
    const rest = cost(last.deployment, own)
    const amount = lost.cost === null || rest === null ? null : lost.cost + rest
    return { usage: usageOfAll([...parts, own]), amount }
  }

  record(ms: number, cost: Cost): CallRecord {
    const { id, asker, requestId, model: asked, template, stream, json, sink } = this.#asked
    const last = this.#last
    const tried = last?.tried
    const { usage, amount } = this.#taken(cost)
    const failure = this.#brokenOff ?? (tried?.type === 'failed' ? tried.failure : this.#failure)
    const firstMs = (this.#lost[0] ?? tried)?.firstMs
    const own = last === null ? undefined : ownAt(last.deployment)
    const wants = this.explanation?.needs ?? wantsIn(json, stream)
    const most = askedMost(json)
    const detail = this.#refusal?.code ?? failure?.detail
    const record: Mutable<CallRecord> = {
      id,
      at: this.at,
      asker,
      requestId,
      door: this.#door,
      asked,
      provider: last?.deployment.entry.name ?? null,
      model: last?.deployment.model ?? null,
      streamed: stream,
      passed: last !== null && passes(last.deployment, this.exchange),
      outcome: this.#refusal !== null ? 'refusal' : sink.isGone ? 'stopped' : (failure?.type ?? 'done'),
      tokens: usage === undefined ? null : tokensOf(usage),
      costUsd: amount === null ? null : formatUsd(amount),
      ms: rounded(ms),
      firstMs: firstMs == null ? null : rounded(firstMs),
      tries: this.tries,
    }
    // One after the other: an object put together of many takes longer than all that stands in it.
    if (template !== undefined) record.template = template
    if (own !== undefined) record.version = own.version
    if (detail !== undefined) record.detail = detail
    if (this.#lost.length > 0) record.continued = this.#lost.length
    if (this.explanation !== undefined) record.explanation = this.explanation
    if (wants.length > 0) record.wants = wants
    if (most !== undefined) record.most = most
    if (this.#accounts.length > 0) record.charged = { nano: this.#charged, accounts: this.#accounts }
    if (this.#given !== null || this.exchange.cached !== undefined)
      return { ...record, ...cacheIn(this.#given, this.exchange) }
    return record
  }
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Nobody was asked, so nothing was taken. */
function cacheIn(given: Given | null, { cached }: Exchange): Partial<CallRecord> {
  if (given === null) return cached === undefined ? {} : { cache: cached }
  const { provider, model, tokens, costUsd } = given.kept
  return { cache: given.how, provider, model, costUsd: '0', saved: { tokens, costUsd } }
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100

export const tokensOf = ({ inputTokens, outputTokens }: Usage): Tokens => ({
  input: inputTokens.total ?? 0,
  output: outputTokens.total ?? 0,
  cached: inputTokens.cacheRead ?? 0,
  written: inputTokens.cacheWrite ?? 0,
  reasoning: outputTokens.reasoning ?? 0,
})
