import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { createEgress } from '../../src/egress/egress.ts'
import { createTargets } from '../../src/egress/targets.ts'

const privately = [
  '127.0.0.1',
  '127.9.9.9',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'fd12::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '::127.0.0.1',
  '::ffff:0:127.0.0.1',
  '64:ff9b:1::7f00:1',
  '2001:0:7f00:1::',
  'fec0::1',
  'fe80::1%lo',
  '192.88.99.1',
]

test('private, loopback and reserved addresses are refused in every spelling, public ones are not', () => {
  const targets = createTargets([])
  for (const address of privately) {
    assert.equal(targets.mayReach(address, false), false, address)
    assert.equal(targets.mayReach(address, true), true, address)
  }
  for (const address of ['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])
    assert.equal(targets.mayReach(address, false), true, address)
})

test('networks that the owner lists are open to all, and only those', () => {
  const targets = createTargets(['10.2.0.0/16', '127.0.0.1', 'fd00::/8'])
  for (const address of ['10.2.3.4', '127.0.0.1', 'fd00::1'])
    assert.equal(targets.mayReach(address, false), true, address)
  for (const address of ['10.3.0.1', '127.0.0.2', 'fc00::1'])
    assert.equal(targets.mayReach(address, false), false, address)
})

test('an address that a caller names is looked up before it is taken', async () => {
  const targets = createTargets([])
  for (const url of [
    'http://localhost/',
    'http://127.1/',
    'http://[::1]/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://017700000001/',
    'http://0300.0250.1.1/',
    'http://0/',
    'http://127.0.0.1./',
    'http://①②⑦.⓪.⓪.①/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
  ]) {
    await assert.rejects(targets.assertReachable(new URL(url), false), { code: 'network.target-refused' }, url)
    await targets.assertReachable(new URL(url), true)
  }
})

test('a post goes to what is allowed, is whole, and follows no redirect', async () => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => seen.push(`${request.url} ${chunk.toString()}`))
    request.on('end', () => {
      if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end()
      else response.writeHead(503, { 'retry-after': '7' }).end('busy')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  using egress = createEgress(createTargets([]))
  const post = (host: string, path: string, allowPrivate: boolean) =>
    egress.post({
      url: `http://${host}:${port}${path}`,
      headers: {},
      body: 'hello',
      allowPrivate,
      signal: new AbortController().signal,
    })
  assert.deepEqual(await post('127.0.0.1', '/here', true), { status: 503, retryAfterMs: 7000 })
  assert.equal((await post('localhost', '/moved', true)).status, 302)
  assert.deepEqual(seen, ['/here hello', '/moved hello'])
  await assert.rejects(post('127.0.0.1', '/no', false), /may not be reached/)
  await assert.rejects(post('localhost', '/no', false), /may not be reached/)
  assert.equal(seen.length, 2)
  server.closeAllConnections()
  server.close()
})

const oddities: readonly (readonly [what: string, answer: (socket: Socket) => unknown, end: number | RegExp])[] = [
  [
    'a switch of protocols without its headers',
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
    101,
  ],
  [
    'a switch of protocols that was not asked for',
    (socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello'),
    /switch protocols/,
  ],
  [
    'informational answers before the final one',
    (socket) =>
      socket.write(
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' +
          'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      ),
    200,
  ],
  ['an informational answer and the end', (socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'), /closed/],
  ['nothing', (socket) => socket.end(), /closed/],
  ['a reset', (socket) => socket.resetAndDestroy(), /closed/],
  ['half a head', (socket) => socket.end('HTTP/1.1 200 O'), /closed|not HTTP/],
  ['half a body', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'), 200],
  ['a body that ends with the connection', (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'), 204],
  ['a body without a length', (socket) => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall'), 200],
  ['no HTTP at all', (socket) => socket.end('SSH-2.0-OpenSSH\r\n'), /not HTTP/],
  ['too much', (socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1_100_000)}`), 200],
]

for (const [what, answer, end] of oddities) {
  test(`a post ends when the receiver answers with ${what}`, { timeout: 10_000 }, async (context) => {
    const sockets: Socket[] = []
    const server = createSocketServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => socket.destroy())
      socket.once('data', () => answer(socket))
    })
    context.after(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    using egress = createEgress(createTargets([]))
    const posted = egress.post({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      headers: {},
      body: 'hello',
      allowPrivate: true,
      signal: new AbortController().signal,
    })
    if (typeof end === 'number') assert.equal((await posted).status, end)
    else await assert.rejects(posted, end)
  })
}

test('a post over http loads neither an HTTP client nor TLS', () => {
  const file = (name: string) => JSON.stringify(import.meta.resolve(`../../src/egress/${name}.ts`))
  const program = `
    const { createEgress } = await import(${file('egress')})
    const { createTargets } = await import(${file('targets')})
    using egress = createEgress(createTargets([]))
    const request = { headers: {}, body: '', allowPrivate: true, signal: new AbortController().signal }
    await egress.post({ ...request, url: 'http://127.0.0.1:1/' }).catch(() => {})
    console.log(process.moduleLoadList.filter((name) => /undici|https|NativeModule tls/.test(name)).join())
    await egress.post({ ...request, url: 'https://127.0.0.1:1/' }).catch((error) => console.log(error.message))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program])
  assert.equal(String(output).trim(), 'the connection was refused')
})
