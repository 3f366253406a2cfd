import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns, type Place } from '../src/effects/turns.ts'

interface Taken {
  readonly item: string
  end(): void
}

function takeAll(turns: Turns<string>): Taken[] {
  const taken: Taken[] = []
  for (let next = turns.take(); next !== null; next = turns.take()) taken.push(next)
  return taken
}

const items = (taken: readonly Taken[]): string => taken.map(({ item }) => item).join(' ')

function lined(limit: number, entries: readonly (readonly [Place, string])[]): Turns<string> {
  const turns = new Turns<string>(limit)
  for (const [place, item] of entries) turns.add(place, item)
  return turns
}

const of = (tenant: string, group: string | null = null, urgent = false): Place => ({ tenant, group, urgent })

test('tenants take turns, however much one of them brings', () => {
  const flood = Array.from({ length: 5 }, (_, index) => [of('a'), `a${index}`] as const)
  const turns = lined(9, [...flood, [of('b'), 'b0'], [of('c', 'x'), 'c0'], [of('c', 'y'), 'c1']])
  assert.equal(items(takeAll(turns)), 'a0 b0 c0 a1 c1 a2 a3 a4')
})

test('groups of a tenant take turns, and none runs more than its limit', () => {
  const entries = ['x', 'y'].flatMap((group) => [0, 1, 2].map((index) => [of('a', group), `${group}${index}`] as const))
  const turns = lined(2, entries)
  const first = takeAll(turns)
  assert.equal(items(first), 'x0 y0 x1 y1')
  first[1]?.end()
  assert.equal(items(takeAll(turns)), 'y2')
  first[0]?.end()
  assert.equal(items(takeAll(turns)), 'x2')
})

test('the limit of a group is one for all tenants, and what ends makes room for each in turn', () => {
  const turns = lined(1, [
    [of('a', 'x'), 'a0'],
    [of('a', 'x'), 'a1'],
    [of('b', 'x'), 'b0'],
    [of('b'), 'free'],
  ])
  const [first, ...rest] = takeAll(turns)
  assert.equal(items([first as Taken, ...rest]), 'a0 free')
  first?.end()
  const next = takeAll(turns)
  assert.equal(next.length, 1)
  next[0]?.end()
  const last = takeAll(turns)
  assert.deepEqual([next[0]?.item, last[0]?.item].toSorted(), ['a1', 'b0'])
})

test('what is urgent goes first within its tenant, and not before the turn of another; the rest has every fourth turn', () => {
  const urgent = Array.from({ length: 6 }, (_, index) => [of('a', null, true), `u${index}`] as const)
  const turns = lined(9, [[of('a'), 'a0'], [of('a'), 'a1'], ...urgent, [of('b'), 'b0']])
  assert.equal(items(takeAll(turns)), 'u0 b0 u1 u2 a0 u3 u4 u5 a1')
})

test('urgent and usual items of one group share its limit', () => {
  const turns = lined(1, [
    [of('a', 'x'), 'usual'],
    [of('a', 'x', true), 'urgent'],
  ])
  const first = takeAll(turns)
  assert.equal(items(first), 'urgent')
  first[0]?.end()
  assert.equal(items(takeAll(turns)), 'usual')
})

test('a group named like no group is another one', () => {
  const turns = lined(1, [
    [of('a', ''), 'named'],
    [of('a', ''), 'waits'],
    [of('a', null), 'free'],
    [of('a', null), 'free too'],
  ])
  assert.equal(items(takeAll(turns)), 'named free free too')
})

test('what a queue holds beyond what is taken of it may be taken away, the last to come, and nothing of others', () => {
  const many = (group: string, count: number) =>
    Array.from({ length: count }, (_, index) => [of('a', group), `${group}${index}`] as const)
  const turns = lined(2, [...many('x', 6), ...many('y', 3), [of('b'), 'b0']])
  const first = takeAll(turns)
  assert.equal(items(first), 'x0 b0 y0 x1 y1')
  assert.equal(turns.isEmpty, false)
  const all = (): boolean => true
  assert.deepEqual(turns.surplus(1, 1, all), [], 'what has just come has had no time to be taken')
  first[0]?.end()
  assert.equal(items(takeAll(turns)), 'x2')
  assert.deepEqual(turns.surplus(1, 2, all), ['x5'], 'one was taken, so two may wait')
  const butX4 = (item: string): boolean => item !== 'x4'
  assert.deepEqual(turns.surplus(1, 1, butX4), [], 'what must not be taken away stays')
  assert.deepEqual(turns.clear(all), ['x3', 'x4', 'y2'])
  assert.equal(turns.isEmpty, true)
  for (const { end } of first.slice(1)) end()
  assert.equal(turns.take(), null)
  turns.add(of('a', 'x'), 'x6')
  assert.equal(items(takeAll(turns)), 'x6')
})
