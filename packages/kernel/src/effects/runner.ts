import { randomUUID } from 'node:crypto'
import type { Address, Json, LivePart } from '@hearth/protocol'
import type { ResultEnvelope } from '../envelope.ts'
import { systemClock, type Clock } from '../ports/clock.ts'
import { formatEffectId, type EffectRow } from '../ports/log.ts'
import { ShortLived } from '../short-lived.ts'
import { needs } from '../unfoldable.ts'
import { waitingFor } from '../waiting.ts'
import { startAttempt, type AttemptOf, type Underway } from './attempt.ts'
import { judge, judgeFinding, judgeUnknown } from './judge.ts'
import { beginsApart, type Attempt, type AttemptResult, type EffectKind, type Finding } from './kind.ts'
import { Looks } from './looks.ts'
import { createRests } from './rests.ts'
import { createReading, withheld, type Readable, type Request } from './reading.ts'
import { Turns, type Place } from './turns.ts'

export interface Runner {
  /**
   * Starts the attempt that is recorded in the row, or queues it behind others of its kind. `found`: it was recorded at another
   * time, and may have been made then; what follows from that is the kind's to say. Where it is not `wanted` any more when its turn
   * has come, nothing is done of it and nothing reported.
   */
  start(row: EffectRow, request: Request, found?: 'found', wanted?: () => boolean): void
  /** Runs at once, in its turn, for a caller who waits; the end comes back and goes nowhere else. */
  attach(attachment: Attachment): Promise<AttemptResult>
  /** Ends an attempt whose lease is over: another owner may make the next one. One that waits for its turn is not made. */
  cut(row: EffectRow, reason: string): void
  /** Attempts started or queued, by kind. */
  counts(): ReadonlyMap<string, number>
  /**
   * Starts nothing more and lets what is under way report its result for `graceMs`, or for `hurryMs` where it may be made again; then
   * cuts the rest, which reports nothing and is still owed. Always resolves.
   */
  stop(hurryMs?: number): Promise<void>
}

/** What a caller waits for: it is done once, and nothing of it is owed. */
export interface Attachment {
  readonly kind: string
  readonly address: Address
  readonly request: Json
  /** Of the call that waits. */
  readonly correlation?: string
  /** Where what is told while it runs goes. Nothing comes after its end. */
  readonly part?: ((part: LivePart) => void) | undefined
  /** What the attempt gets as it is, besides its request. */
  readonly handed?: unknown
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal
}

interface Ready {
  readonly call: AttemptOf
  readonly request: Json
  readonly isFound: boolean
  readonly ended: (ended: Ended) => void
  /** False when it is not wanted any more: its turn passes. */
  readonly wanted: () => boolean
  /** Its turn does not come here, or not soon. */
  readonly passed?: (afterMs: number, reason: string) => void
}

type Ended = AttemptResult | Finding
type Running = Underway<Ended> & Pick<EffectKind, 'delivery'>

/** Of an attached effect whose turn may not have come. */
interface Caller {
  readonly end: (ended: AttemptResult) => void
}

interface Track {
  readonly kind: EffectKind
  readonly turns: Turns<Ready>
  running: number
  /** Being read, waiting or running. */
  held: number
}

const readsAtOnce = 32
const stopping = 'the server is stopping'
const always = (): boolean => true
const mayPass = ({ passed }: Ready): boolean => passed !== undefined

/**
 * So often it is looked whether more waits for a receiver than it takes in the time until what is put off comes back: one that hangs
 * would fill all places of a lane with what is for it. So many may wait in any case.
 */
const lookEveryMs = 5_000
const putOffMs = 60_000
const mayWait = 64
const timesTaken = (2 * putOffMs) / lookEveryMs

export interface RunnerOptions {
  readonly kinds: readonly EffectKind[]
  readonly report: (result: ResultEnvelope) => void
  readonly graceMs?: number
  readonly clock?: Clock
}

