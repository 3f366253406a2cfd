import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growth, memoryFigures, watchMemory } from '../src/overload/memory.ts'
import { family } from '../../packages/testing/src/soak/processes.ts'

const samples = [10, 20, 20, 20, 30, 30, 40, 40].map((server, index) => ({
  atMs: index * 1000,
  server,
  postgres: 0,
}))

test('memory is told at the start, after each quarter and at the end, and growth from the second quarter to the last', () => {
  const figures = memoryFigures(samples)
  assert.equal(figures['serverBytes.start'], 10)
  assert.equal(figures['serverBytes.end'], 40)
  assert.equal(figures['postgresBytes.half'], 0)
  assert.equal(growth(samples), 2)
})

test('without samples there is no memory to tell of', () => {
  assert.deepEqual(memoryFigures([]), {})
  assert.equal(growth([]), null)
})

test('what runs is watched until it ends', async () => {
  const processes = { server: () => family(process.pid), postgres: () => family(process.pid) }
  const { result, samples: seen } = await watchMemory(processes, async () => {
    await new Promise((resolve) => {
      setTimeout(resolve, 1_200)
    })
    return 'done'
  })
  assert.equal(result, 'done')
  assert.ok(seen.length > 0)
  for (const { server } of seen) assert.ok(server > 1e6)
})

test('what has no store is watched all the same', async () => {
  const processes = { server: () => family(process.pid), postgres: () => [] }
  const { samples: seen } = await watchMemory(processes, () => new Promise((resolve) => setTimeout(resolve, 1_200)))
  assert.deepEqual([seen.length > 0, new Set(seen.map(({ postgres }) => postgres))], [true, new Set([0])])
})
