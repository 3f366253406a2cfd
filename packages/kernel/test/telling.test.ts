// shows: B10
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAddress, type Address } from '@hearth/protocol'
import { actor, readRow, slotOf, type Acceptance, type Answer, type CommandEnvelope, type Tell } from '../src/index.ts'
import { decideBatch } from '../src/deciding.ts'
import type { Ground } from '../src/ground.ts'
import { groundOf } from './grounds.ts'
import type { Hot } from '../src/hot.ts'
import { deepest, mostTold } from '../src/telling.ts'

type Command =
  | { readonly type: 'put'; readonly by: number; readonly tells?: readonly Tell[]; readonly ask?: boolean }
  | { readonly type: 'break' }
  | { readonly type: 'round'; readonly left: number }
  | { readonly type: 'only-tell'; readonly tells: readonly Tell[] }
type Event = { readonly type: 'put'; readonly by: number; readonly sum: number; readonly effect: string }

/** Holds at most ten. What it tells others comes with the command. */
const jar = (kind: string) =>
  actor<number, Command, Event>({
    kind,
    personal: false,
    initial: 0,
    decide: (state, command, context): Acceptance<Event> | { type: 'refuse'; code: string; detail: string } => {
      switch (command.type) {
        case 'put': {
          const { by, tells = [], ask } = command
          if (state + by > 10) return { type: 'refuse', code: 'jar.full', detail: `${context.address.id} is full.` }
          const event: Event = { type: 'put', by, sum: state + by, effect: context.effect(0) }
          const asks = ask === true ? [{ kind: 'call', request: null }] : []
          return { type: 'accept', events: [event], tells, asks, answer: state + by }
        }
        case 'round': {
          const event: Event = { type: 'put', by: 1, sum: state + 1, effect: context.effect(0) }
          const to = { kind: kind === 'jar' ? 'pot' : 'jar', id: 'one' }
          const tells =
            command.left === 0 ? [] : [{ to, command: { type: 'round', left: command.left - 1 } as Command }]
          return { type: 'accept', events: [event], tells, answer: state + 1 }
        }
        case 'only-tell':
          return { type: 'accept', events: [], tells: command.tells, answer: 'told' }
        case 'break':
          throw new Error('broken')
      }
    },
    settle: (state, _settlement, context) => ({
      type: 'accept',
      events: [{ type: 'put', by: 1, sum: state + 1, effect: context.effect(0) }],
      tells: [{ to: { kind: 'pot', id: 'settled' }, command: { type: 'put', by: 1 } as Command }],
    }),
    evolve: (state, event) => state + event.by,
  })

const actors = new Map([jar('jar'), jar('pot')].map((one) => [one.kind, one]))
const slot = slotOf('main', 'h')

const ground = (more: Partial<Ground> = {}): Ground => groundOf(slot, [...actors.values()], more)

const present = (answer: Answer) =>
  answer.type === 'accepted'
    ? { status: 200, body: JSON.stringify(answer.output) }
    : { status: answer.code === 'command.failed' ? 500 : 409, body: answer.code }

const command = (id: string, inner: Command): CommandEnvelope => ({
  type: 'command',
  id,
  address: { tenant: 'main', home: 'h', kind: 'jar', id: 'one' },
  command: inner,
  principal: 'owner',
  correlation: `of ${id}`,
  key: null,
  bytes: 10,
  present,
})

const put = (id: string, by: number, tells: readonly Tell[] = []): Tell => ({
  to: { kind: 'pot', id },
  command: { type: 'put', by, tells } as Command,
})

const bodies = (decided: ReturnType<typeof decideBatch>) => decided.replies.map(({ reply }) => reply.body)

test('what an actor tells others of its home is decided in one draft, with one cause [B10]', () => {
  const decided = decideBatch(
    [command('a', { type: 'put', by: 1, tells: [put('x', 2, [put('y', 3)]), put('z', 4)] })],
    ground(),
  )
  assert.deepEqual(bodies(decided), ['1'])
  const batch = decided.draft.finish()
  const names = new Map(batch.actors.map((one) => [one.actor, formatAddress(one.address)]))
  assert.deepEqual(
    batch.rows.map((row) => [names.get(row.actor), row.sequence, row.version]),
    [
      ['main/h/jar/one', 41, 1],
      ['main/h/pot/x', 42, 1],
      ['main/h/pot/y', 43, 1],
      ['main/h/pot/z', 44, 1],
    ],
  )
  for (const row of batch.rows) {
    const { principal, causation, correlation } = readRow(row, undefined)
    assert.deepEqual([principal, causation, correlation], ['owner', 'a', 'of a'])
  }
  // Whoever sends this position back sees what was told, too.
  assert.equal(decided.replies[0]?.reply.position?.sequence, 44)
})

