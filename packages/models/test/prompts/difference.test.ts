// shows: A6
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differenceOf } from '@hearth/models'
import { seeded } from '../catalog/seeded.ts'

/** What the marked lines say that each side was. */
function sides(lines: readonly string[]): readonly [string, string] {
  const side = (mark: string) =>
    lines.filter((line) => line.startsWith(mark) || line.startsWith('  ')).map((line) => line.slice(2))
  return [side('- ').join('\n'), side('+ ').join('\n')]
}

test('what is the same stays, what changed is marked, and what is far from it is left out', () => {
  const from = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
  assert.deepEqual(differenceOf(from, [...from.slice(0, 4), 'E', ...from.slice(5)]), {
    added: 1,
    removed: 1,
    lines: ['  b', '  c', '  d', '- e', '+ E', '  f', '  g', '  h'],
  })
  assert.deepEqual(differenceOf(from, from), { added: 0, removed: 0, lines: [] })
  assert.deepEqual(differenceOf([], ['x']).lines, ['+ x'])
  assert.deepEqual(differenceOf(['x'], []).lines, ['- x'])
  const far = [...from, ...from, ...from]
  assert.equal(differenceOf(['1', ...far, '2'], ['3', ...far, '4']).lines.filter((line) => line === '…').length, 1)
})

test('both sides can be read from it, and no shorter one leads from one to the other', () => {
  const random = seeded(7)
  for (let round = 0; round < 400; round += 1) {
    const line = (): string => 'abcd'[Math.floor(random() * 4)] ?? 'a'
    const some = (): readonly string[] => Array.from({ length: Math.floor(random() * 7) }, line)
    // Between ends that differ, nothing is too far from a change to be shown.
    const from = ['<', ...some(), '>']
    const to = ['(', ...some(), ')']
    const { added, removed, lines } = differenceOf(from, to)
    assert.deepEqual(sides(lines), [from.join('\n'), to.join('\n')])
    assert.equal(added + removed, from.length + to.length - 2 * longestCommon(from, to))
  }
})

function longestCommon([head, ...rest]: readonly string[], to: readonly string[]): number {
  if (head === undefined || to.length === 0) return 0
  const at = to.indexOf(head)
  const without = longestCommon(rest, to)
  return at === -1 ? without : Math.max(without, 1 + longestCommon(rest, to.slice(at + 1)))
}

test('of what has nothing in common all is replaced, however much it is', () => {
  const many = (name: string) => Array.from({ length: 60_000 }, (_, index) => `${name}${index}`)
  const { added, removed } = differenceOf(many('a'), many('b'))
  assert.deepEqual([added, removed], [60_000, 60_000])
})
