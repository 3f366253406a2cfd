import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { callUntilAnswered, openClient } from '../../src/soak/client.ts'
import type { Settled } from '../../src/soak/client.ts'

async function callOnce(listener: RequestListener): Promise<Settled> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  using client = openClient(`http://127.0.0.1:${port}`, 'key')
  try {
    return await callUntilAnswered(client, 'reminders.set', { text: 'a' }, 'one', {
      signal: AbortSignal.timeout(10_000),
    })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('a client goes on with the same key through resets, cut answers, 429 and 5xx until it is answered', async () => {
  const keys: unknown[] = []
  const { answer, tries } = await callOnce((request, response) => {
    keys.push(request.headers['idempotency-key'])
    request.resume()
    switch (keys.length) {
      case 1:
        return void request.socket.resetAndDestroy()
      case 2:
        return void request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}')
      case 3:
        return void response.writeHead(503, { 'retry-after': '0' }).end()
      case 4:
        return void response.writeHead(429).end()
      default:
        return void response.writeHead(200, { 'idempotency-replayed': 'true' }).end('{"id":"r1"}')
    }
  })
  assert.equal(tries, 5)
  assert.deepEqual(keys, Array(5).fill('one'))
  assert.deepEqual([answer.status, answer.body, answer.replayed], [200, '{"id":"r1"}', true])
})

test('a refusal is an answer', async () => {
  const { answer, tries } = await callOnce((request, response) => {
    request.resume()
    response.writeHead(422).end('{"code":"idempotency.key-reused"}')
  })
  assert.deepEqual([answer.status, tries], [422, 1])
})
