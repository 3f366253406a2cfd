import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Host } from '../../src/soak/host.ts'
import { watchLoss } from '../../src/soak/readiness.ts'
import type { Loss } from '../../src/soak/readiness.ts'

interface Scene {
  readonly status: () => number
  readonly postgres?: () => number
  readonly exited?: boolean
  readonly killedAgo?: number
}

/** What is seen of a server whose PostgreSQL 7 was killed. */
async function watch({ status, postgres = () => 7, exited = false, killedAgo = 0 }: Scene): Promise<Loss> {
  const server = createServer((_request, response) => response.writeHead(status()).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const host = {
    url: `http://127.0.0.1:${port}`,
    postgres,
    current: () => ({ hasExited: () => exited }),
  } as unknown as Host
  try {
    return await watchLoss(host, 7, Date.now() - killedAgo, AbortSignal.timeout(20_000))
  } finally {
    server.close()
  }
}

test('a 503 after some 200s is the loss seen', async () => {
  let asked = 0
  assert.equal((await watch({ status: () => ((asked += 1) < 3 ? 200 : 503) })).type, 'unready')
})

test('a server that is ready after the time with the lost PostgreSQL is found', async () => {
  assert.equal((await watch({ status: () => 200, killedAgo: 1_500 })).type, 'still-ready')
})

test('a server that has another PostgreSQL already was quicker than the look', async () => {
  assert.equal((await watch({ status: () => 200, postgres: () => 8 })).type, 'back-before-seen')
  assert.equal((await watch({ status: () => 200, postgres: () => 8, killedAgo: 1_500 })).type, 'back-before-seen')
})

test('a server that died with its PostgreSQL is found', async () => {
  assert.equal((await watch({ status: () => 503, exited: true })).type, 'server-ended')
})
