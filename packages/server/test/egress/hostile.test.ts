import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createSecure } from 'node:tls'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createEgress } from '../../src/egress/egress.ts'
import type { Resolve } from '../../src/egress/names.ts'
import { createTargets } from '../../src/egress/targets.ts'
import { selfSigned } from './self-signed.ts'

const head = 'HTTP/1.1 200 OK\r\n'

interface Receiver {
  readonly port: number
  readonly sockets: Socket[]
  /** Those of them that are open. */
  open(): number
}

async function receiver(
  context: TestContext,
  answer: (socket: Socket) => unknown,
  host = '127.0.0.1',
  server?: Server,
) {
  const sockets: Socket[] = []
  const taking = (socket: Socket): void => {
    sockets.push(socket)
    socket.on('error', () => socket.destroy())
    answer(socket)
  }
  const listening = server ?? createServer()
  listening.on(server === undefined ? 'connection' : 'secureConnection', taking)
  if (server !== undefined) listening.on('connection', (socket: Socket) => socket.on('error', () => socket.destroy()))
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    listening.close()
  })
  listening.listen(0, host)
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  const open = (): number => sockets.filter((socket) => !socket.destroyed).length
  return { port, sockets, open } satisfies Receiver
}

const posting = (url: string, more: { allowPrivate?: boolean; signal?: AbortSignal } = {}) => ({
  url,
  headers: {},
  body: 'hello',
  allowPrivate: more.allowPrivate ?? true,
  signal: more.signal ?? new AbortController().signal,
})

