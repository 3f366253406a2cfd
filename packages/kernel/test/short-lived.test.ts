import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ShortLived } from '../src/short-lived.ts'

test('it gives back what was put, in the order in which the keys came, and nothing that was removed', () => {
  const map = new ShortLived<string, { readonly n: number }>()
  for (const [key, n] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['b', 4],
  ] as const)
    map.set(key, { n })
  assert.deepEqual([map.size, map.get('b'), map.has('b')], [3, { n: 4 }, true])
  assert.deepEqual(
    [map.delete('a'), map.delete('a'), map.has('a'), map.get('a'), map.size],
    [true, false, false, undefined, 2],
  )
  map.set('a', { n: 5 })
  assert.deepEqual(
    [...map.entries()].map(([key, { n }]) => `${key}${n}`),
    ['b4', 'c3', 'a5'],
  )
  assert.deepEqual(
    [...map.values()].map(({ n }) => n),
    [4, 3, 5],
  )
})

test('what is removed and put again while it is walked comes again at the end, and what is only removed does not come', () => {
  const map = new ShortLived<string, { readonly key: string }>()
  for (const key of ['a', 'b', 'c']) map.set(key, { key })
  const seen: string[] = []
  for (const { key } of map.values()) {
    seen.push(key)
    if (seen.length > 1) continue
    map.delete('a')
    map.set('a', { key: 'a' })
    map.delete('b')
  }
  assert.deepEqual(seen, ['a', 'c', 'a'])
})
