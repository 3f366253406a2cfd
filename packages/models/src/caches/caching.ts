import type { Calling } from '../gateway/calling.ts'
import type { Exchange } from '../gateway/exchange.ts'
import type { Cost } from '../gateway/trying.ts'
import type { Place } from '../gateway/places.ts'
import type { Embedding } from '../vector.ts'
import type { CachingPorts, CallCache } from './call-cache.ts'
import { give, isAt } from './giving.ts'
import { mostWaits, outcomeOf, type Flight } from './flights.ts'
import { keyOf, mayBeKept, type CacheKey } from './key.ts'
import { kinOf, type Kin } from './kin.ts'
import { placeOf, type KeptAnswer, type KeptEntry, type KeptQuestion } from './kept-answer.ts'
import { marksOf } from './marks.ts'
import { RecordingSink } from './recording-sink.ts'
import { rewritten } from './rewriting.ts'
import { termsOf, type CachesSet, type CacheTerms } from './setting.ts'
import { sharedOf } from './shared-entry.ts'
import type { TenantCache } from './tenant-cache.ts'
import { vectorCachingOf } from './vector-caching.ts'
import { worthOf } from './worth.ts'

/** Of an answer. */
const mostBytes = 512 * 1024
const unset: CachesSet = { setting: null, version: 0 }

/** Null where nothing is kept of this call, nor looked for: it then costs nothing. */
export function cachingOf(ports: CachingPorts, exchange: Exchange, set: CachesSet = unset): CallCache | null {
  if (set.setting === null && exchange.cache === undefined) return null
  if (exchange.protocol === 'rerank') return null
  const terms = termsOf(set.setting, exchange.cache)
  if (terms === null || !mayBeKept(exchange, terms)) return null
  const ofVectors = exchange.protocol === 'openai-embeddings'
  const byText = ofVectors ? vectorCachingOf(ports, exchange, set.version, terms) : null
  return byText ?? new Caching(ports, exchange, set.version, terms)
}

class Caching implements CallCache {
  readonly #ports: CachingPorts
  readonly #exchange: Exchange
  readonly #version: number
  readonly #terms: CacheTerms
  readonly #key: CacheKey
  readonly #recording: RecordingSink
  #embedding: Embedding | undefined
  #flight: Flight | null = null
  #known: Kin | undefined

  constructor(ports: CachingPorts, exchange: Exchange, version: number, terms: CacheTerms) {
    this.#ports = ports
    this.#exchange = exchange
    this.#version = version
    this.#terms = terms
    this.#key = keyOf(exchange, terms)
    this.#recording = new RecordingSink(exchange.sink, mostBytes, () => this.over())
  }

