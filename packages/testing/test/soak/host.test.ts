import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openHost } from '../../src/soak/host.ts'
import type { Host } from '../../src/soak/host.ts'
import { lives, signal } from '../../src/soak/processes.ts'
import { freePort, readServerFile } from '../../src/soak/server-process.ts'

const fixture = fileURLToPath(new URL('./fixture-server.ts', import.meta.url))

async function withHost(use: (host: Host, data: string) => Promise<void>, words = [fixture]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-host-'))
  try {
    await using host = openHost({
      command: [process.execPath, ...words],
      folder,
      data: folder,
      port: await freePort(),
      ownerKey: 'a key of the owner',
      output: join(folder, 'server.log'),
    })
    await use(host, folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a host starts its server, loses it to a kill, starts it again and stops it cleanly', async () => {
  await withHost(async (host, data) => {
    await host.start().ready(20_000)
    const first = host.server()
    assert.ok(first !== null)
    assert.equal(host.postgres(), null)
    signal(first, 'SIGKILL')
    assert.deepEqual(await host.current().exited, { code: null, signal: 'SIGKILL' })
    assert.equal(readServerFile(data)?.pid, first)
    // The file of a killed server names no process of this host.
    assert.equal(host.server(), null)
    await host.start().ready(20_000)
    const second = host.server()
    assert.ok(second !== null && second !== first)
    const { exit, leftOver } = await host.stop()
    assert.deepEqual([exit.code, leftOver], [0, []])
    assert.equal(readServerFile(data), null)
    assert.equal(lives(second), false)
  })
})

test('a host that is given up takes its server with it', async () => {
  const pids: number[] = []
  await withHost(async (host) => {
    await host.start().ready(20_000)
    pids.push(host.server() ?? 0)
  })
  assert.deepEqual(pids.map(lives), [false])
})

test('a server that ends before it is ready is not waited for', async () => {
  await withHost(
    async (host) => {
      await assert.rejects(host.start().ready(20_000), /ended before it was ready/)
    },
    ['-e', 'process.exit(1)'],
  )
})
