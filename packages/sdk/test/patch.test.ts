import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonPatch, type Json } from '@hearth/protocol'
import { patched } from '../src/live/patch.ts'

/** Numbers that look like chance and are the same each time. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const names = ['a', 'b', 'c/d', 'e~f', '', '0', '__proto__', 'constructor']

function made(random: (below: number) => number, depth: number): Json {
  const kind = random(depth === 0 ? 3 : 5)
  if (kind === 0) return random(3)
  if (kind === 1) return `${random(3)}`
  if (kind === 2) return random(2) === 0 ? null : true
  if (kind === 3) return Array.from({ length: random(6) }, () => made(random, depth - 1))
  const entries = Array.from({ length: random(5) }, () => [names[random(names.length)], made(random, depth - 1)])
  return Object.fromEntries(entries) as Json
}

test('what the server’s patches make is what the server has, and what they are made of stays as it is', () => {
  for (let seed = 0; seed < 5000; seed += 1) {
    const random = chance(seed)
    const [from, to] = [made(random, 4), made(random, 4)]
    const before = JSON.stringify(from)
    const patch = JSON.parse(JSON.stringify(jsonPatch(from, to))) as never
    assert.deepEqual(patched(from, patch), to, `seed ${seed}`)
    assert.equal(JSON.stringify(from), before, `seed ${seed}`)
  }
})

test('what did not change is shared with what was there before', () => {
  const from = { items: [{ id: 1 }, { id: 2 }], rest: { deep: [1] } }
  const to = patched(from, [{ op: 'replace', path: '/items/1/id', value: 3 }]) as typeof from
  assert.deepEqual(to, { items: [{ id: 1 }, { id: 3 }], rest: { deep: [1] } })
  assert.ok(to.rest === from.rest && to.items[0] === from.items[0])
})

test('a patch that does not fit is refused, and no prototype can be reached', () => {
  const document = { items: [1], text: 'x' }
  for (const [op, path] of [
    ['replace', '/nothing'],
    ['remove', '/items/1'],
    ['add', '/items/3'],
    ['add', '/items/x'],
    ['add', '/text/0'],
    ['replace', '/__proto__/polluted'],
    ['add', '/constructor/prototype/polluted'],
    ['move', '/text'],
    ['add', 'text'],
  ] as const)
    assert.throws(() => patched(document, [{ op, path, value: 1 }]), Error, `${op} ${path}`)
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  assert.deepEqual(patched(document, [{ op: 'add', path: '/items/-', value: 2 }]), { items: [1, 2], text: 'x' })
  assert.equal(patched(document, [{ op: 'replace', path: '', value: 7 }]), 7)
})
