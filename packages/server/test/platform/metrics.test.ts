import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKernelMetrics } from '../../src/metrics.ts'

test('kinds of effects are exposed when nothing of them is owed, too', () => {
  const metrics = createKernelMetrics(
    () => undefined,
    () => undefined,
  )
  const owedAt = (owed: Readonly<Record<string, number>> | null): readonly string[] =>
    metrics
      .expose({ lanes: [], kinds: ['timer', 'webhook'], owed, views: {} })
      .match(/(?<=^hearth_effects_owed)\{.*$/gm) ?? []
  // Not zero: nobody has counted yet.
  assert.deepEqual(owedAt(null), ['{kind="timer"} NaN', '{kind="webhook"} NaN'])
  assert.deepEqual(owedAt({}), ['{kind="timer"} 0', '{kind="webhook"} 0'])
  assert.deepEqual(owedAt({ webhook: 3, none: 1 }), ['{kind="timer"} 0', '{kind="webhook"} 3', '{kind="none"} 1'])
  assert.deepEqual(owedAt({ timer: 2 }), ['{kind="timer"} 2', '{kind="webhook"} 0', '{kind="none"} 0'])
})
