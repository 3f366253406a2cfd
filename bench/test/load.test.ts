import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createSocketServer } from 'node:net'
import { test } from 'node:test'
import { makeHistogram, percentile, record, total } from '../src/load/histogram.ts'
import { runLoad } from '../src/load/load.ts'
import { runLoadApart } from '../src/load/process.ts'
import { makeRequests } from '../src/load/request.ts'
import type { RequestTemplate } from '../src/load/request.ts'
import { makeResponseReader, ProtocolFault } from '../src/load/response.ts'

async function serve(listener: RequestListener): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const template = (port: number): RequestTemplate => ({
  host: '127.0.0.1',
  port,
  method: 'POST',
  path: '/call',
  headers: { 'content-type': 'application/json', 'idempotency-key': 'run-{{serial}}' },
  body: '{"stream":"s{{stream}}","events":3}',
  streams: 100,
  order: 'random',
  firstSerial: 0,
})

test('a closed loop sends whole requests with keys of their own and counts every answer', async () => {
  const keys = new Set<unknown>()
  const bodies = new Set<string>()
  let requests = 0
  await using server = await serve((request, response) => {
    requests += 1
    keys.add(request.headers['idempotency-key'])
    request.setEncoding('utf8').on('data', (body: string) => bodies.add(body))
    request.on('end', () => response.writeHead(200, { 'content-length': 2 }).end('{}'))
  })
  const result = await runLoad({ template: template(server.port), connections: 8, seconds: 0.3 })
  assert.equal(result.acknowledged, requests)
  assert.deepEqual(result.statuses, { 200: requests })
  assert.deepEqual([result.unanswered, result.faults], [0, []])
  assert.equal(total(result.latency), requests)
  assert.equal(keys.size, requests)
  assert.ok(bodies.size > 20 && bodies.size <= 100)
  assert.deepEqual(Object.keys(JSON.parse([...bodies][0] ?? '') as object), ['stream', 'events'])
})

test('a load of so many requests in turn touches every stream once and ends before its time', async () => {
  const bodies: string[] = []
  await using server = await serve((request, response) => {
    request.setEncoding('utf8').on('data', (body: string) => void bodies.push(body))
    request.on('end', () => response.writeHead(200, { 'content-length': 0 }).end())
  })
  const inTurn = { ...template(server.port), order: 'in turn' } as const
  const result = await runLoad({ template: inTurn, connections: 7, seconds: 60, requests: 100 })
  assert.equal(result.acknowledged, 100)
  assert.equal(result.inTime, 100)
  assert.equal(new Set(bodies).size, 100)
  assert.ok(result.seconds < 60)
})

test('answers that are no 2xx are counted and shown, and are no acknowledgements', async () => {
  let requests = 0
  await using server = await serve((request, response) => {
    request.resume()
    requests += 1
    response.writeHead(requests % 2 === 0 ? 503 : 200, { 'content-length': 4 }).end('busy')
  })
  const result = await runLoad({ template: template(server.port), connections: 2, seconds: 0.2 })
  assert.equal((result.statuses[200] ?? 0) + (result.statuses[503] ?? 0), requests)
  assert.equal(result.acknowledged, result.statuses[200])
  assert.equal(result.faults[0], '503 busy')
  assert.equal(total(result.latency), requests)
  assert.equal(total(result.acceptedLatency), result.acknowledged)
})

test('a connection that breaks leaves its request unanswered, and another takes its place', async () => {
  let requests = 0
  await using server = await serve((request, response) => {
    requests += 1
    if (requests === 20) request.socket.destroy()
    else response.writeHead(200, { 'content-length': 0 }).end()
  })
  const result = await runLoad({ template: template(server.port), connections: 4, seconds: 0.3 })
  assert.equal(result.unanswered, 1)
  assert.equal(result.acknowledged, requests - 1)
  assert.ok(requests > 20)
})

