// shows: B10
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actor, type Decision } from '../src/actor.ts'
import { groundOf } from './grounds.ts'
import { decideBatch } from '../src/deciding.ts'
import { HotActors, type Hot } from '../src/hot.ts'
import type { Answer, CommandEnvelope } from '../src/envelope.ts'
import { slotOf } from '../src/slot.ts'
import { exceeds, grown, largestEvent, largestState, weigh, weightless, weightOf } from '../src/weight.ts'

type Command = { readonly type: 'write'; readonly text: string } | { readonly type: 'clear' }
type Event = { readonly type: 'wrote'; readonly text: string } | { readonly type: 'cleared' }

const notes = actor<string, Command, Event>({
  kind: 'notes',
  personal: false,
  initial: '',
  decide: (_state, command): Decision<Event> => ({
    type: 'accept',
    events: [command.type === 'write' ? { type: 'wrote', text: command.text } : { type: 'cleared' }],
    answer: null,
  }),
  evolve: (state, event) => (event.type === 'wrote' ? state + event.text : ''),
})

const address = (id: string) => ({ tenant: 'main', home: 'h', kind: 'notes', id })
const slot = slotOf('main', 'h')

const command = (inner: Command): CommandEnvelope => ({
  type: 'command',
  id: 'c',
  address: address('one'),
  command: inner,
  principal: 'owner',
  correlation: 'c',
  key: null,
  bytes: 10,
  present: (answer: Answer) => ({ status: 200, body: answer.type === 'accepted' ? 'accepted' : answer.code }),
})

const decide = (...commands: readonly Command[]) => decideBatch(commands.map(command), groundOf(slot, [notes]))

const bodies = (...commands: readonly Command[]) => decide(...commands).replies.map(({ reply }) => reply.body)
const write = (length: number): Command => ({ type: 'write', text: 'x'.repeat(length) })

test('an event of more than 256 kB is refused, in bytes and not in characters', () => {
  assert.deepEqual(bodies(write(largestEvent - 100), write(largestEvent + 1)), ['accepted', 'actor.event-too-large'])
  const text = '€'.repeat(largestEvent / 3)
  assert.deepEqual(bodies({ type: 'write', text }), ['actor.event-too-large'])
  assert.deepEqual(bodies({ type: 'write', text: text.slice(50) }), ['accepted'])
  assert.equal(exceeds('€€', 6), false)
  assert.equal(exceeds('€€', 5), true)
})

test('a state grows to 1 MB and no further, and can be made small again', () => {
  const part = write(200_000)
  assert.deepEqual(bodies(part, part, part, part, part, part, { type: 'clear' }, part), [
    'accepted',
    'accepted',
    'accepted',
    'accepted',
    'accepted',
    'actor.too-large',
    'accepted',
    'accepted',
  ])
})

test('a weight follows the state that it is told of, also when that shrinks', () => {
  let weight = weightless
  let state = ''
  for (let round = 0; round < 2000; round += 1) {
    state = round % 100 === 0 ? '' : `${state}${'y'.repeat(100)}`
    weight = grown(weight, 120, state)
    assert.ok(weightOf(weight) >= state.length * 0.75, `${weightOf(weight)} for ${state.length}`)
    assert.ok(weightOf(weight) <= state.length + 20_000)
  }
  assert.deepEqual(weigh(undefined), weightless)
  assert.ok(weightOf(grown({ measured: 0, since: largestState }, 10, 'small')) < 10)
})

test('actors are held up to so many bytes, those not used of late forgotten first', () => {
  const hot = (id: string, bytes: number): Hot => ({
    address: address(id),
    name: `main/h/notes/${id}`,
    definition: notes,
    slot,
    actor: 1,
    version: 1,
    state: '',
    weight: { measured: bytes, since: 0 },
    unsaved: { events: 1, bytes },
  })
  const held = new HotActors(10_000)
  for (const id of ['a', 'b', 'c']) held.put(hot(id, 1000))
  const three = held.bytes
  assert.ok(held.get('main/h/notes/a'))
  held.put(hot('d', 1500))
  assert.equal(held.get('main/h/notes/b'), undefined)
  assert.ok(held.get('main/h/notes/a'))
  held.put(hot('a', 10))
  held.put(hot('d', 1000))
  assert.ok(held.bytes < three)
  held.put(hot('e', 50_000))
  assert.equal(held.get('main/h/notes/e'), undefined)
  assert.ok(held.bytes < 10_000)
})
