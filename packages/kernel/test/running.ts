import type { AttemptResult, EffectKind } from '../src/effects/kind.ts'
import { createRunner, type Runner } from '../src/effects/runner.ts'
import type { ResultEnvelope } from '../src/envelope.ts'
import { systemClock } from '../src/ports/clock.ts'
import type { EffectRow } from '../src/ports/log.ts'

export const row = (sequence: number): EffectRow => ({
  slot: 1,
  sequence,
  ordinal: 0,
  actor: 1,
  address: { tenant: 'main', home: 'h', kind: 'k', id: 'i' },
  kind: 'call',
  due: 0,
  attempt: 1,
  person: null,
  request: Buffer.from('null'),
})

export const done: AttemptResult = { type: 'done', value: null }
export const never = <T>(): Promise<T> => new Promise<T>(() => {})

export const kind = (over: Partial<EffectKind>): EffectKind => ({
  kind: 'call',
  delivery: 'idempotent',
  concurrency: 4,
  timeoutMs: 60_000,
  backoffMs: () => 1000,
  run: () => Promise.resolve(done),
  ...over,
})

export interface Running {
  readonly runner: Runner
  readonly results: ResultEnvelope[]
  until(count: number): Promise<void>
}

export function running(over: Partial<EffectKind>, graceMs = 5000, clock = systemClock): Running {
  const results: ResultEnvelope[] = []
  const runner = createRunner({ kinds: [kind(over)], report: (result) => results.push(result), graceMs, clock })
  return { runner, results, until: (count) => until(() => results.length >= count) }
}

export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('never came true')
}
