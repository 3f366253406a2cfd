import { HearthError } from '@hearth/protocol'
import { createCaches, type CachesOptions } from '../caches/caches.ts'
import { Flights, outcomeOf } from '../caches/flights.ts'
import { give } from '../caches/giving.ts'
import { placeless, type KeptAnswer } from '../caches/kept-answer.ts'
import { hashOf, whose } from '../caches/key.ts'
import { RecordingSink } from '../caches/recording-sink.ts'
import { entryOf, sharedOf, type SharedEntry } from '../caches/shared-entry.ts'
import { Calling } from '../gateway/calling.ts'
import type { Exchange } from '../gateway/exchange.ts'
import type { CallRecord } from '../gateway/record.ts'
import type { Claim, Claims } from './claims.ts'
import { LastingSink } from './lasting-sink.ts'

const dayMs = 86_400_000
/** Of an answer: what is longer is not kept. */
const mostBytes = 4 * 1024 * 1024
const bounds = { mostBytes: 64 * 1024 * 1024, mostOfTenant: 16 * 1024 * 1024 }
/** What other processes have is looked for so often. */
const lookMs = 100
/** What was told them has come to them by then. */
const toldMs = 2_000

export interface RepeatPorts {
  /** As the gateway answers any call. */
  readonly answer: (exchange: Exchange, door: string, signal: AbortSignal) => Promise<CallRecord>
  readonly share: (entries: readonly SharedEntry[]) => void
  readonly claims: Claims
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  /** In ms since 1970. */
  readonly clock: () => number
  /** Monotonic, in ms. */
  readonly now: () => number
}

/** Calls that say by a key which of them are the same one, sent again. */
export interface Repeats {
  answer(exchange: Repeatable, door: string, signal: AbortSignal): Promise<CallRecord>
  absorb(entry: SharedEntry): void
}

export type Repeatable = Exchange & { readonly once: NonNullable<Exchange['once']> }

export function createRepeats(ports: RepeatPorts, { isForgotten }: CachesOptions = {}): Repeats {
  const kept = createCaches({ ...bounds, ...(isForgotten === undefined ? {} : { isForgotten }) })
  const flights = new Flights()
  const find = (tenant: string, name: string): KeptAnswer | undefined => kept.of(tenant, 0).find(name, ports.clock())

  /** Whoever hears that it is free has to have heard what was answered. */
  const lead = async (
    exchange: Exchange,
    about: Named,
    claim: Claim,
    door: string,
    signal: AbortSignal,
  ): Promise<CallRecord> => {
    let leaveAfterMs = 0
    try {
      const { record, told } = await ask(exchange, about, door, signal)
      if (told) leaveAfterMs = toldMs
      return record
    } finally {
      if (leaveAfterMs === 0) claim.leave()
      else setTimeout(() => claim.leave(), leaveAfterMs).unref()
    }
  }

  /** Asks once, and keeps what came to its end. Nobody cuts it short: whoever is gone asks again. */
  const ask = async (exchange: Exchange, about: Named, door: string, signal: AbortSignal): Promise<Asked> => {
    const recording = new RecordingSink(new LastingSink(exchange.sink), mostBytes)
    const record = await ports.answer({ ...exchange, sink: recording }, door, signal)
    const { recorded } = recording
    if (record.outcome !== 'done' || recorded?.status !== 200) return { record, told: false }
    const { provider, model, tokens, costUsd, at: asked, asker } = record
    const answer: KeptAnswer = {
      form: recorded.contentType.startsWith('text/event-stream') ? 'stream' : 'whole',
      protocol: exchange.protocol,
      body: recorded.body,
      provider: provider ?? '',
      place: placeless,
      model: model ?? '',
      tokens,
      costUsd,
      until: ports.clock() + dayMs,
      home: asker.home,
      asked,
      print: about.print,
    }
    const entry = { key: about.name, kin: [], answer, question: null }
    kept.put(asker.tenant, 0, entry)
    const shared = sharedOf(asker.tenant, 'repeats', [entry])
    ports.share(shared)
    return { record, told: shared.length > 0 }
  }

  const answer = async (exchange: Repeatable, door: string, signal: AbortSignal): Promise<CallRecord> => {
    const { asker, once, sink } = exchange
    const call = new Calling(exchange, door, { at: ports.clock(), began: ports.now() })
    const over = (): CallRecord => call.record(ports.now() - call.began, () => null)
    const about = { name: hashOf(['once', asker.tenant, whose(asker, 'key'), once.key]), print: hashOf(once.sent) }
    for (;;) {
      if (sink.isGone) return over()
      if (signal.aborted) {
        call.failed(late)
        return over()
      }
      const known = find(asker.tenant, about.name)
      const flight = flights.of(about.name)
      const print = known?.print ?? flight?.print
      if (print !== undefined && print !== about.print) {
        call.refused(reused())
        return over()
      }
      if (known !== undefined) {
        give(call, exchange, known, 'replay')
        return over()
      }
      if (flight !== undefined) {
        await outcomeOf([flight], exchange, signal)
        continue
      }
      const own = flights.begin(about.name, about.print)
      try {
        const claim = await claimed(exchange, about, signal)
        if (claim !== null) return await lead(exchange, about, claim, door, signal)
      } finally {
        own?.end()
      }
    }
  }

  /** Null where another process has answered meanwhile, or nobody waits any more. */
  const claimed = async (
    { asker: { tenant }, sink }: Exchange,
    { name }: Named,
    signal: AbortSignal,
  ): Promise<Claim | null> => {
    for (let waited = false; ; waited = true) {
      const claim = await ports.claims.take(name)
      // What the other one was answered may still be on its way.
      if (claim !== null && waited) await ports.pause(lookMs, signal)
      if (find(tenant, name) !== undefined || sink.isGone || signal.aborted) {
        claim?.leave()
        return null
      }
      if (claim !== null) return claim
      await ports.pause(lookMs, signal)
    }
  }

  return {
    answer,
    absorb: (entry) => {
      if (entry.answer.until > ports.clock()) kept.put(entry.tenant, 0, entryOf(entry))
    },
  }
}

interface Named {
  readonly name: string
  /** Of what was sent: the same key with something else is a mistake. */
  readonly print: string
}

interface Asked {
  readonly record: CallRecord
  /** Other processes are told what it was answered. */
  readonly told: boolean
}

const late = { type: 'late', detail: 'the first of the calls with this key took too long' } as const

const reused = (): HearthError =>
  new HearthError('idempotency.key-reused', 'This idempotency key was used with another input.')
