import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { View } from '../src/actor.ts'
import { Draft } from '../src/draft.ts'

test('rows of a view are told apart where homes and keys have slashes in them', () => {
  const draft = new Draft(new Map(), 0)
  const view = { name: 'any' } as View
  const put = (key: string) => [{ type: 'put' as const, key, row: {} }]
  draft.view(view, { tenant: 'main', home: 'a', kind: 'k', id: 'i' }, put('b/c'))
  draft.view(view, { tenant: 'main', home: 'a/b', kind: 'k', id: 'i' }, put('c'))
  assert.equal(draft.finish().views.get(view)?.size, 2)
})
