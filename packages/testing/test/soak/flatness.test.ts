import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flatnessOf } from '../../src/soak/flatness.ts'
import type { ClientEntry } from '../../src/soak/ledger.ts'

const megabyte = 1e6

/** Six minutes with a look at the memory every five seconds and a reminder set every second. */
function calm(memoryAt: (second: number) => number, tookAt: (second: number) => number): ClientEntry[] {
  return Array.from({ length: 361 }, (_, second): ClientEntry[] => {
    const at = second * 1000
    const text = String(second)
    const took = tookAt(second)
    const set: ClientEntry = {
      type: 'set-acknowledged',
      at,
      text,
      id: text,
      next: null,
      tries: 1,
      tookMs: took,
      answeredMs: took,
    }
    const look: ClientEntry = { type: 'memory', at, when: 'calm', server: memoryAt(second), postgres: 60 * megabyte }
    return second % 5 === 0 ? [set, look] : [set]
  }).flat()
}

const types = (client: readonly ClientEntry[]): string[] => flatnessOf(client).findings.map(({ type }) => type)

test('memory and latency that wander and stay are flat, also where they came to their size at first', () => {
  const found = flatnessOf(
    calm(
      (second) => (200 + Math.min(second, 60) + (second % 7)) * megabyte,
      (second) => 10 + (second % 11),
    ),
  )
  assert.deepEqual([found.windows.length, found.findings], [12, []])
  assert.ok(Math.abs(found.memoryDrift ?? 1) < 0.02 && Math.abs(found.p99Drift ?? 1) < 0.1)
})

test('memory that grows by a megabyte in three seconds is found, and latency that triples', () => {
  assert.deepEqual(
    types(
      calm(
        (second) => (200 + second / 3) * megabyte,
        () => 10,
      ),
    ),
    ['memory-grows'],
  )
  assert.deepEqual(
    types(
      calm(
        () => 200 * megabyte,
        (second) => 20 + second / 5,
      ),
    ),
    ['latency-grows'],
  )
})

test('one window that is off is no growth, and a few milliseconds are none either', () => {
  const once = (second: number): number => (second > 300 && second < 330 ? 4000 : 10)
  assert.deepEqual(types(calm(() => 200 * megabyte, once)), [])
  assert.deepEqual(
    types(
      calm(
        () => 200 * megabyte,
        (second) => 2 + second / 100,
      ),
    ),
    [],
  )
})

test('a run that is too short is not judged', () => {
  const short = calm(
    (second) => second * megabyte,
    (second) => second,
  ).slice(0, 150)
  const { windows, memoryDrift, p99Drift, findings } = flatnessOf(short)
  assert.deepEqual([windows.length, memoryDrift, p99Drift, findings], [4, null, null, []])
})
