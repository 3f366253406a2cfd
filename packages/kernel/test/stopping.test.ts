import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createManualClock } from '@hearth/testing'
import {
  actor,
  createKernel,
  createMemoryLog,
  createMemoryStore,
  masterKey,
  type CommandEnvelope,
  type Log,
} from '../src/index.ts'
import { passing } from './passing.ts'

const rung: string[] = []
const bells = actor<number, { type: 'set'; word: string; due: number }, { type: 'set' | 'rang'; word: string }>({
  kind: 'bell',
  personal: false,
  initial: 0,
  decide: (_state, { word, due }) => ({
    type: 'accept',
    events: [{ type: 'set', word }],
    asks: [{ kind: 'timer', due, request: word }],
  }),
  settle: (_state, { request }) => ({ type: 'accept', events: [{ type: 'rang', word: String(request) }] }),
  evolve: (count) => count + 1,
  views: [
    {
      name: 'bells',
      version: 1,
      columns: {},
      project: (_state, event) => {
        if (event.type === 'rang') rung.push(event.word)
        return []
      },
    },
  ],
})

/** A log whose loads fail as often as it is told. */
function failing(log: Log, fails: () => boolean): Log {
  return {
    ...log,
    writer: (owner) => {
      const inner = log.writer(owner)
      return { ...inner, load: (wanted) => (fails() ? Promise.reject(new Error('away')) : inner.load(wanted)) }
    },
  }
}

test('a lane that gives up a batch while it stops leaves all timers to the next start, which rings them in order', async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1))
  const store = createMemoryStore()
  let left = 0
  const log = failing(createMemoryLog(store), () => (left -= 1) >= 0)
  const master = masterKey(randomBytes(32))
  const open = (owner: string) =>
    createKernel({
      log,
      actors: [bells],
      effects: [],
      master,
      owner,
      lanes: 1,
      settings: { maxBatch: 4, hotBytes: 0 },
      clock,
      onFenced: () => undefined,
    })
  const passesUntil = passing(clock, 10)
  const first = open('one')
  await passesUntil(first.start())
  const due = clock.now() + 60_000
  for (const [index, word] of ['a', 'b', 'c', 'd', 'e'].entries())
    await passesUntil(first.submit(set(word, due + index)))
  // Commands have half of the first batch of those that ring. It is given up, and the database is there again for the next.
  left = 2
  clock.advance(120_000)
  const asked = Promise.allSettled(['v', 'w', 'x', 'y'].map((word) => first.submit(set(word, due + 3_600_000))))
  while (left > 1) await new Promise(setImmediate)
  await passesUntil(first.stop())
  assert.deepEqual(
    (await asked).map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
  )
  left = 0
  const second = open('two')
  await passesUntil(second.start())
  await passesUntil(
    (async () => {
      for (let tries = 0; rung.length < 5 && tries < 1000; tries += 1) await new Promise(setImmediate)
    })(),
  )
  assert.deepEqual(rung, ['a', 'b', 'c', 'd', 'e'])
  await passesUntil(second.stop())
})

const set = (word: string, due: number): CommandEnvelope => ({
  type: 'command',
  id: word,
  address: { tenant: 'main', home: word, kind: 'bell', id: 'one' },
  command: { type: 'set', word, due } as { readonly type: string },
  principal: 'p',
  correlation: 'c',
  key: null,
  bytes: 1,
  present: () => ({ status: 200, body: '' }),
})
