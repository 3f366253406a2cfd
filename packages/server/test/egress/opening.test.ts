import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcp, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { fetchOver, type Network, type NetworkFailure, type Opened, type OutgoingRequest } from '@hearth/models'
import { createOpening } from '../../src/egress/opening.ts'
import { createTargets } from '../../src/egress/targets.ts'

interface Heard {
  readonly status: number | null
  readonly body: string
  readonly failure: NetworkFailure | null
}

const request = (url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  url,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{}',
  allowPrivate: true,
  headWithinMs: 5_000,
  idleMs: 5_000,
  ...more,
})

/** To its end, whichever it is. */
function hear(
  network: Network,
  asked: OutgoingRequest,
  begun: (opened: Opened) => void = () => undefined,
): Promise<Heard> {
  return new Promise((resolve) => {
    let status: number | null = null
    let body = ''
    const opened = network.open(asked, {
      head: (code) => (status = code),
      data: (chunk) => (body += chunk.toString()),
      ended: () => resolve({ status, body, failure: null }),
      failed: (failure) => resolve({ status, body, failure }),
    })
    begun(opened)
  })
}

async function serve(
  listener: RequestListener,
): Promise<AsyncDisposable & { readonly url: string; readonly server: Server }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** One that answers with these bytes whatever it is asked. */
async function serveRaw(answer: (socket: Socket) => void): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets = new Set<Socket>()
  const server = createTcp((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => answer(socket))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const open = () => createOpening(createTargets([]))

test('an answer comes in pieces, over connections that are used again', async () => {
  const ports = new Set<number>()
  await using upstream = await serve((asked, response) => {
    ports.add(asked.socket.remotePort ?? 0)
    asked.resume().on('end', () => response.writeHead(201).end('whole'))
  })
  using network = open()
  for (let times = 0; times < 5; times += 1)
    assert.deepEqual(await hear(network, request(upstream.url)), { status: 201, body: 'whole', failure: null })
  assert.ok(ports.size <= 2)
})

test('a private address is reached by those alone who may, whatever name or redirect leads there', async () => {
  let asked = 0
  await using upstream = await serve((_request, response) => {
    asked += 1
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
  })
  using network = open()
  const { port } = new URL(upstream.url)
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '[::ffff:127.0.0.1]', '2130706433']) {
    const { failure } = await hear(network, request(`http://${host}:${port}/`, { allowPrivate: false }))
    assert.equal(failure?.type, 'refused', host)
  }
  assert.equal(asked, 0)
  using named = createOpening(createTargets([]), async () => [{ address: '10.0.0.1', family: 4 }])
  const { failure } = await hear(named, request('http://harmless.example/', { allowPrivate: false }))
  assert.deepEqual(failure, { type: 'refused', reason: 'that address may not be reached' })
  assert.deepEqual(await hear(network, request(upstream.url)), { status: 302, body: '', failure: null })
  assert.equal(asked, 1)
})

