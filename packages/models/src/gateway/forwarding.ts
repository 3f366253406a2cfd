import type { ModelFailure } from '../failure.ts'
import type { Usage } from '../language.ts'
import type { Answering, Network, NetworkFailure, Opened, OutgoingRequest, ResponseHeaders } from '../network.ts'
import type { WireFollower, WireMeter } from '../wire/protocol.ts'
import { Breaths } from '../wire/sse/breaths.ts'
import { isLoss, type Unfinished } from './continuing/unfinished.ts'
import { followedEvents, type FollowedFilter } from './followed-events.ts'
import { wholeEvents, type Filter } from './whole-events.ts'
import type { Sink } from './sink.ts'
import type { Tried } from './tried.ts'

/** How a connection fails. */
const ofConnection: ReadonlySet<ModelFailure['type']> = new Set(['lost', 'away', 'late'])
/** Enough of a refusal to know what it says. */
const mostOfRefusal = 65_536
/** Of a stream whose first token has not come: then it has begun, whatever it is. */
const mostHeld = 65_536

const heldOn: ModelFailure = { type: 'late', detail: 'it held the connection and said nothing' }

export interface Forward {
  readonly network: Network
  readonly request: OutgoingRequest
  readonly sink: Sink
  readonly meter: WireMeter
  readonly stream: boolean
  /** The client did not ask for usage, and is not told of it. */
  readonly hidesUsage: boolean
  readonly mostBytes: number
  /** Headers of the answer, known when it begins. */
  readonly headers: () => Readonly<Record<string, string>>
  /** What is known when it has ended. */
  readonly trailers: (usage: Usage | undefined) => Readonly<Record<string, string>>
  readonly refusal: (status: number, headers: ResponseHeaders, body: Buffer) => ModelFailure
  /** A failure that a meter has read, without what is not to be in its words. */
  readonly hide: (failure: ModelFailure) => ModelFailure
  /** Is told of a fault of ours. */
  readonly fault: (error: unknown) => void
  /** The words in which a stream breaks off. */
  readonly breakOff: (failure: ModelFailure) => string
  /** Several answers are told at once: that one of them is complete says nothing of the others. */
  readonly isOfSeveral: boolean
  /** Where another model may go on with the answer. */
  readonly following: Following | null
  /** How long it may hold the connection without a word, before its answer and within it. */
  readonly headQuietMs: number
  readonly quietMs: number
  /** The head of the answer has come, and its first token. */
  readonly heard: (headers: ResponseHeaders) => void
  readonly first: () => void
  readonly now: () => number
}

export interface Following {
  readonly follower: WireFollower
  /** Undefined where nobody can. */
  readonly unfinished: () => Unfinished | undefined
}

/** Sends a request on as it is and the answer back as it is, and reads from it what it cost. */
export function forward(how: Forward): { readonly tried: Promise<Tried>; abort(failure: ModelFailure): void } {
  const forwarding = new Forwarding(how)
  return { tried: forwarding.tried, abort: (failure) => forwarding.abort(failure) }
}

const unreadable: ModelFailure = { type: 'garbage', detail: 'a part of its answer is not what the protocol says' }

class Forwarding implements Answering {
  readonly tried: Promise<Tried>
  readonly #how: Forward
  readonly #resolve: (tried: Tried) => void
  readonly #opened: Opened
  readonly #began: number
  readonly #filter: Filter
  readonly #followed: FollowedFilter | null
  readonly #breaths: Breaths
  #mode: 'head' | 'refusal' | 'whole' | 'held' | 'flowing' | 'over' = 'head'
  #status = 0
  #headers: ResponseHeaders = {}
  #chunks: Buffer[] = []
  #length = 0
  #isPaused = false
  #firstMs: number | null = null

