import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address } from '@hearth/protocol'
import { decideBatch } from '../src/deciding.ts'
import { groundOf } from './grounds.ts'
import { actor, slotOf, type Answer, type DeadLetter, type EffectAside, type Repair } from '../src/index.ts'

type Event = { readonly type: 'ended'; readonly how: string }

const payer = actor<number, { readonly type: 'pay' }, Event>({
  kind: 'payer',
  personal: false,
  initial: 0,
  decide: () => ({ type: 'refuse', code: 'payer.never', detail: 'Never.' }),
  settle: (_state, { outcome }) => ({ type: 'accept', events: [{ type: 'ended', how: outcome.type }] }),
  evolve: (state) => state + 1,
})

const home: Address = { tenant: 'main', home: 'h', kind: 'payer', id: 'one' }
const slot = slotOf('main', 'h')
const effect: EffectAside = {
  slot,
  sequence: 7,
  ordinal: 0,
  actor: 9,
  address: home,
  kind: 'pay',
  due: 500,
  attempt: 2,
  person: null,
  request: Buffer.from('1'),
  state: 'stuck',
}

const present = (answer: Answer) =>
  answer.type === 'accepted' ? { status: 200, body: JSON.stringify(answer.output) } : { status: 409, body: answer.code }

const decide = (
  { what, as }: Repair,
  address: Address,
  aside: { readonly effects?: readonly EffectAside[]; readonly letters?: readonly DeadLetter[] },
) =>
  decideBatch(
    [
      {
        type: 'command',
        id: 'a',
        address,
        command: { type: 'replay' },
        principal: 'anna',
        correlation: 'b',
        key: null,
        bytes: 1,
        alone: true,
        repairs: { what, as },
        present,
      },
    ],
    groundOf(slot, [payer], { now: 900, aside: { effects: [], letters: [], ...aside } }),
  )

const repairing = (as: Repair['as'], effects: readonly EffectAside[] = [effect], address = home) =>
  decide({ what: { effect }, as }, address, { effects })

test('what is run again has no attempt under way: the next one is recorded when it begins', () => {
  const { draft, retried, replies } = repairing('again')
  assert.deepEqual(
    draft.changed.map(({ state, attempt, due }) => [state, attempt, due]),
    [['owed', -2, 900]],
  )
  assert.deepEqual(
    retried.map(({ attempt, due }) => [attempt, due]),
    [[-2, 900]],
  )
  assert.deepEqual(JSON.parse(replies[0]?.reply.body ?? ''), { id: `${slot}.7.0`, state: 'owed' })
})

test('what counts as done or failed is settled, once and by whoever says so', () => {
  for (const as of ['done', 'failed'] as const) {
    const { draft } = repairing(as)
    const batch = draft.finish()
    assert.deepEqual([batch.settled.length, batch.rows.length, batch.rows[0]?.types], [1, 1, 'ended'])
  }
})

test('what is not aside, or is said to be of another actor, is left alone', () => {
  for (const decided of [repairing('again', []), repairing('done', [effect], { ...home, id: 'two' })]) {
    assert.equal(decided.replies[0]?.reply.body, 'effects.not-aside')
    assert.ok(decided.draft.empty)
  }
})

test('a letter that cannot be read any more is no new letter: it stays, and can be dropped', () => {
  const letter: DeadLetter = {
    tenant: 'main',
    home: 'h',
    slot,
    at: 1,
    command: 'old',
    address: 'main/h/payer/one',
    person: null,
    failure: 'Error',
    body: Buffer.from('damaged'),
  }
  for (const damaged of [letter, { ...letter, person: 'self' }]) {
    const again = decide({ what: { letter: 'old' }, as: 'again' }, home, { letters: [damaged] })
    assert.equal(again.replies[0]?.reply.body, 'effects.unreadable')
    assert.ok(again.draft.empty)
    const dropped = decide({ what: { letter: 'old' }, as: 'failed' }, home, { letters: [damaged] })
    assert.deepEqual(dropped.draft.finish().mended, [{ tenant: 'main', command: 'old' }])
  }
})
