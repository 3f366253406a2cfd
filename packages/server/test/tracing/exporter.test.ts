import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createExporter, type Exporter, type ExportLimits } from '../../src/tracing/exporter.ts'
import { pairsIn, type Span } from '../../src/tracing/otlp.ts'

// shows: H2

interface Answer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Receiving extends AsyncDisposable {
  readonly url: string
  /** How many spans each request held. */
  readonly requests: number[]
}

async function startReceiving(answers: readonly Answer[]): Promise<Receiving> {
  const requests: number[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk))
    request.on('end', () => {
      const { status, body: answer = '{}', headers = {} } = answers[requests.length] ?? { status: 200 }
      requests.push(JSON.parse(body).resourceSpans[0].scopeSpans[0].spans.length)
      response.writeHead(status, headers).end(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const span = (name = 'a'): Span => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parent: undefined,
  name,
  kind: 'internal',
  began: 1,
  ended: 2,
  attributes: {},
})

function opened(
  url: string,
  limits: Partial<ExportLimits> = {},
  headers: Readonly<Record<string, string>> = {},
): { exporter: Exporter; said: string[] } {
  const said: string[] = []
  const say = (_fields: object, message: string): void => void said.push(message)
  const fast = { everyMs: 1, firstPauseMs: 1, ...limits }
  const log = { info: say, warn: say }
  return { said, exporter: createExporter({ url, headers, resource: {}, version: '1', log, limits: fast }) }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

test('what cannot be taken just now is sent again, and the trouble is told once', async () => {
  await using receiving = await startReceiving([{ status: 503 }, { status: 429, headers: { 'retry-after': '0' } }])
  const { exporter, said } = opened(receiving.url)
  exporter.add(span())
  exporter.add(span())
  await until(() => exporter.counts().sent === 2)
  assert.deepEqual(receiving.requests, [2, 2, 2])
  assert.deepEqual(said, ['traces are not taken where they are sent', 'traces are taken again'])
  await exporter[Symbol.asyncDispose]()
})

test('what is refused for good is not sent again, and a part that is rejected is counted', async () => {
  const partial = '{"partialSuccess":{"rejectedSpans":"1"}}'
  await using receiving = await startReceiving([{ status: 400 }, { status: 200, body: partial }])
  const { exporter } = opened(receiving.url)
  exporter.add(span())
  await until(() => exporter.counts().dropped === 1)
  exporter.add(span())
  exporter.add(span())
  await until(() => exporter.counts().sent === 1)
  assert.deepEqual(receiving.requests, [1, 2])
  assert.equal(exporter.counts().dropped, 2)
  await exporter[Symbol.asyncDispose]()
})

test('whatever a receiver claims to have rejected, counts stay counts', async () => {
  const claims = ['-5', '"Infinity"', '1e300', '"many"', '{}', '0.5']
  const answers = claims.map((claim) => ({ status: 200, body: `{"partialSuccess":{"rejectedSpans":${claim}}}` }))
  await using receiving = await startReceiving([...answers, { status: 200, body: 'null' }])
  const { exporter } = opened(receiving.url)
  for (let count = 1; count <= claims.length + 1; count += 1) {
    exporter.add(span())
    await until(() => exporter.counts().sent + exporter.counts().dropped === count)
  }
  assert.deepEqual(exporter.counts(), { sent: 5, dropped: 2, waiting: 0 })
  await exporter[Symbol.asyncDispose]()
})

test('headers of the settings that cannot be sent cost the spans, and nothing else', async () => {
  for (const headers of [{ key: 'a\nb' }, { 'no name': 'a' }]) {
    const { exporter, said } = opened('http://127.0.0.1:1/v1/traces', {}, headers)
    exporter.add(span())
    await until(() => exporter.counts().dropped === 1)
    assert.deepEqual(said, ['traces are not taken where they are sent'])
    await exporter[Symbol.asyncDispose]()
  }
})

test('where nobody listens no more than a bound waits, the rest is dropped and counted, and the end does not wait', async () => {
  const { exporter } = opened('http://127.0.0.1:1/v1/traces', {
    waiting: 10,
    batch: 5,
    attempts: 3,
    firstPauseMs: 60_000,
  })
  for (let count = 0; count < 100; count += 1) exporter.add(span())
  const { waiting, dropped, sent } = exporter.counts()
  assert.ok(waiting <= 10)
  assert.equal(sent, 0)
  assert.ok(dropped >= 85)
  await exporter[Symbol.asyncDispose]()
  assert.equal(exporter.counts().dropped, 100)
})

test('what waits is sent at the end, in batches', async () => {
  await using receiving = await startReceiving([])
  const { exporter } = opened(receiving.url, { everyMs: 60_000, batch: 2 })
  for (let count = 0; count < 5; count += 1) exporter.add(span())
  await exporter[Symbol.asyncDispose]()
  assert.equal(exporter.counts().sent, 5)
  assert.equal(
    receiving.requests.reduce((sum, count) => sum + count, 0),
    5,
  )
})

test('pairs of settings are read as OpenTelemetry says', () => {
  assert.deepEqual(pairsIn(' a=1, b=x%20y,c=d=e,=no,nothing'), { a: '1', b: 'x y', c: 'd=e' })
})
