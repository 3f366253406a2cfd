// shows: B10
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { HearthError, type Address, type Json } from '@hearth/protocol'
import {
  actor,
  asked,
  askOf,
  deadlineOf,
  masterKey,
  mostHops,
  slotOf,
  type CommandEnvelope,
  type DecideContext,
  type Replied,
} from '../src/index.ts'
import { decideBatch } from '../src/deciding.ts'
import { askKind, presentAsk } from '../src/effects/ask.ts'
import { groundOf } from './grounds.ts'

const master = masterKey(randomBytes(32))
const to: Address = { tenant: 'main', home: 'anna', kind: 'door', id: 'one' }
const asker: Address = { tenant: 'main', home: 'ben', kind: 'caller', id: 'one' }
const replied = (body: unknown): Replied => ({
  status: 200,
  body: JSON.stringify(body),
  position: null,
  replayed: false,
})
const attempt = (number = 1, id = '7.41.0') => ({
  id,
  attempt: number,
  address: asker,
  correlation: 'c',
  signal: new AbortController().signal,
})
const request = (more: object = {}): Json =>
  ({ to, command: { type: 'knock' }, deadline: 5000, hops: 1, ...more }) as unknown as Json

test('an ask carries who asks, how far it has come and until when, under a key of its own', async () => {
  const sent: CommandEnvelope[] = []
  const kind = askKind({
    master,
    submit: (envelope) => {
      sent.push(envelope)
      return Promise.resolve(replied({ type: 'accepted', output: 3 }))
    },
  })
  assert.deepEqual(await kind.run(request(), attempt()), { type: 'done', value: { type: 'accepted', output: 3 } })
  await kind.run(request(), attempt(2))
  await kind.run(request(), attempt(1, '7.42.0'))
  const [first, again, other] = sent
  assert.deepEqual(first?.asked, { asker, hops: 1, deadline: 5000 })
  assert.equal(first.principal, 'main/ben/caller/one')
  assert.deepEqual(again?.key, first.key)
  assert.notEqual(other?.key?.scope, first.key?.scope)
})

test('an attempt that is made while the one before may still be decided waits for it', async () => {
  const pending = Promise.withResolvers<Replied>()
  let submitted = 0
  const kind = askKind({
    master,
    submit: () => {
      submitted += 1
      return pending.promise
    },
  })
  const both = Promise.all([kind.run(request(), attempt(1)), kind.run(request(), attempt(2))])
  pending.resolve(replied({ type: 'accepted', output: null }))
  const [one, two] = await both
  assert.deepEqual(one, two)
  assert.equal(submitted, 1)
})

test('an ask is made again until the other home surely answered, and ends where it never can', async () => {
  const failing = (code: string) =>
    askKind({ master, submit: () => Promise.reject(new HearthError(code, 'not now')) }).run(request(), attempt())
  for (const code of ['inbox.full', 'store.unavailable', 'server.stopping'])
    assert.equal((await failing(code)).type, 'retryable', code)
  assert.equal((await failing('command.refused-by-store')).type, 'terminal')
  // The other home can neither accept nor refuse as it stands.
  const answer = presentAsk({ type: 'refused', code: 'archive.missing', detail: 'A file is away.', forNow: true })
  const waiting = askKind({ master, submit: () => Promise.resolve({ ...replied(null), ...answer }) })
  assert.deepEqual(await waiting.run(request(), attempt()), { type: 'retryable', reason: 'archive.missing' })
  const { backoffMs } = askKind({ master, submit: () => Promise.reject(new Error('never called')) })
  for (const next of [2, 10, 1000]) assert.ok((backoffMs(next, request()) ?? 0) > 0)
})

test('no ask reaches the home of another tenant, nor goes on beyond the most hops', async () => {
  const kind = askKind({ master, submit: () => Promise.reject(new Error('it was submitted')) })
  const refused = async (more: object) => {
    const result = await kind.run(request(more), attempt())
    return result.type === 'done' ? (result.value as { readonly code: string }).code : result.type
  }
  assert.equal(await refused({ to: { ...to, tenant: 'other' } }), 'home.unknown')
  assert.equal(await refused({ hops: mostHops + 1 }), 'ask.too-many-hops')
  assert.equal(await refused({ hops: mostHops }), 'retryable')
})

const door = actor<number, { readonly type: 'knock' | 'break' }, { readonly type: 'knocked' }>({
  kind: 'door',
  personal: false,
  initial: 0,
  open: ['knock'],
  decide: (_state, command, { asker: from, hops }) => {
    if (command.type === 'break') throw new Error('broken')
    return { type: 'accept', events: [{ type: 'knocked' }], answer: { from: from?.home ?? null, hops } }
  },
  evolve: (state) => state + 1,
})

function decide(command: { readonly type: string }, more: Partial<CommandEnvelope>, now = 1000) {
  const slot = slotOf(to.tenant, to.home)
  const ground = groundOf(slot, [door], { at: now, now, master })
  const envelope: CommandEnvelope = {
    type: 'command',
    id: 'a',
    address: to,
    command,
    principal: 'p',
    correlation: 'c',
    key: null,
    bytes: 1,
    present: (answer) => ({ status: 200, body: JSON.stringify(answer) }),
    ...more,
  }
  const { replies, draft } = decideBatch([envelope], ground)
  return { answer: JSON.parse(replies[0]?.reply.body ?? 'null') as Record<string, unknown>, rows: draft.rows.length }
}

const from = (more: object = {}) => ({ asked: { asker, hops: 2, deadline: 5000, ...more } })

test('an actor answers other homes only what it is open for, and knows who asks', () => {
  assert.deepEqual(decide({ type: 'knock' }, from()).answer, { type: 'accepted', output: { from: 'ben', hops: 2 } })
  assert.deepEqual(decide({ type: 'knock' }, {}).answer, { type: 'accepted', output: { from: null, hops: 0 } })
  const closed = decide({ type: 'break' }, from())
  const never = decide({ type: 'knock' }, { ...from(), address: { ...to, kind: 'nothing' } })
  assert.deepEqual([closed.answer['code'], closed.rows], ['home.unknown', 0])
  assert.deepEqual(never, closed)
})

test('what comes after its time is not decided', () => {
  assert.equal(decide({ type: 'knock' }, from(), 5000).rows, 1)
  const late = decide({ type: 'knock' }, from(), 5001)
  assert.deepEqual([late.answer['code'], late.rows], ['ask.expired', 0])
  assert.equal(decide({ type: 'knock' }, from({ deadline: null }), 5001).rows, 1)
})

test('an ask goes one hop further than what led to it, with a timer at its deadline', () => {
  const context = { at: 1000, hops: 3 } as DecideContext
  const ask = askOf({ to, command: { type: 'knock' }, timeoutMs: 500 }, context)
  assert.deepEqual(ask.request, { to, command: { type: 'knock' }, deadline: 1500, hops: 4 })
  assert.equal(deadlineOf(ask).due, 1500)
  assert.throws(() => askOf({ to, command: { type: 'knock' }, timeoutMs: 8 * 86_400_000 }, context))
  assert.throws(() => deadlineOf(askOf({ to, command: { type: 'knock' } }, context)))
  const settlement = { effect: '1.1.0', kind: 'ask', request: ask.request, attempt: 1 } as const
  assert.deepEqual(asked({ ...settlement, outcome: { type: 'failed', reason: 'no' } }), {
    type: 'refused',
    code: 'command.failed',
    detail: 'no',
  })
})