test('whoever stops listening closes the connection, before the head, in the middle, and at once', async () => {
  const closed: string[] = []
  await using upstream = await serve((asked, response) => {
    const way = asked.url ?? ''
    response.once('close', () => closed.push(way))
    if (way !== '/never') response.write('a beginning')
  })
  using network = open()
  const base = new URL(upstream.url).origin
  await hear(network, request(`${base}/first`, { idleMs: 50 }))
  let heard = 0
  const answering = {
    head: () => void (heard += 1),
    data: () => void (heard += 1),
    ended: () => void (heard += 1),
    failed: () => void (heard += 1),
  }
  const never = network.open(request(`${base}/never`), answering)
  await once(upstream.server, 'request')
  never.abort()
  const middle = await new Promise<Opened>((resolve) => {
    const opened = network.open(request(`${base}/middle`), { ...answering, data: () => resolve(opened) })
  })
  middle.abort()
  network.open(request(`${base}/at-once`), answering).abort()
  for (let turns = 0; turns < 200 && closed.length < 3; turns += 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(closed.slice(0, 3).toSorted(), ['/first', '/middle', '/never'])
  // The head of the one that was cut in the middle, and nothing of the others.
  assert.equal(heard, 1)
})

test('what is read slowly is sent slowly', async () => {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const all = 64 * 1024 * 1024
  let sent = 0
  await using upstream = await serve((_request, response) => {
    const more = (): void => {
      while (sent < all) {
        sent += chunk.length
        if (!response.write(chunk)) return void response.once('drain', more)
      }
      response.end()
    }
    more()
  })
  using network = open()
  let read = 0
  let opened: Opened | undefined
  const ended = new Promise<void>((resolve) => {
    opened = network.open(request(upstream.url), {
      head: () => undefined,
      data: (piece) => {
        read += piece.length
        if (read === piece.length) opened?.pause()
      },
      ended: resolve,
      failed: () => resolve(),
    })
  })
  await new Promise((resolve) => setTimeout(resolve, 300))
  const atRest = read
  assert.ok(atRest > 0 && sent < all / 2, `${sent} sent while nobody read`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(read, atRest)
  opened?.resume()
  await ended
  assert.equal(read, all)
})

test('a server that hangs, breaks off, lies about its length or speaks something else has failed in words that name no address', async () => {
  const ways: readonly (readonly [string, (socket: Socket) => void, NetworkFailure['type']])[] = [
    ['silent', () => undefined, 'late'],
    ['closes', (socket) => socket.destroy(), 'away'],
    ['no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH\r\n'), 'away'],
    ['short', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nten bytes.'), 'away'],
    ['stops', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nten bytes.'), 'late'],
    ['endless head', (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`), 'away'],
    [
      'both lengths',
      (socket) =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
      'away',
    ],
    [
      'switches',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'away',
    ],
    ['bad chunk', (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'), 'away'],
  ]
  for (const [name, answer, type] of ways) {
    await using upstream = await serveRaw(answer)
    using network = open()
    const { failure } = await hear(network, request(upstream.url, { headWithinMs: 300, idleMs: 300 }))
    assert.equal(failure?.type, type, `${name}: ${JSON.stringify(failure)}`)
    assert.doesNotMatch(failure?.reason ?? '', /127\.0\.0\.1|:\d{4,5}/, name)
  }
  using network = open()
  const { failure } = await hear(network, request('http://127.0.0.1:1/'))
  assert.deepEqual(failure, { type: 'away', reason: 'the connection was refused' })
})

test('as fetch: head, stream and abort, and an error that says what became of it', async () => {
  let isClosed = false
  await using upstream = await serve((asked, response) => {
    response.once('close', () => (isClosed = !response.writableFinished))
    if (asked.url === '/echo') return void asked.pipe(response.writeHead(200, { 'x-two': ['a', 'b'] }))
    if (asked.url === '/none') return void response.writeHead(204).end()
    response.write('on')
  })
  using network = open()
  const base = new URL(upstream.url).origin
  const ask = fetchOver(network, { allowPrivate: true, headWithinMs: 1000, idleMs: 1000 })
  const echoed = await ask(`${base}/echo`, { method: 'POST', body: 'héllo', headers: { a: 'b' } })
  assert.deepEqual([echoed.status, echoed.headers.get('x-two'), await echoed.text()], [200, 'a, b', 'héllo'])
  assert.equal((await ask(`${base}/none`)).status, 204)
  const leaving = new AbortController()
  const stream = await ask(`${base}/stream`, { signal: leaving.signal })
  const reader = stream.body?.getReader()
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), 'on')
  leaving.abort(new Error('enough'))
  await assert.rejects(async () => await reader?.read(), /enough/)
  for (let turns = 0; turns < 200 && !isClosed; turns += 1) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(isClosed, true)
  await assert.rejects(() => ask('http://127.0.0.1:1/'), {
    name: 'NetworkError',
    message: 'the connection was refused',
  })
  await assert.rejects(() => ask(base, { signal: AbortSignal.abort(new Error('before')) }), /before/)
})

test('one that is silent is left: before its head, within its answer; one that was told to wait is not', async () => {
  const closed: string[] = []
  await using upstream = await serve((asked, response) => {
    const way = asked.url ?? ''
    response.once('close', () => closed.push(way))
    if (way !== '/head') response.write('a beginning')
  })
  using network = open()
  const base = new URL(upstream.url).origin
  const limits = { headWithinMs: 2_000, idleMs: 2_000 }
  let hasFailed = false
  const paused = await new Promise<Opened>((resolve) => {
    const nothing = (): void => undefined
    const failed = (): void => void (hasFailed = true)
    const answering = { head: nothing, data: () => resolve(opened), ended: nothing, failed }
    const opened = network.open(request(`${base}/paused`, limits), answering)
  })
  paused.pause()
  const [head, body] = await Promise.all(['/head', '/body'].map((path) => hear(network, request(base + path, limits))))
  assert.deepEqual(head?.failure, { type: 'late', reason: 'it did not begin to answer in time' })
  assert.deepEqual(body?.failure, { type: 'late', reason: 'it stopped in the middle of its answer' })
  assert.equal(hasFailed, false)
  paused.abort()
  for (let turns = 0; turns < 200 && closed.length < 3; turns += 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(closed.toSorted(), ['/body', '/head', '/paused'])
})

test('a name that is given goes out once, in the place of ours', async () => {
  const sent: (readonly string[])[] = []
  await using upstream = await serve((asked, response) => {
    sent.push(asked.rawHeaders)
    response.end()
  })
  using network = open()
  await hear(network, request(upstream.url))
  await hear(network, request(upstream.url, { headers: { 'user-agent': 'Mine', 'x-other': 'a' } }))
  const said = sent.map((raw) => raw.filter((_, at) => raw[at - 1]?.toLowerCase() === 'user-agent' && at % 2 === 1))
  assert.deepEqual(said, [['Hearth'], ['Mine']])
})
