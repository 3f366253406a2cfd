// shows: A7, A3
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Group } from '../../src/batches/group.ts'
import type { Tried } from '../../src/gateway/tried.ts'
import type { Trying } from '../../src/gateway/trying.ts'
import { Waiting } from '../../src/gateway/waiting.ts'

const done: Tried = { type: 'done', usage: undefined, firstMs: null }
const health = { isSilent: () => false, heard: () => undefined, first: () => undefined, beside: () => undefined }
const impatient = new Waiting({ headMs: 1, silentMs: undefined, health, now: () => 0 })

function tryingWith(waiting: Waiting | null): Trying {
  const sink = { isGone: false, onGone: () => undefined, head: () => undefined, end: () => undefined }
  const exchange = { json: { input: ['x'] }, wire: { read: () => undefined }, sink }
  return { exchange, signal: new AbortController().signal, health, waiting } as unknown as Trying
}

/** With what patience the calls of these are made together, while another is under way. */
async function togetherOf(...waitings: readonly (Waiting | null)[]): Promise<Waiting | null | undefined> {
  const { promise, resolve } = Promise.withResolvers<Tried>()
  const group = new Group({ inputs: 32, tokens: 8000 }, () => undefined)
  let used: Waiting | null | undefined
  const askWith = (waiting: Waiting | null, alone: () => Promise<Tried>): Promise<Tried> =>
    group.ask({ trying: tryingWith(waiting), texts: ['x'], headers: () => ({}), alone }, async (all) => {
      used = all.waiting
      return done
    })
  const calls = [askWith(null, () => promise), ...waitings.map((waiting) => askWith(waiting, async () => done))]
  resolve(done)
  await Promise.all(calls)
  return used
}

test('a call that has no other place left is not given up early because it went out with one that has', async () => {
  assert.equal(await togetherOf(impatient, impatient), impatient)
  assert.equal(await togetherOf(impatient, null), null)
  assert.equal(await togetherOf(null, impatient), null)
})
