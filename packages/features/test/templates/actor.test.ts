// shows: A6
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DecideContext, Tagged } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import { mostVersions, template, templateOf, versionsView } from '../../src/templates/actor.ts'

const address: Address = templateOf('main', 'greeting')

/** The actor and what its view of versions holds, by its own decisions alone. */
function begin() {
  let state: unknown = template.initial
  const rows = new Map<string, unknown>()
  return {
    rows,
    tell: (command: object) => {
      const decision = template.decide(state, command as Tagged, { address, at: 1 } as DecideContext)
      if (decision.type !== 'accept') return decision
      for (const event of decision.events) {
        state = template.evolve(state, event)
        for (const change of versionsView.project(state as never, event as never, { address, at: 1 }))
          if (change.type === 'put') rows.set(change.key, change.row)
          else rows.delete(change.key)
      }
      return decision
    },
  }
}

const set = (content: string, from: number | null = null): object => ({
  type: 'set',
  by: 'owner',
  note: null,
  from,
  definition: {
    messages: [{ role: 'user', content }],
    variables: [],
    examples: [],
    selection: { by: 'order', as: 'turns' },
    model: null,
    options: {},
  },
})

test('old versions are forgotten, one for each new one, and all with the template', () => {
  const { rows, tell } = begin()
  for (let version = 1; version <= mostVersions + 5; version += 1) tell(set(`text ${version}`))
  assert.equal(rows.size, mostVersions)
  assert.equal([...rows.keys()].toSorted()[0], 'greeting@000000006')
  tell({ type: 'remove' })
  assert.equal(rows.size, 0)
  tell(set('again'))
  assert.deepEqual([...rows.keys()], [`greeting@${String(mostVersions + 6).padStart(9, '0')}`])
  tell({ type: 'remove' })
  assert.equal(rows.size, 0)
})

test('what it is already makes no version, and what is not there is not gone back to', () => {
  const { rows, tell } = begin()
  assert.deepEqual(tell({ type: 'remove' }), {
    type: 'refuse',
    code: 'templates.unknown',
    detail: 'There is no template of this name.',
  })
  assert.equal(tell(set('a', 1)).type, 'refuse')
  tell(set('a'))
  const same = tell(set('a'))
  assert.ok(same.type === 'accept' && same.events.length === 0)
  assert.deepEqual(same.type === 'accept' && same.answer, {
    name: 'greeting',
    version: 1,
    changed: false,
    variables: [],
  })
  assert.equal(rows.size, 1)
})