const gone = async (open: () => number): Promise<void> => {
  for (let tries = 0; open() > 0; tries += 1) {
    if (tries > 500) throw new Error(`${open()} connections stay`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
/** Writes again and again until the other side has had enough. */
const pour = (socket: Socket, chunk: string | Buffer): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  }
  socket.on('drain', more)
  more()
}
const onRequest =
  (answer: (socket: Socket) => unknown) =>
  (socket: Socket): void =>
    void socket.on('data', () => answer(socket))

/** What never comes to an end is cut when its time is up, and its connection with it. */
const silent: readonly (readonly [what: string, answer: (socket: Socket) => unknown])[] = [
  ['nothing, for good', (socket) => socket.resume()],
  ['half a head, for good', onRequest((socket) => socket.write(`${head}X-Slow: `))],
  [
    'a head that trickles',
    onRequest((socket) => {
      socket.write(head)
      const timer = setInterval(() => socket.write('x: y\r\n'), 20)
      socket.on('close', () => clearInterval(timer))
    }),
  ],
]

for (const [what, answer] of silent)
  test(`a receiver that answers ${what} is cut when the time is up`, { timeout: 20_000 }, async (context) => {
    const { port, open } = await receiver(context, answer)
    using egress = createEgress(createTargets([]))
    const signal = AbortSignal.timeout(300)
    await assert.rejects(egress.post(posting(`http://127.0.0.1:${port}/`, { signal })))
    await gone(open)
  })

const hostile: readonly (readonly [what: string, answer: (socket: Socket) => unknown, end: number | RegExp])[] = [
  ['a body without end', (socket) => pour(socket, `${head}\r\n${'x'.repeat(65_536)}`), 200],
  [
    'chunks without end',
    (socket) => {
      socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
      pour(socket, `10000\r\n${'x'.repeat(65_536)}\r\n`)
    },
    200,
  ],
  [
    'a head without end',
    (socket) => {
      socket.write(head)
      pour(socket, `x-${'y'.repeat(100)}: z\r\n`.repeat(100))
    },
    /too large/,
  ],
  ['a large field of the head', (socket) => socket.write(`${head}x: ${'y'.repeat(20_000)}\r\n\r\n`), /too large/],
  [
    'interim answers without end',
    (socket) => pour(socket, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(100)),
    /interim answers/,
  ],
  [
    'a body that unpacks to a hundred times its size',
    (socket) => {
      const packed = gzipSync(Buffer.alloc(50_000_000))
      socket.write(`${head}Content-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`)
      socket.write(packed)
    },
    200,
  ],
  ['an answer of another age', (socket) => socket.end('<html>hello</html>'), /not HTTP/],
  ['a negative length', (socket) => socket.end(`${head}Content-Length: -1\r\n\r\n`), /not HTTP/],
  ['two lengths', (socket) => socket.end(`${head}Content-Length: 2\r\nContent-Length: 5\r\n\r\nok`), /not HTTP/],
  ['a redirect inside', (socket) => socket.end('HTTP/1.1 307 x\r\nLocation: http://169.254.169.254/\r\n\r\n'), 307],
]

for (const [what, answer, end] of hostile)
  test(
    `a receiver that answers with ${what} ends, and its connection with it`,
    { timeout: 20_000 },
    async (context) => {
      const { port, open } = await receiver(context, (socket) => socket.once('data', () => answer(socket)))
      using egress = createEgress(createTargets([]))
      const posted = egress.post(posting(`http://127.0.0.1:${port}/`))
      if (typeof end === 'number') assert.equal((await posted).status, end)
      else await assert.rejects(posted, end)
      egress[Symbol.dispose]()
      await gone(open)
    },
  )

test('a body that trickles keeps the place of its post until it is cut', { timeout: 20_000 }, async (context) => {
  let trickling = 0
  const { port, open } = await receiver(context, (socket) =>
    socket.once('data', () => {
      socket.write(`${head}Content-Length: 1000000\r\n\r\n`)
      trickling += 1
      const timer = setInterval(() => socket.write('x'), 20)
      socket.on('close', () => {
        clearInterval(timer)
        trickling -= 1
      })
    }),
  )
  using egress = createEgress(createTargets([]))
  let openAtTheEnd = -1
  const { status } = await egress.post(posting(`http://127.0.0.1:${port}/`)).finally(() => {
    openAtTheEnd = trickling
  })
  assert.equal(status, 200)
  await gone(open)
  assert.ok(openAtTheEnd <= 1)
})

test('what a receiver says unasked is not the answer to the next post', { timeout: 20_000 }, async (context) => {
  const accepted = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
  const refusal = 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'
  for (const late of [false, true]) {
    let posts = 0
    const { port, sockets } = await receiver(context, (socket) =>
      socket.on('data', () => {
        posts += 1
        // To the first it answers twice, so that the second counts as the answer to the next.
        if (posts > 1) socket.write(refusal)
        else if (late) socket.write(refusal, () => setTimeout(() => socket.write(accepted), 50))
        else socket.write(refusal + accepted)
      }),
    )
    using egress = createEgress(createTargets([]))
    const post = () => egress.post(posting(`http://127.0.0.1:${port}/`))
    assert.equal((await post()).status, 500)
    const [first] = sockets
    if (first !== undefined && !first.destroyed) await once(first, 'close')
    assert.equal((await post()).status, 500)
    assert.deepEqual([posts, sockets.length], [2, 2])
  }
})

test('a connection that behaves serves again', async (context) => {
  const { port, sockets } = await receiver(context, (socket) =>
    socket.on('data', () => socket.write(`${head}Content-Length: 2\r\n\r\nok`)),
  )
  using egress = createEgress(createTargets([]))
  for (let posts = 0; posts < 5; posts += 1)
    assert.equal((await egress.post(posting(`http://127.0.0.1:${port}/`))).status, 200)
  assert.equal(sockets.length, 1)
})

const certificates = [
  ['that nobody vouches for', 'localhost', 20, 49, /not trusted/],
  ['that has expired', 'localhost', 20, 21, /not trusted|expired/],
  ['of another name', 'example.com', 20, 49, /not trusted|another name/],
] as const

for (const [what, host, from, to, reason] of certificates)
  test(`a receiver with a certificate ${what} is told nothing`, async (context) => {
    const said: string[] = []
    const secure = createSecure(selfSigned(host, from, to))
    secure.on('tlsClientError', () => undefined)
    const taking = (socket: Socket): unknown => socket.on('data', (chunk: Buffer) => said.push(String(chunk)))
    const { port } = await receiver(context, taking, '127.0.0.1', secure)
    using egress = createEgress(createTargets([]))
    await assert.rejects(egress.post(posting(`https://localhost:${port}/`)), reason)
    assert.deepEqual(said, [])
  })

test('a receiver that speaks no TLS is no secure one', async (context) => {
  const { port } = await receiver(context, (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 No\r\n\r\n')))
  using egress = createEgress(createTargets([]))
  await assert.rejects(egress.post(posting(`https://127.0.0.1:${port}/`)), /no secure connection/)
})

test('a name that changes its mind between the check and the call is not followed inside', async (context) => {
  const { port, sockets } = await receiver(context, (socket) => socket.resume())
  const answers = [['192.0.1.9'], ['127.0.0.1'], ['::1', '127.0.0.1'], ['::ffff:127.0.0.1'], ['fe80::1%lo']]
  let looks = 0
  const rebinding: Resolve = () => {
    const addresses = answers[looks++ % answers.length] ?? []
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
  }
  const targets = createTargets([], rebinding)
  const url = `http://rebinding.example:${port}/`
  // At this look it is a public address.
  await targets.assertReachable(new URL(url), false)
  using egress = createEgress(targets, rebinding)
  for (let tries = 1; tries < answers.length; tries += 1)
    await assert.rejects(egress.post(posting(url, { allowPrivate: false })), {
      message: 'that address may not be reached',
    })
  assert.equal(sockets.length, 0)
  assert.equal(looks, answers.length)
})

test('of several addresses of a name only those are tried that may be', async (context) => {
  const answer = onRequest((socket) => socket.write(`${head}Content-Length: 0\r\n\r\n`))
  const allowed = await receiver(context, answer, '127.0.0.2')
  const both: Resolve = () =>
    Promise.resolve(['10.255.255.1', '127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })))
  using egress = createEgress(createTargets(['127.0.0.2']), both)
  const { status } = await egress.post(posting(`http://several.example:${allowed.port}/`, { allowPrivate: false }))
  assert.deepEqual([status, allowed.sockets.length], [200, 1])
})

test('a name that is looked up by many at once is looked up once, and a silent server of names keeps nobody else', async (context) => {
  const { port } = await receiver(
    context,
    onRequest((socket) => socket.write(`${head}Content-Length: 0\r\n\r\n`)),
  )
  let looks = 0
  const resolve: Resolve = (name) => {
    if (name !== 'silent.example') return Promise.resolve([{ address: '127.0.0.1', family: 4 }])
    looks += 1
    return new Promise(() => undefined)
  }
  using egress = createEgress(createTargets([]), resolve)
  const controller = new AbortController()
  const { signal } = controller
  const waiting = Array.from({ length: 8 }, () => egress.post(posting(`http://silent.example:${port}/`, { signal })))
  assert.equal((await egress.post(posting(`http://other.example:${port}/`))).status, 200)
  controller.abort()
  for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, 'rejected')
  assert.equal(looks, 1)
})

test('who may not reach what is private learns nothing of it: open, closed and silent look the same', async (context) => {
  const { port, sockets } = await receiver(context, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
  const closed = await receiver(context, () => undefined)
  const names: Resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }])
  using egress = createEgress(createTargets([]), names)
  const reasons = new Set<string>()
  for (const url of [
    `http://127.0.0.1:${port}/`,
    `http://127.0.0.1:1/`,
    `https://127.0.0.1:${port}/`,
    `http://inside.example:${port}/`,
    `http://inside.example:1/`,
    `http://10.255.255.1:${closed.port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
  ])
    await egress.post(posting(url, { allowPrivate: false })).catch((error: Error) => reasons.add(error.message))
  assert.deepEqual([...reasons], ['that address may not be reached'])
  assert.equal(sockets.length, 0)
})

test('why there was no answer names no address', async () => {
  using egress = createEgress(createTargets([]), () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]))
  await assert.rejects(egress.post(posting('http://somewhere.example:1/')), { message: 'the connection was refused' })
  await assert.rejects(egress.post(posting('http://127.0.0.1:1/')), { message: 'the connection was refused' })
})