  get recorded(): Exchange {
    return { ...this.#exchange, sink: this.#recording, cached: 'miss' }
  }

  async answers(call: Calling, places: readonly Place[], signal: AbortSignal): Promise<boolean> {
    if (!this.#terms.reads) return false
    let rewrites = true
    for (let waits = 0; ;) {
      const cache = this.#cache
      const same = cache.find(this.#key.exact, this.#ports.clock())
      if (same !== undefined && isAt(same, places)) return this.#give(call, same, 'hit')
      const kin = rewrites ? cache.findKin(this.#kin.names, this.#ports.clock()) : undefined
      if (kin !== undefined && isAt(kin, places)) {
        rewrites = false
        const again = await this.#rewritten(kin, cache, signal)
        if (again !== null) return this.#give(call, again, 'hit')
        continue
      }
      const other = waits === mostWaits ? undefined : this.#other(cache)
      if (other === undefined) break
      waits += 1
      rewrites = true
      await outcomeOf([other], this.#exchange, signal)
      if (this.#exchange.sink.isGone) return true
    }
    const like = await this.#like(signal)
    return like !== undefined && isAt(like, places) ? this.#give(call, like, 'semantic') : false
  }

  over(): void {
    this.#flight?.end()
  }

  async keep(call: Calling, cost: Cost, signal: AbortSignal): Promise<void> {
    const { recorded } = this.#recording
    const answered = call.answered(cost)
    if (recorded === null || answered === null) return
    const worth = worthOf(recorded, this.#exchange.wire)
    if (worth === null) return
    const { deployment, tokens, costUsd } = answered
    const { entry, model } = deployment
    const until = this.#ports.clock() + this.#terms.ms
    const about = {
      provider: entry.name,
      place: placeOf(entry),
      model,
      tokens,
      costUsd,
      until,
      home: call.exchange.asker.home,
      asked: call.at,
    }
    const { protocol } = this.#exchange
    const answer: KeptAnswer = { form: worth.form, protocol, body: recorded.body, ...about }
    const [key, kin] = [this.#key.exact, this.#kin.names]
    // At once, so that the next call finds it; by what it means once that is known.
    this.#put({ key, kin, answer, question: null })
    this.over()
    const question = worth.calls ? null : await this.#question(signal)
    const kept = { key, kin, answer, question }
    if (question !== null) this.#put(kept)
    const { tenant } = this.#exchange.asker
    this.#ports.share(sharedOf(tenant, this.#version, [kept]))
  }

  get #cache(): TenantCache {
    return this.#ports.caches.of(this.#exchange.asker.tenant, this.#version)
  }

  get #kin(): Kin {
    return (this.#known ??= kinOf(this.#exchange, this.#key, this.#terms))
  }

  /** Who asks the same now; undefined where that is this call from now on. */
  #other(cache: TenantCache): Flight | undefined {
    const widest = this.#kin.names.at(-1) ?? this.#key.exact
    // Nobody waits for one that lets others go first.
    const name = this.#exchange.background === true ? `${widest} background` : widest
    const other = cache.flights.of(name)
    if (other === undefined) this.#flight = cache.flights.begin(name)
    return other
  }

  /** As it is asked for now, and so found the next time. Null too where another call has done that meanwhile: then it is found. */
  async #rewritten(kept: KeptAnswer, { flights }: TenantCache, signal: AbortSignal): Promise<KeptAnswer | null> {
    const { asked } = this.#kin
    if (asked === null) return null
    const name = `${this.#key.exact} rewritten`
    const other = flights.of(name)
    if (other !== undefined) {
      await outcomeOf([other], this.#exchange, signal)
      return null
    }
    const own = flights.begin(name)
    try {
      const body = await rewritten(kept, asked, this.#exchange, this.#ports.clock())
      if (body === null) return null
      const { protocol, stream } = this.#exchange
      const answer: KeptAnswer = { ...kept, form: stream ? 'stream' : 'whole', protocol, body }
      this.#put({ key: this.#key.exact, kin: [], answer, question: null })
      return answer
    } finally {
      own?.end()
    }
  }

  #put(entry: KeptEntry): void {
    this.#ports.caches.put(this.#exchange.asker.tenant, this.#version, entry)
  }

  async #like(signal: AbortSignal): Promise<KeptAnswer | undefined> {
    const { threshold } = this.#terms
    const { group } = this.#key
    const { caches, clock } = this.#ports
    const { tenant } = this.#exchange.asker
    if (threshold === null || group === null || !caches.of(tenant, this.#version).hasGroup(group)) return undefined
    const question = await this.#question(signal)
    return question === null ? undefined : caches.of(tenant, this.#version).near(question, threshold, clock())
  }

  /** Without a vector it is only what was asked word for word that is found. */
  async #question(signal: AbortSignal): Promise<KeptQuestion | null> {
    const { group, question } = this.#key
    if (group === null || question === null) return null
    try {
      const asked = { model: this.#terms.embedder, text: question.text }
      this.#embedding ??= await this.#ports.embed(this.#exchange, asked, signal)
    } catch {
      return null
    }
    const { model, vector } = this.#embedding
    return { group, marks: marksOf(question.text), model, vector }
  }

  #give(call: Calling, kept: KeptAnswer, how: 'hit' | 'semantic'): true {
    give(call, this.#exchange, kept, how)
    return true
  }
}
