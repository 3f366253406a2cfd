import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countersOf, mergeMetrics } from '../../src/workers/merge-metrics.ts'

const told = (accepted: number, inbox: number, memory: number, owed: number | 'NaN') =>
  [
    '# HELP hearth_commands_total Commands.',
    '# TYPE hearth_commands_total counter',
    `hearth_commands_total{outcome="accepted"} ${accepted}`,
    '# TYPE hearth_commit_seconds histogram',
    `hearth_commit_seconds_bucket{le="+Inf"} ${accepted}`,
    `hearth_commit_seconds_sum ${accepted / 4}`,
    '# TYPE hearth_inbox_bytes gauge',
    `hearth_inbox_bytes ${inbox}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${memory}`,
    '# TYPE hearth_build_info gauge',
    'hearth_build_info{version="1"} 1',
    '# TYPE hearth_effects_owed gauge',
    `hearth_effects_owed{kind="timer"} ${owed}`,
    '',
  ].join('\n')

test('counters are summed, gauges where that means something, and the rest tell of their worker', () => {
  const texts = new Map([
    ['w1', told(3, 10, 100, 'NaN')],
    ['w2', told(4, 20, 200, 7)],
  ])
  const merged = mergeMetrics(texts, [countersOf(told(5, 1000, 1000, 1000))])
  assert.deepEqual(merged.split('\n'), [
    '# HELP hearth_commands_total Commands.',
    '# TYPE hearth_commands_total counter',
    'hearth_commands_total{outcome="accepted"} 12',
    '# TYPE hearth_commit_seconds histogram',
    'hearth_commit_seconds_bucket{le="+Inf"} 12',
    'hearth_commit_seconds_sum 3',
    '# TYPE hearth_inbox_bytes gauge',
    'hearth_inbox_bytes 30',
    '# TYPE process_resident_memory_bytes gauge',
    'process_resident_memory_bytes{worker="w1"} 100',
    'process_resident_memory_bytes{worker="w2"} 200',
    '# TYPE hearth_build_info gauge',
    'hearth_build_info{version="1"} 1',
    '# TYPE hearth_effects_owed gauge',
    'hearth_effects_owed{kind="timer"} 7',
    '',
  ])
})