test('an open loop counts the time that a stalled server kept requests waiting', async () => {
  await using server = await serve((request, response) => {
    request.resume()
    setTimeout(() => response.writeHead(200, { 'content-length': 0 }).end(), 100)
  })
  // One connection, ten answers a second, a hundred requests a second: the queue grows to nine tenths of the run.
  const plan = { template: template(server.port), connections: 1, seconds: 1, ratePerSecond: 100 }
  const result = await runLoad(plan)
  assert.ok(percentile(result.latency, 1) > 500)
  assert.ok(result.notStarted > 70)
  assert.ok(Math.abs(total(result.lateness) + result.notStarted - 100) <= 1)
  assert.ok(percentile(result.lateness, 1) > 500)
})

test('the load runs in a process of its own', async () => {
  await using server = await serve((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-length': 0 }).end()
  })
  const result = await runLoadApart({ template: template(server.port), connections: 4, seconds: 0.2 })
  assert.ok(result.acknowledged > 0)
  assert.equal(total(result.latency), result.acknowledged)
})

test('an answer is read in whatever pieces it comes, and nothing but a whole one passes', () => {
  const whole = Buffer.from('HTTP/1.1 201 Created\r\nDate: x\r\ncontent-length: 5\r\n\r\nhello')
  for (let cut = 1; cut < whole.length; cut += 1) {
    const reader = makeResponseReader()
    assert.equal(reader.take(whole.subarray(0, cut)), null)
    const response = reader.take(whole.subarray(cut))
    assert.deepEqual([response?.status, response?.body.toString()], [201, 'hello'])
  }
  const refused = [
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na',
    'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n',
    'nonsense\r\n\r\n',
  ]
  for (const text of refused) assert.throws(() => makeResponseReader().take(Buffer.from(text)), ProtocolFault, text)
})

test('an answer that is never ended by its server is no answer', async () => {
  const server = createSocketServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const result = await runLoad({ template: template(port), connections: 1, seconds: 0.1 })
  server.close()
  await once(server, 'close')
  assert.equal(result.acknowledged, 0)
  assert.ok(result.unanswered > 0)
})

test('percentiles are within 2% of the truth', () => {
  const histogram = makeHistogram()
  for (let value = 1; value <= 100_000; value += 1) record(histogram, value / 100)
  for (const share of [0.5, 0.9, 0.99, 0.999]) {
    const truth = 1000 * share
    assert.ok(Math.abs(percentile(histogram, share) - truth) / truth < 0.02)
  }
  assert.equal(percentile(makeHistogram(), 0.5), 0)
})

test('instants come one after the other, the same wherever a request names one, and streams begin where they are told to', () => {
  const next = makeRequests({
    ...template(1),
    body: '{"at":"{{instant}}","text":"{{instant}}","stream":"s{{stream}}"}',
    order: 'in turn',
    streams: 10,
    firstStream: 9,
    instants: { from: Date.UTC(2030, 0, 1), everyMs: 0.5 },
  })
  const bodies = [next(), next(), next()].map((request) => JSON.parse(request.split('\r\n\r\n')[1] ?? '') as object)
  const at = (ms: number, stream: string): object => {
    const text = new Date(Date.UTC(2030, 0, 1) + ms).toISOString()
    return { at: text, text, stream }
  }
  assert.deepEqual(bodies, [at(0, 's000009'), at(0, 's000000'), at(1, 's000001')])
})

test('requests that were not answered can be sent again as they were', async () => {
  await using server = await serve((request) => request.socket.destroy())
  const result = await runLoad({ template: template(server.port), connections: 1, seconds: 0.05, requests: 1 })
  assert.ok(result.unanswered >= 1)
  assert.equal(result.unansweredRequests.length, result.unanswered)
  assert.match(result.unansweredRequests[0] ?? '', /^POST \/call HTTP\/1.1\r\n[^]*"events":3\}$/)
})