  constructor(how: Forward) {
    const { promise, resolve } = Promise.withResolvers<Tried>()
    this.#how = how
    this.tried = promise
    this.#resolve = resolve
    this.#began = how.now()
    this.#breaths = new Breaths({ headMs: how.headQuietMs, idleMs: how.quietMs }, how.now)
    const events = wholeEvents(how.hidesUsage)
    this.#followed = how.following === null ? null : followedEvents(events, how.following.follower)
    this.#filter = this.#followed ?? events
    this.#opened = how.network.open(how.request, {
      head: (status, headers) => this.#guard(() => this.head(status, headers)),
      data: (chunk) => this.#guard(() => this.data(chunk)),
      ended: () => this.#guard(() => this.ended()),
      failed: (failure) => this.#guard(() => this.failed(failure)),
    })
  }

  head(status: number, headers: ResponseHeaders): void {
    if (this.#mode === 'over') return
    this.#status = status
    this.#headers = headers
    this.#how.heard(headers)
    const isStream = String(headers['content-type'] ?? '').includes('text/event-stream')
    this.#mode = status >= 300 ? 'refusal' : this.#how.stream && isStream ? 'held' : 'whole'
  }

  data(chunk: Buffer): void {
    this.#length += chunk.length
    if (this.#length > this.#how.mostBytes)
      return this.abort({ type: 'garbage', detail: 'its answer goes on beyond all that was asked for' })
    if (this.#breaths.isTooLong(chunk)) return this.abort(heldOn)
    switch (this.#mode) {
      case 'refusal':
        if (this.#length <= mostOfRefusal) this.#chunks.push(chunk)
        else this.#refused()
        return
      case 'whole':
        this.#chunks.push(chunk)
        return
      case 'held':
        return this.#hold(chunk)
      case 'flowing':
        this.#how.meter.push(chunk)
        // Clients stop at what they cannot read, and never come to the error behind it.
        if (this.#how.meter.isGarbled()) return this.abort(unreadable)
        this.#flow(chunk)
        return this.#heedFailure()
      default:
        return
    }
  }

  ended(): void {
    switch (this.#mode) {
      case 'refusal':
        return this.#refused()
      case 'whole':
        return this.#whole()
      case 'held':
      case 'flowing':
        return this.#streamed()
      default:
        return
    }
  }

  failed({ type, reason: detail }: NetworkFailure): void {
    if (this.#mode === 'refusal') return this.#refused()
    // The client of the network says what became of the connection; whether an answer was lost with it is known here.
    const lost = this.#mode !== 'head' && type === 'away'
    this.#fail({ type: lost ? 'lost' : type === 'late' ? 'late' : 'away', detail })
  }

  abort(failure: ModelFailure): void {
    this.#opened.abort()
    this.#fail(failure)
  }

  /** What is thrown here would come out in the network's client, and nobody would hear of it. */
  #guard(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#how.fault(error)
      this.#opened.abort()
      const failure: ModelFailure = { type: 'garbage', detail: 'something went wrong here' }
      // Not to be asked of another: this one has answered.
      if (this.#mode !== 'over') this.#end({ type: 'failed', failure, begun: true, usage: undefined, firstMs: null })
    }
  }

  /** Nothing goes out before the first token: until then another deployment can take over unseen. */
  #hold(chunk: Buffer): void {
    const { meter, now } = this.#how
    meter.push(chunk)
    this.#chunks.push(chunk)
    const { began, ended, error } = meter.read()
    if (error !== undefined) return this.abort(this.#how.hide(error))
    if (meter.isGarbled()) return this.abort(unreadable)
    if (!began && !ended && this.#length <= mostHeld) return
    this.#firstMs = now() - this.#began
    this.#mode = 'flowing'
    this.#how.first()
    this.#how.sink.head(200, { ...this.#how.headers(), 'content-type': 'text/event-stream; charset=utf-8' })
    const held = this.#chunks
    this.#chunks = []
    for (const one of held) this.#flow(one)
    this.#heedFailure()
  }

  /** What follows an error is none of the answer, where another model may tell that. */
  #heedFailure(): void {
    if (this.#how.following?.follower.hasFailed() !== true) return
    const { error } = this.#how.meter.read()
    this.abort(error === undefined ? { type: 'away', detail: 'it gave the answer up' } : this.#how.hide(error))
  }

  #flow(chunk: Buffer): void {
    const { sink } = this.#how
    const passed = this.#filter.push(chunk)
    if (passed.length === 0 || sink.write(passed) || this.#isPaused) return
    this.#isPaused = true
    this.#opened.pause()
    sink.drained(() => {
      this.#isPaused = false
      this.#opened.resume()
    })
  }

  #streamed(): void {
    const { meter, sink, trailers } = this.#how
    const { ended, error, usage } = meter.read()
    if (error !== undefined) return this.#fail(this.#how.hide(error))
    if (!ended) return this.#fail({ type: 'lost', detail: 'the answer broke off' })
    const rest = this.#filter.end()
    if (this.#mode === 'flowing') sink.end(rest, trailers(usage))
    this.#end({ type: 'done', usage, firstMs: this.#firstMs })
  }

  #whole(): void {
    const { meter, sink, headers, trailers } = this.#how
    const body = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    const { usage, ended, error } = meter.whole(body)
    if (error !== undefined) return this.#fail(this.#how.hide(error))
    if (!ended) return this.#fail({ type: 'garbage', detail: 'its answer is not what the protocol says' })
    const all: Record<string, string> = { ...headers(), 'content-type': 'application/json' }
    all['content-length'] = String(body.length)
    Object.assign(all, trailers(usage))
    sink.head(200, all)
    sink.end(body)
    this.#end({ type: 'done', usage, firstMs: null })
  }

  #refused(): void {
    const body = Buffer.concat(this.#chunks)
    this.#opened.abort()
    this.#fail(this.#how.refusal(this.#status, this.#headers, body))
  }

  #fail(failure: ModelFailure): void {
    if (this.#mode === 'over') return
    const { meter, sink, breakOff } = this.#how
    const begun = this.#mode === 'flowing'
    const lacks = begun && ofConnection.has(failure.type) && !this.#how.isOfSeveral ? meter.lacks() : null
    if (lacks !== null) return this.#complete(lacks)
    const { usage } = meter.read()
    const length = this.#mode === 'refusal' ? 0 : this.#length
    const tried = { type: 'failed', failure, begun, usage, firstMs: this.#firstMs, length } as const
    if (!begun || sink.isGone) return this.#end(tried)
    const isLost = this.#followed?.isWhole() === true && isLoss.has(failure.type)
    const unfinished = isLost ? this.#how.following?.unfinished() : undefined
    if (unfinished !== undefined) return this.#end({ ...tried, unfinished })
    sink.end(breakOff(failure))
    this.#end(tried)
  }

  /** All of the answer has come, whatever became of the connection behind it. */
  #complete(lacks: string): void {
    const { meter, sink, trailers } = this.#how
    const { usage } = meter.read()
    if (!sink.isGone) sink.end(lacks, trailers(usage))
    this.#end({ type: 'done', usage, firstMs: this.#firstMs })
  }

  #end(tried: Tried): void {
    this.#mode = 'over'
    this.#chunks = []
    this.#resolve(tried)
  }
}
