import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { watchLoopDelay } from '../../src/platform/loop-delay.ts'
import { measureMemory } from '../../src/platform/memory.ts'

const isLinux = process.platform === 'linux'

test('the memory of this process and of another with its children', { skip: !isLinux }, async () => {
  const child = spawn('/bin/sh', ['-c', 'sleep 60 & echo started; wait'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    const { server, postgres } = await measureMemory({ postmaster: child.pid })
    assert.ok((server ?? 0) > 10e6)
    assert.ok((postgres ?? 0) > 1024)
    const alone = await measureMemory({ postmaster: undefined })
    assert.equal(alone.postgres, null)
  } finally {
    spawnSync('/bin/sh', ['-c', `kill $(cat /proc/${child.pid}/task/${child.pid}/children) ${child.pid}`])
    await once(child, 'exit')
  }
  const gone = await measureMemory({ postmaster: child.pid })
  assert.equal(gone.postgres, null)
})

test('a blocked event loop shows, an idle one does not count its own ticks', async () => {
  using delay = watchLoopDelay()
  assert.equal(delay.p99Ms(), 0)
  await new Promise((resolve) => setTimeout(resolve, 60))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  await new Promise((resolve) => setTimeout(resolve, 60))
  assert.ok(delay.p99Ms() > 100)
})
