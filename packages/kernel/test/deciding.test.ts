import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAddress, type Address } from '@hearth/protocol'
import { actor, slotOf, type Answer, type Ask, type CommandEnvelope, type EffectRow } from '../src/index.ts'
import { decideBatch } from '../src/deciding.ts'
import type { Ground } from '../src/ground.ts'
import { groundOf } from './grounds.ts'
import type { Hot } from '../src/hot.ts'

type Command =
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'ask'; readonly asks?: readonly Ask[] }
  | { readonly type: 'cancel'; readonly id: string }
  | { readonly type: 'break' }
type Event =
  | { readonly type: 'added'; readonly by: number }
  | { readonly type: 'asked'; readonly effect: string }
  | { readonly type: 'answered' }

const counter = actor<number, Command, Event>({
  kind: 'counter',
  personal: false,
  initial: 0,
  decide: (state, command, context) => {
    switch (command.type) {
      case 'add':
        if (state + command.by > 10) return { type: 'refuse', code: 'counter.full', detail: 'It is full.' }
        return { type: 'accept', events: [{ type: 'added', by: command.by }], answer: state + command.by }
      case 'ask':
        return {
          type: 'accept',
          events: [{ type: 'asked', effect: context.effect(0) }],
          asks: command.asks ?? [{ kind: 'call', request: 1 }],
          answer: context.effect(0),
        }
      case 'cancel':
        return { type: 'accept', events: [], cancels: [command.id] }
      case 'break':
        throw new Error('broken')
    }
  },
  settle: () => ({ type: 'accept', events: [{ type: 'answered' }] }),
  evolve: (state, event) => (event.type === 'added' ? state + event.by : state),
})

const home: Address = { tenant: 'main', home: 'h', kind: 'counter', id: 'one' }
const slot = slotOf('main', 'h')

const ground = (owed: readonly EffectRow[] = [], hot?: Hot): Ground =>
  groundOf(slot, [counter], {
    hot: (address) => (hot !== undefined && formatAddress(address) === hot.name ? hot : undefined),
    owed: (effect) =>
      owed.find(
        (row) => row.slot === effect.slot && row.sequence === effect.sequence && row.ordinal === effect.ordinal,
      ),
    kind: (name) => ({ beginsApart: name === 'careful', leased: false }),
  })

const present = (answer: Answer) =>
  answer.type === 'accepted'
    ? { status: 200, body: JSON.stringify(answer.output) }
    : { status: answer.code === 'command.failed' ? 500 : 409, body: answer.code }

const command = (id: string, inner: Command): CommandEnvelope => ({
  type: 'command',
  id,
  address: home,
  command: inner,
  principal: 'owner',
  correlation: id,
  key: null,
  bytes: 10,
  present,
})

test('commands of a batch see what those before them did, and get gapless positions [B10]', () => {
  const decided = decideBatch(
    [command('a', { type: 'add', by: 4 }), command('b', { type: 'add', by: 5 }), command('c', { type: 'add', by: 5 })],
    ground(),
  )
  assert.deepEqual(
    decided.replies.map(({ reply }) => [reply.status, reply.body]),
    [
      [200, '4'],
      [200, '9'],
      [409, 'counter.full'],
    ],
  )
  const batch = decided.draft.finish()
  assert.deepEqual(
    batch.rows.map((row) => [row.sequence, row.events, row.version]),
    [
      [41, 1, 1],
      [42, 1, 2],
    ],
  )
  assert.equal(batch.actors.length, 1)
  assert.equal(batch.slots[0]?.after.sequence, 42)
  assert.equal(batch.slots[0]?.after.actors, 3)
})

test('a command that throws is set aside whole and alone', () => {
  const decided = decideBatch(
    [command('a', { type: 'add', by: 1 }), command('b', { type: 'break' }), command('c', { type: 'add', by: 1 })],
    ground(),
  )
  assert.deepEqual(
    decided.replies.map(({ reply }) => reply.status),
    [200, 500, 200],
  )
  const batch = decided.draft.finish()
  assert.deepEqual(
    batch.dead.map((letter) => [letter.command, letter.failure]),
    [['b', 'Error']],
  )
  assert.equal(batch.rows.length, 2)
})