test('the refusal of one that was told refuses the whole, and nothing of it stays [B10]', () => {
  const decided = decideBatch(
    [
      command('a', { type: 'put', by: 1, tells: [put('x', 2), put('y', 11)] }),
      command('b', { type: 'put', by: 1, tells: [put('x', 9)] }),
      command('c', { type: 'put', by: 1, tells: [put('x', 2)] }),
    ],
    ground(),
  )
  assert.deepEqual(bodies(decided), ['jar.full', '1', 'jar.full'])
  const batch = decided.draft.finish()
  assert.deepEqual(
    batch.rows.map((row) => readRow(row, undefined).events),
    [
      [{ type: 'put', by: 1, sum: 1, effect: '%.41.0'.replace('%', String(slot)) }],
      [{ type: 'put', by: 9, sum: 9, effect: '%.42.0'.replace('%', String(slot)) }],
    ],
  )
})

test('one that throws when it is told sets the whole command aside', () => {
  const tells: readonly Tell[] = [{ to: { kind: 'pot', id: 'x' }, command: { type: 'break' } }]
  const decided = decideBatch([command('a', { type: 'put', by: 1, tells })], ground())
  assert.deepEqual(bodies(decided), ['command.failed'])
  const batch = decided.draft.finish()
  assert.deepEqual([batch.rows.length, batch.dead.length, batch.dead[0]?.command], [0, 1, 'a'])
})

test('whoever tells an actor of a kind that is not here is refused', () => {
  const tells: readonly Tell[] = [{ ...put('x', 1), to: { kind: 'no', id: 'x' } }]
  const decided = decideBatch([command('b', { type: 'only-tell', tells })], ground())
  assert.deepEqual(bodies(decided), ['actor.kind-unknown'])
  assert.ok(decided.draft.empty)
})

test('an actor that is told something by one it told sees what it did itself', () => {
  const decided = decideBatch([command('a', { type: 'round', left: 4 })], ground())
  assert.deepEqual(bodies(decided), ['1'])
  const batch = decided.draft.finish()
  assert.equal(batch.actors.length, 2)
  assert.deepEqual(
    batch.rows.map((row) => [row.actor, row.version, (readRow(row, undefined).events[0] as Event).sum]),
    [0, 1, 0, 1, 0].map((which, index) => [batch.actors[which]?.actor, (index >> 1) + 1, (index >> 1) + 1]),
  )
})

test('telling ends: it is refused too deep and too wide', () => {
  const round = (left: number) => bodies(decideBatch([command('a', { type: 'round', left })], ground()))
  assert.deepEqual([round(deepest), round(deepest + 1)], [['1'], ['tell.too-deep']])
  const wide = (count: number) => {
    const tells = Array.from({ length: count }, (_, index) => put(`x${index}`, 1))
    return decideBatch([command('a', { type: 'only-tell', tells })], ground())
  }
  assert.deepEqual(bodies(wide(mostTold)), ['"told"'])
  assert.equal(wide(mostTold).draft.finish().rows.length, mostTold)
  assert.deepEqual(bodies(wide(mostTold + 1)), ['tell.too-many'])
  assert.ok(wide(mostTold + 1).draft.empty)
})

test('effects are named by the place that their row gets, whoever asks for them', () => {
  const ask = (id: string): Tell => ({ to: { kind: 'pot', id }, command: { type: 'put', by: 1, ask: true } as Command })
  const decided = decideBatch([command('a', { type: 'put', by: 1, ask: true, tells: [ask('x'), ask('y')] })], ground())
  const batch = decided.draft.finish()
  const named = batch.rows.map((row) => (readRow(row, undefined).events[0] as Event).effect)
  assert.deepEqual(
    named,
    batch.asked.map((row) => `${row.slot}.${row.sequence}.${row.ordinal}`),
  )
  assert.equal(new Set(named).size, 3)
})

test('whoever is not in memory is asked for, and then found', () => {
  const x: Address = { tenant: 'main', home: 'h', kind: 'pot', id: 'x' }
  const tell = command('a', { type: 'put', by: 1, tells: [put('x', 8)] })
  const missing = decideBatch([tell], ground({ told: () => 'absent' }))
  assert.deepEqual([...missing.absent], [[formatAddress(x), x]])
  const definition = actors.get('pot')
  assert.ok(definition !== undefined)
  const weight = { measured: 1, since: 0 }
  const hot: Hot = {
    address: x,
    name: formatAddress(x),
    definition,
    slot,
    actor: 7,
    version: 5,
    state: 3,
    weight,
    unsaved: { events: 0, bytes: 0 },
  }
  assert.deepEqual(bodies(decideBatch([tell], ground({ told: () => hot }))), ['jar.full'])
})