/** Runs effects of all lanes, so that a kind's concurrency limit holds for the whole process. */
export function createRunner(options: RunnerOptions): Runner {
  const { kinds, report, graceMs = 5000, clock = systemClock } = options
  const tracks = new Map(kinds.map((kind): [string, Track] => [kind.kind, trackOf(kind)]))
  const reading = createReading(readsAtOnce, clock)
  const attempts = new ShortLived<string, Running>()
  const rests = createRests()
  /** How often the effects that are looked for were. */
  const looks = new Looks(() => clock.elapsed())
  const waitingCallers = new ShortLived<string, Caller>()
  /** Those under a lease whose turn has not come. */
  const leasedWaiting = new Set<string>()
  let stopLooking: (() => void) | null = null
  let state: 'open' | 'stopping' | 'cut' = 'open'

  const look = (): void => {
    stopLooking = null
    for (const { turns } of tracks.values())
      for (const { passed } of turns.surplus(mayWait, timesTaken, mayPass)) passed?.(putOffMs, 'its receiver is slow')
    if ([...tracks.values()].some(({ turns }) => !turns.isEmpty)) lookLater()
  }

  const lookLater = (): void => {
    if (state === 'open') stopLooking ??= clock.after(lookEveryMs, look)
  }

  const unmade = (kind: EffectKind, row: EffectRow, afterMs: number, reason: string): void => {
    // What is not recorded apart is run again under its number, whoever finds it.
    if (afterMs === 0 && !beginsApart(kind)) return
    report({ type: 'result', effect: row, attempt: row.attempt, result: { type: 'unmade', afterMs, reason } })
  }

  const advance = (track: Track): void => {
    while (state === 'open' && track.running < track.kind.concurrency) {
      const turn = track.turns.take()
      if (turn === null) return
      if (!turn.item.wanted()) {
        track.held -= 1
        turn.end()
        continue
      }
      begin(track, turn.item, turn.end)
    }
  }

  const begin = (track: Track, item: Ready, end: () => void): void => {
    track.running += 1
    const { call, ended: tell } = item
    const attempt = startCall(track.kind, item, clock)
    attempts.set(call.id, { ...attempt, delivery: track.kind.delivery })
    void attempt.ended.then((ended) => {
      track.running -= 1
      track.held -= 1
      end()
      attempts.delete(call.id)
      if (ended.type === 'done' && ended.rest !== undefined) rests.add(ended.rest)
      tell(ended)
      if (!track.turns.isEmpty) advance(track)
    })
  }

  const resultOf = (kind: EffectKind, row: EffectRow, request: Json, isFound: boolean, ended: Ended) => {
    // What was cut by our own stop has no result: it is still owed and runs again at the next start, at once where it had a lease.
    if (state === 'cut') return kind.leased === true ? judgeStopped(kind) : null
    const name = formatEffectId(row)
    const count = looks.count(name)
    if (ended.type === 'unknown' && kind.delivery === 'reconcilable') looks.wait(name, count + 1)
    else looks.forget(name)
    if (!isFound) return judge(kind, row.attempt, request, ended as AttemptResult)
    return judgeFinding(kind, ended as Finding, count)
  }

  return {
    start: (row, request, found, wanted = always) => {
      const isFound = found === 'found'
      const track = tracks.get(row.kind)
      if (state !== 'open') {
        if (track !== undefined && !isFound) unmade(track.kind, row, 0, stopping)
        return
      }
      if (track === undefined) {
        report(waitingFor(row, needs.effect(row.kind)))
        return
      }
      track.held += 1
      const name = formatEffectId(row)
      const isLeased = track.kind.leased === true
      if (isLeased) leasedWaiting.add(name)
      const leave = (): void => {
        track.held -= 1
        leasedWaiting.delete(name)
      }
      const passed = (afterMs: number, reason: string): void => {
        leave()
        if (!isFound || afterMs > 0) unmade(track.kind, row, afterMs, reason)
      }
      const taken = (value: Readable): void => {
        if (value === withheld || (isLeased && !leasedWaiting.has(name))) return leave()
        const { kind } = track
        const isLookedFor = isFound && kind.delivery === 'reconcilable'
        // What another process sent may still be on its way: it is waited for before the first look.
        if (isFound && (mustJudge(kind) || (isLookedFor && !looks.has(name)))) {
          if (isLookedFor) looks.wait(name, 0)
          leave()
          const result = judgeUnknown(kind, row.attempt, value, 'it was under way when its server ended')
          report({ type: 'result', effect: row, attempt: row.attempt, result })
          return
        }
        const afterMs = isLookedFor ? looks.earlyMs(name) : 0
        if (afterMs > 0) {
          leave()
          const result = { type: 'look-later', afterMs, reason: 'it may still be on its way' } as const
          report({ type: 'result', effect: row, attempt: row.attempt, result })
          return
        }
        const place = { ...placeOf(kind, value), tenant: row.address.tenant }
        track.turns.add(place, {
          call: { id: name, attempt: row.attempt, address: row.address, correlation: row.correlation ?? name },
          request: value,
          isFound: isLookedFor,
          wanted: () => wanted() && (!isLeased || leasedWaiting.delete(name)),
          ...(isLookedFor ? {} : { passed }),
          ended: (ended) => {
            const result = resultOf(kind, row, value, isLookedFor, ended)
            if (result !== null) report({ type: 'result', effect: row, attempt: row.attempt, result })
          },
        })
        advance(track)
        if (!track.turns.isEmpty) lookLater()
      }
      reading.read(request, taken, () => passed(0, stopping))
    },
    attach: ({ kind: name, address, request, signal, part, handed, correlation = `attached.${randomUUID()}` }) => {
      const track = tracks.get(name)
      if (track === undefined) throw new Error(`there are no effects of kind ${name}`)
      if (state !== 'open') return Promise.resolve({ type: 'retryable', reason: stopping })
      const id = `attached.${randomUUID()}`
      const { group } = placeOf(track.kind, request)
      track.held += 1
      return new Promise((resolve) => {
        let isOver = false
        const end = (ended: AttemptResult): void => {
          if (isOver) return
          isOver = true
          waitingCallers.delete(id)
          signal?.removeEventListener('abort', gone)
          resolve(ended)
        }
        const gone = (): void => {
          const reason = 'nobody waits for it any more'
          attempts.get(id)?.cut(new Error(reason))
          end({ type: 'unknown', reason })
        }
        const tell = (told: LivePart): void => {
          if (!isOver) part?.(told)
        }
        signal?.addEventListener('abort', gone, { once: true })
        const item: Ready = {
          call: { id, attempt: 1, address, correlation, handed, ...(part === undefined ? {} : { part: tell }) },
          request,
          isFound: false,
          wanted: () => signal?.aborted !== true,
          ended: (ended) => end(ended as AttemptResult),
        }
        // Where nobody waits there is no turn to wait for.
        if (group === null && track.turns.isEmpty && track.running < track.kind.concurrency && item.wanted())
          return begin(track, item, () => undefined)
        waitingCallers.set(id, { end })
        track.turns.add({ tenant: address.tenant, group, urgent: true }, item)
        advance(track)
      })
    },
    cut: (row, reason) => {
      const name = formatEffectId(row)
      const attempt = attempts.get(name)
      if (attempt !== undefined) return attempt.cut(new Error(reason))
      const kind = tracks.get(row.kind)?.kind
      if (kind !== undefined && leasedWaiting.delete(name)) unmade(kind, row, 0, reason)
    },
    counts: () => new Map([...tracks].map(([kind, track]) => [kind, track.held])),
    stop: async (hurryMs = graceMs) => {
      if (state === 'open') state = 'stopping'
      stopLooking?.()
      reading.stop()
      for (const { turns } of tracks.values()) for (const { passed } of turns.clear(mayPass)) passed?.(0, stopping)
      const endOf = (some: readonly Running[]) => Promise.all(some.map((attempt) => attempt.ended))
      const ended = endOf([...attempts.values()])
      const over = ended.then(() => rests.over())
      await within(Math.min(hurryMs, graceMs), over, clock)
      const careful = [...attempts.values()].filter(({ delivery }) => delivery !== 'idempotent')
      const isAtWork = careful.length > 0 || rests.count > 0
      const carefully = endOf(careful).then(() => rests.over())
      if (hurryMs < graceMs && isAtWork) await within(graceMs - hurryMs, carefully, clock)
      state = 'cut'
      for (const attempt of attempts.values()) attempt.cut(new Error(stopping))
      await ended
      // Those whose turn never came.
      for (const { end } of waitingCallers.values()) end({ type: 'retryable', reason: stopping })
    },
  }
}