test('deciding the same batch again comes to the same, whatever became of the first draft', () => {
  const batch = [command('a', { type: 'add', by: 4 }), command('b', { type: 'ask' })]
  const [first, second] = [decideBatch(batch, ground()).draft.finish(), decideBatch(batch, ground()).draft.finish()]
  assert.deepEqual(first.rows, second.rows)
  assert.deepEqual(first.slots, second.slots)
  assert.deepEqual(first.asked, second.asked)
})

test('an effect is known by the place where it was asked for; one cancelled in its own batch leaves no row', () => {
  const id = `${slot}.41.0`
  const decided = decideBatch([command('a', { type: 'ask' }), command('b', { type: 'cancel', id })], ground())
  assert.equal(decided.replies[0]?.reply.body, JSON.stringify(id))
  assert.equal(decided.draft.finish().asked.length, 0)
})

const owed: EffectRow = {
  slot,
  sequence: 7,
  ordinal: 0,
  actor: 9,
  address: home,
  kind: 'call',
  due: 500,
  attempt: 2,
  person: null,
  request: Buffer.from('1'),
}
const done = { type: 'settle', outcome: { type: 'done', value: null } } as const

test('a result counts once, for the attempt that is owed, and never after the effect was cancelled', () => {
  const result = { type: 'result', effect: owed, attempt: 2, result: done } as const
  const twice = decideBatch([result, result], ground([owed]))
  assert.equal(twice.draft.rows.length, 1)
  assert.deepEqual(twice.stale, [result])
  const earlier = decideBatch([{ ...result, attempt: 1 }], ground([owed]))
  assert.deepEqual([earlier.draft.rows.length, earlier.stale.length], [0, 1])
})

test('cancelling wins before an attempt is recorded, and only then', () => {
  const cancel = command('a', { type: 'cancel', id: `${slot}.7.0` })
  const begin = { type: 'result', effect: owed, attempt: -1, result: { type: 'begin' } } as const
  const waiting = { ...owed, attempt: -1 }
  const { cancelled } = decideBatch([cancel], ground([waiting])).draft
  assert.deepEqual(cancelled, [{ slot, sequence: 7, ordinal: 0, tenant: 'main' }])
  const first = decideBatch([cancel, begin], ground([waiting]))
  assert.deepEqual([first.draft.cancelled.length, first.begun.length, first.stale.length], [1, 0, 1])
  const late = decideBatch([begin, cancel], ground([waiting]))
  assert.deepEqual([late.draft.cancelled.length, late.begun[0]?.attempt], [0, 2])
  const result = { type: 'result', effect: owed, attempt: 2, result: done } as const
  const recorded = decideBatch([cancel, result], ground([owed]))
  assert.deepEqual([recorded.draft.cancelled.length, recorded.draft.settled.length], [0, 1])
  const timer = decideBatch([cancel], ground([{ ...owed, kind: 'timer' }]))
  assert.equal(timer.draft.cancelled.length, 1)
  // What is not at hand is left to the store, which looks at the attempt.
  assert.equal(decideBatch([cancel], ground()).draft.cancelled.length, 1)
  // An attempt whose end this batch has is recorded in the database still, and yet there is none any more.
  const retry = { type: 'retry', afterMs: 5000, reason: 'answered 500', recorded: false } as const
  const { draft } = decideBatch([{ ...result, result: retry }, cancel], ground([owed]))
  assert.deepEqual([draft.cancelled.length, draft.settled.length, draft.finish().changed.length], [0, 1, 0])
})

test('an attempt that needs a commit of its own, or comes later, is not recorded with the asking', () => {
  const attempts = (kind: string, due?: number) => {
    const asks = [{ kind, request: 1, ...(due === undefined ? {} : { due }) }]
    return decideBatch([command('a', { type: 'ask', asks })], ground()).draft.asked.map(({ attempt }) => attempt)
  }
  assert.deepEqual(
    [attempts('call'), attempts('careful'), attempts('call', 2000), attempts('timer', 2000)],
    [[1], [0], [0], [1]],
  )
})

test('an attempt that may succeed later is recorded with its next time before that comes', () => {
  const retry = {
    type: 'result',
    effect: owed,
    attempt: 2,
    result: { type: 'retry', afterMs: 5000, reason: 'answered 500', recorded: true },
  } as const
  const decided = decideBatch([retry], ground([owed]))
  assert.deepEqual(
    decided.draft.finish().changed.map(({ state, due, attempt, failure }) => ({ state, due, attempt, failure })),
    [{ state: 'owed', due: 6000, attempt: 3, failure: 'answered 500' }],
  )
})
