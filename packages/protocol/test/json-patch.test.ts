// shows: B10
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonPatch, type Json, type PatchOperation } from '../src/index.ts'

test('what changed is told member by member, in the order of their names', () => {
  const from = { b: 1, a: { x: 'old', y: [1, 2, 3] }, gone: null }
  const to = { a: { x: 'new', y: [1, 3] }, b: 1, 'c/d~e': true }
  assert.deepEqual(jsonPatch(from, to), [
    { op: 'replace', path: '/a/x', value: 'new', was: 'old' },
    { op: 'remove', path: '/a/y/1', was: 2 },
    { op: 'add', path: '/c~1d~0e', value: true },
    { op: 'remove', path: '/gone', was: null },
  ])
})

test('what means the same has no difference', () => {
  assert.deepEqual(jsonPatch({ a: 1, b: { c: [] } }, { b: { c: [] }, a: 1 }), [])
  assert.deepEqual(jsonPatch({ a: undefined }, {}), [])
  assert.deepEqual(jsonPatch(null, null), [])
})

test('kinds of value are replaced whole, and names that objects have of themselves are members like others', () => {
  assert.deepEqual(jsonPatch([], {}), [{ op: 'replace', path: '', value: {}, was: [] }])
  assert.deepEqual(jsonPatch({ a: null }, { a: [null] }), [{ op: 'replace', path: '/a', value: [null], was: null }])
  const odd = JSON.parse('{"__proto__":1,"constructor":2}') as Json
  assert.deepEqual(
    jsonPatch({}, odd).map(({ path }) => path),
    ['/__proto__', '/constructor'],
  )
})

// The reference: RFC 6902 applied literally, which shares no code with the comparison.
function applied(value: Json, operations: readonly PatchOperation[]): Json {
  let root = structuredClone(value) as unknown
  for (const operation of operations) {
    const keys = operation.path.split('/').slice(1)
    const last = keys.pop()?.replaceAll('~1', '/').replaceAll('~0', '~')
    if (last === undefined) {
      root = structuredClone((operation as { readonly value: Json }).value)
      continue
    }
    let place = root as Record<string, unknown>
    for (const key of keys) place = place[key.replaceAll('~1', '/').replaceAll('~0', '~')] as Record<string, unknown>
    if (operation.op === 'remove') {
      assert.deepEqual(place[last], operation.was)
      if (Array.isArray(place)) place.splice(Number(last), 1)
      else delete place[last]
    } else if (operation.op === 'add' && Array.isArray(place)) {
      assert.ok(Number(last) <= place.length)
      place.splice(Number(last), 0, structuredClone(operation.value))
    } else {
      if (operation.op === 'replace') assert.deepEqual(place[last], operation.was)
      place[last] = structuredClone(operation.value)
    }
  }
  return root as Json
}

test('a patch makes the one into the other, whatever they are', () => {
  let seed = 7
  const draw = (most: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * most)
  }
  const value = (depth: number): Json => {
    const kind = draw(depth > 3 ? 3 : 6)
    if (kind < 3) return [null, draw(3), `t${draw(3)}`][kind] as Json
    if (kind < 5) return Array.from({ length: draw(5) }, () => value(depth + 1))
    return Object.fromEntries(Array.from({ length: draw(4) }, () => [['a', 'b/', '~c', ''][draw(4)], value(depth + 1)]))
  }
  for (let round = 0; round < 3000; round += 1) {
    const [from, to] = [value(0), value(0)]
    assert.deepEqual(applied(from, jsonPatch(from, to)), to, JSON.stringify([from, to]))
  }
})
