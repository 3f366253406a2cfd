import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ActorsAside } from '../src/aside.ts'
import { Draft } from '../src/draft.ts'

test('a damaged snapshot is told of until another takes its place', () => {
  const aside = new ActorsAside()
  for (const actor of [1, 2, 2]) aside.damaged(actor)
  assert.equal(aside.damagedSnapshots, 2)
  const draft = new Draft(new Map(), 0)
  draft.snapshot({
    actor: 2,
    tenant: 'main',
    sequence: 7,
    version: 7,
    shape: 1,
    person: null,
    data: Buffer.from('{}'),
  })
  aside.note({ draft, unfoldable: [] })
  assert.equal(aside.damagedSnapshots, 1)
})
