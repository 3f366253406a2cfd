// shows: B10
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actor, Unfoldable, type Actor, type Upcast } from '../src/index.ts'
import { pack, packEvents, typesOf, unpack } from '../src/codec.ts'

type Event = { readonly type: 'told'; readonly words: readonly string[] } | { readonly type: 'hushed' }

const split: Upcast = ({ text }) => ({ words: String(text).split(' ') })
const lowered: Upcast = ({ words }) => ({ words: (words as readonly string[]).map((word) => word.toLowerCase()) })

const knowing = (told: readonly Upcast[]): Actor =>
  actor<null, { readonly type: 'tell' }, Event>({
    kind: 'teller',
    personal: false,
    initial: null,
    events: { told, hushed: [] },
    decide: () => ({ type: 'accept', events: [] }),
    evolve: (state) => state,
  })

const by = { principal: 'p', causation: 'c', correlation: 'r' }
const written = (definition: Actor, ...events: readonly { readonly type: string }[]) => ({
  text: pack(packEvents(events), by),
  types: typesOf(events, definition),
})
const read = ({ text, types }: ReturnType<typeof written>, definition?: Actor) => unpack(text, types, definition).events

test('events of every version come in the present form, each through the steps it lacks [B10]', () => {
  const [first, second, third] = [knowing([]), knowing([split]), knowing([split, lowered])]
  const old = written(first, { type: 'told', text: 'Tea Time' } as never, { type: 'hushed' })
  assert.equal(old.types, 'told,hushed')
  const newer = written(second, { type: 'told', words: ['Tea'] } as never)
  assert.equal(newer.types, 'told@2')
  const newest = written(third, { type: 'told', words: ['tea'] } as never, { type: 'hushed' })
  assert.equal(newest.types, 'told@3,hushed')
  assert.deepEqual(read(old, third), [{ type: 'told', words: ['tea', 'time'] }, { type: 'hushed' }])
  assert.deepEqual(read(old, second)[0], { type: 'told', words: ['Tea', 'Time'] })
  assert.deepEqual(read(newer, third), [{ type: 'told', words: ['tea'] }])
  assert.deepEqual(read(newest, third)[0], { type: 'told', words: ['tea'] })
})

test('what a later version wrote, or another type, is not guessed at', () => {
  const second = knowing([split])
  const cases = [
    [written(knowing([split, lowered]), { type: 'told', words: [] } as never), 'event teller told@3'],
    [{ ...written(second, { type: 'hushed' }), types: 'sung' }, 'event teller sung'],
    [{ ...written(second, { type: 'hushed' }), types: 'hushed@x' }, 'event teller hushed@x'],
    [{ ...written(second, { type: 'hushed' }), types: 'constructor' }, 'event teller constructor'],
  ] as const
  for (const [row, needs] of cases)
    assert.throws(
      () => read(row, second),
      (error) => error instanceof Unfoldable && error.code === 'actor.from-the-future' && error.needs === needs,
      needs,
    )
  assert.deepEqual(read(cases[0][0]), [{ type: 'told@3', words: [] }])
})

test('an actor that names no versions reads every type as it was written', () => {
  const { events: _events, ...silent } = knowing([])
  assert.deepEqual(read({ ...written(knowing([]), { type: 'hushed' }), types: 'sung' }, silent), [{ type: 'sung' }])
})
