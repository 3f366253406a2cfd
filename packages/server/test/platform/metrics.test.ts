import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Deciding, ResultEnvelope } from '@hearth/kernel'
import { createKernelMetrics, type LateResult } from '../../src/metrics.ts'

const nobody = { storeFailed: () => undefined, late: () => undefined, ended: () => undefined, waits: () => undefined }

test('kinds of effects are exposed when nothing of them is owed, too', () => {
  const metrics = createKernelMetrics(nobody)
  const owedAt = (owed: Readonly<Record<string, number>> | null): readonly string[] =>
    metrics
      .expose({ lanes: [], kinds: ['timer', 'webhook'], owed, views: {}, watchers: 0 })
      .match(/(?<=^hearth_effects_owed)\{.*$/gm) ?? []
  // Not zero: nobody has counted yet.
  assert.deepEqual(owedAt(null), ['{kind="timer"} NaN', '{kind="webhook"} NaN'])
  assert.deepEqual(owedAt({}), ['{kind="timer"} 0', '{kind="webhook"} 0'])
  assert.deepEqual(owedAt({ webhook: 3, none: 1 }), ['{kind="timer"} 0', '{kind="webhook"} 3', '{kind="none"} 1'])
  assert.deepEqual(owedAt({ timer: 2 }), ['{kind="timer"} 2', '{kind="webhook"} 0', '{kind="none"} 0'])
})

test('a result that does not count any more is counted and told with its effect, attempt and end', () => {
  const told: LateResult[] = []
  const metrics = createKernelMetrics({ ...nobody, late: (result) => told.push(result) })
  const result = (type: ResultEnvelope['result']): ResultEnvelope => ({
    type: 'result',
    effect: { slot: 3, sequence: 17, ordinal: 0 },
    attempt: 2,
    result: type,
  })
  const stale = [
    result({ type: 'settle', outcome: { type: 'failed', reason: 'private words' } }),
    result({ type: 'begin' }),
    result({ type: 'beat' }),
    result({ type: 'retry', afterMs: 1, reason: 'private words', recorded: true }),
  ]
  metrics.decided({ replies: [], draft: { settled: [] }, stale, ended: [] } as unknown as Deciding, [])
  assert.deepEqual(told, [
    { effect: '3.17.0', attempt: 2, ended: 'failed' },
    { effect: '3.17.0', attempt: 2, ended: 'retry' },
  ])
  assert.match(
    metrics.expose({ lanes: [], kinds: [], owed: {}, views: {}, watchers: 0 }),
    /hearth_commands_total\{outcome="stale"\} 4/,
  )
})
