import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { View } from '@hearth/kernel'
import { createWrites } from '../../src/store/views/writes.ts'

test('homes and keys with a slash in them keep rows of their own', () => {
  const writes = createWrites({ name: 'any' } as View, 'any')
  const put = (key: string) => [{ type: 'put' as const, key, row: {} }]
  writes.add({ tenant: 'main', home: 'a' }, put('b/c'))
  writes.add({ tenant: 'main', home: 'a/b' }, put('c'))
  writes.add({ tenant: 'main', home: 'a/b' }, put('c'))
  assert.equal(writes.size, 2)
})