function trackOf(kind: EffectKind): Track {
  if (kind.delivery === 'reconcilable' && kind.look === undefined)
    throw new Error(`effects of kind ${kind.kind} are reconcilable and cannot be looked for`)
  return { kind, turns: new Turns(kind.groupConcurrency ?? kind.concurrency), running: 0, held: 0 }
}

/** An attempt, or a look for one that was made before. */
function startCall(kind: EffectKind, { call, request, isFound }: Ready, clock: Clock): Underway<Ended> {
  const start = (run: (attempt: Attempt) => Promise<Ended>) => startAttempt(run, call, kind.timeoutMs, clock)
  if (isFound) return start((attempt) => (kind.look as NonNullable<EffectKind['look']>)(request, attempt))
  return start((attempt) => kind.run(request, attempt))
}

/** Whether what was found under way is neither run again under its number nor looked for. */
const mustJudge = ({ delivery, leased = false }: EffectKind): boolean =>
  delivery === 'unsafe' || (leased && delivery === 'idempotent')

/** A lease that our own stop ends early: the next owner need not wait for its end. */
function judgeStopped({ delivery }: EffectKind): ResultEnvelope['result'] {
  const reason = stopping
  return delivery === 'idempotent'
    ? { type: 'retry', afterMs: 0, reason, recorded: false }
    : { type: 'look-later', afterMs: 0, reason }
}

/** A kind whose own grouping throws is run all the same: the attempt tells what is wrong with the request. */
function placeOf(kind: EffectKind, request: Json): Omit<Place, 'tenant'> {
  try {
    return { group: kind.group?.(request) ?? null, urgent: kind.urgent?.(request) === true }
  } catch {
    return { group: null }
  }
}

async function within(ms: number, ended: Promise<unknown>, clock: Clock): Promise<void> {
  let cancel = (): void => undefined
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve)
  })
  await Promise.race([ended, late])
  cancel()
}
