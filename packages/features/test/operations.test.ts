// shows: H1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consequences, inputSchema, lockFields, outputSchema, outsideSubset } from '@hearth/protocol'
import { features } from '@hearth/features'

const operations = features.flatMap((feature) => feature.operations)

test('every operation can be said in REST, GraphQL, protobuf and to a model [H1]', () => {
  for (const operation of operations) {
    assert.deepEqual([operation.name, outsideSubset(inputSchema(operation))], [operation.name, []])
    assert.deepEqual([operation.name, outsideSubset(outputSchema(operation))], [operation.name, []])
  }
})

test('names, permissions and paths are of one form, and no two operations share any of them', () => {
  const paths = new Set<string>()
  const names = new Set<string>()
  for (const { name, permission, path, summary, consequence, examples } of operations) {
    assert.match(name, /^[a-z]+\.[a-z][A-Za-z]*$/)
    assert.match(permission, /^[a-z]+\.(read|write|use)$/)
    assert.match(path.path, /^\/[a-z-]+(\/\{[a-z]+\}|\/[a-z-]+)*$/)
    assert.match(summary, /^[A-Z].*\.$/)
    assert.ok(consequences.includes(consequence))
    assert.ok(examples.length > 0)
    names.add(name)
    paths.add(`${path.method} ${path.path}`)
  }
  assert.equal(names.size, operations.length)
  assert.equal(paths.size, operations.length)
})

test('examples are valid input', () => {
  for (const operation of operations) {
    for (const { title, input } of operation.examples)
      assert.ok(operation.input.safeParse(input).success, `${operation.name}: ${title}`)
  }
})

test('what can be read or commanded by a refusal has a meaning of its own', () => {
  for (const feature of features) {
    for (const [code, meaning] of Object.entries(feature.errors)) {
      assert.match(code, /^[a-z-]+\.[a-z-]+$/)
      assert.ok(meaning.status >= 400 && meaning.status < 600)
    }
  }
})

test('a field keeps its number for good, a new one gets the next, a changed or removed one breaks', () => {
  const [first] = operations
  assert.ok(first !== undefined)
  const { lock, breaking } = lockFields([first], {})
  assert.deepEqual(breaking, [])
  const input = `${first.name}.input`
  const held = lock[input] ?? {}
  assert.deepEqual(lockFields([first], lock).lock, lock)
  const [name = ''] = Object.keys(held)
  const without = Object.fromEntries(Object.entries(held).filter(([field]) => field !== name))
  assert.equal(
    lockFields([first], { ...lock, [input]: without }).lock[input]?.[name]?.number,
    Math.max(...Object.values(held).map(({ number }) => number), 0) + (name === Object.keys(held).at(-1) ? 0 : 1),
  )
  const reshaped = { ...lock, [input]: { ...held, [name]: { number: 1, shape: 'boolean' } } }
  assert.equal(lockFields([first], reshaped).breaking.length, 1)
  const removed = { ...lock, [input]: { ...held, gone: { number: 9, shape: 'string' } } }
  assert.deepEqual(lockFields([first], removed).breaking, [`${input}.gone: removed`])
})
