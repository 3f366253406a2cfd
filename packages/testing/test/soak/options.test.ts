import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from '../../src/soak/options.ts'

test('options have defaults, and a seed of their own when none is given', () => {
  const options = parseOptions(['--minutes', '2'])
  assert.equal(options.minutes, 2)
  assert.equal(options.ratePerSecond, 50)
  assert.equal(options.json, false)
  assert.match(options.seed, /^[0-9a-f]{8}$/)
  assert.equal(parseOptions(['--minutes', '0.5', '--seed', 'x', '--json']).seed, 'x')
})

test('wrong options are refused', () => {
  for (const words of [
    [],
    ['--minutes', '0'],
    ['--minutes', 'x'],
    ['--minutes', '1', '--rate', '-1'],
    ['--minute', '1'],
    ['--minutes', '1', '--seed', 'a/b'],
  ]) {
    assert.throws(() => parseOptions(words), words.join(' '))
  }
})
