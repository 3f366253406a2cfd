import type { Json } from '@hearth/protocol'
import type { ResultEnvelope } from '../envelope.ts'
import { systemClock, type Clock } from '../ports/clock.ts'
import type { EffectRow } from '../ports/log.ts'
import { needs } from '../unfoldable.ts'
import { waitingFor } from '../waiting.ts'
import { judge, startAttempt, type RunningAttempt } from './attempt.ts'
import type { EffectKind } from './kind.ts'
import { createReading, withheld, type Request } from './reading.ts'
import { Turns } from './turns.ts'

export interface Runner {
  /** Starts the attempt that is recorded in the row, or queues it behind others of its kind. */
  start(row: EffectRow, request: Request): void
  /** Attempts started or queued, by kind. */
  counts(): ReadonlyMap<string, number>
  /**
   * Starts nothing more and lets what is under way report its result for `graceMs`; then cuts the rest, which reports nothing
   * and is still owed. Always resolves.
   */
  stop(): Promise<void>
}

interface Ready {
  readonly row: EffectRow
  readonly request: Json
}

interface Track {
  readonly kind: EffectKind
  readonly turns: Turns<Ready>
  running: number
  /** Being read, waiting or running. */
  held: number
}

const readsAtOnce = 32

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
  const attempts = new Set<RunningAttempt>()
  let state: 'open' | 'stopping' | 'cut' = 'open'

  const advance = (track: Track): void => {
    while (state === 'open' && track.running < track.kind.concurrency) {
      const turn = track.turns.take()
      if (turn === null) return
      track.running += 1
      const { kind } = track
      const { row, request } = turn.item
      const attempt = startAttempt(kind, row, request, clock)
      attempts.add(attempt)
      void attempt.ended.then((result) => {
        track.running -= 1
        track.held -= 1
        turn.end()
        attempts.delete(attempt)
        // What was cut by our own stop has no result: it is still owed and runs again at the next start.
        if (state !== 'cut')
          report({
            type: 'result',
            effect: row,
            attempt: row.attempt,
            result: judge(kind, row.attempt, request, result),
          })
        advance(track)
      })
    }
  }

  return {
    start: (row, request) => {
      if (state !== 'open') return
      const track = tracks.get(row.kind)
      if (track === undefined) {
        report(waitingFor(row, needs.effect(row.kind)))
        return
      }
      track.held += 1
      reading.read(request, (value) => {
        if (value === withheld) {
          track.held -= 1
          return
        }
        track.turns.add(groupOf(track.kind, value), { row, request: value })
        advance(track)
      })
    },
    counts: () => new Map([...tracks].map(([kind, track]) => [kind, track.held])),
    stop: async () => {
      if (state === 'open') state = 'stopping'
      reading.stop()
      const ended = Promise.all([...attempts].map((attempt) => attempt.ended))
      await within(graceMs, ended, clock)
      state = 'cut'
      for (const attempt of attempts) attempt.cut(new Error('the server is stopping'))
      await ended
    },
  }
}

function trackOf(kind: EffectKind): Track {
  if (kind.delivery !== 'idempotent') {
    throw new Error(
      `effects of kind ${kind.kind} are ${kind.delivery}: an attempt whose end is unknown would be made again, ` +
        'because looking it up and setting it aside for a person are not there yet',
    )
  }
  return { kind, turns: new Turns(kind.groupConcurrency ?? kind.concurrency), running: 0, held: 0 }
}

/** A kind whose own grouping throws is run all the same: the attempt tells what is wrong with the request. */
function groupOf(kind: EffectKind, request: Json): string | null {
  try {
    return kind.group?.(request) ?? null
  } catch {
    return null
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
