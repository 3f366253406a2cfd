import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Address } from '@hearth/protocol'
import { decideBatch } from '../src/deciding.ts'
import type { Ground } from '../src/ground.ts'
import { actor, masterKey, slotOf, type Actor, type Answer, type EffectAside, type Repair } from '../src/index.ts'

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

const ground = (effects: readonly EffectAside[]): Ground => ({
  at: 1000,
  now: 900,
  snapshotAfter: 100,
  slots: new Map([[slot, { slot, epoch: 1, sequence: 40, actors: 2, head: Buffer.alloc(32) }]]),
  master: masterKey(randomBytes(32)),
  actors: new Map<string, Actor>([['payer', payer]]),
  hot: () => undefined,
  told: () => undefined,
  homeKey: () => undefined,
  kept: () => undefined,
  isForgotten: () => false,
  owed: () => undefined,
  owedTo: () => [],
  reference: () => undefined,
  kind: () => ({ beginsApart: true, leased: false }),
  aside: { effects, letters: [] },
})

const present = (answer: Answer) =>
  answer.type === 'accepted' ? { status: 200, body: JSON.stringify(answer.output) } : { status: 409, body: answer.code }

const repairing = (as: Repair['as'], from: readonly EffectAside[] = [effect], address = home) =>
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
        repairs: { what: { effect }, as },
        present,
      },
    ],
    ground(from),
  )

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
