// long: a run of everything that npm alone tests has five minutes
import assert from 'node:assert/strict'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { bin, finish, hearth, start } from './command.ts'
import { realServer } from './real-server.ts'
import { smallServer } from './small-server.ts'

// shows: H1, H3

interface Update {
  readonly type: string
  readonly position: string
  readonly answer: { readonly items: readonly { readonly text: string }[] }
}

test('--watch prints every change, goes on over a restart of the server, and ends well when it is interrupted', async () => {
  await using server = await realServer()
  const set = async (text: string): Promise<void> => {
    const { code, stderr } = await server.hearth(['reminders.set', '--text', text, '--at', '2040-01-01T00:00:00Z'])
    assert.equal(code, 0, stderr)
  }
  await set('one')
  const child = start(join(bin, 'hearth.js'), ['reminders.list', '--watch', '--json'], { env: server.env })
  const ended = finish(child)
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const seen = async (count: number): Promise<Update> => {
    for (;;) {
      const { value, done } = await lines.next()
      assert.equal(done, false)
      const update = JSON.parse(value as string) as Update
      if (update.answer.items.length === count) return update
    }
  }
  assert.equal((await seen(1)).type, 'snapshot')
  await set('two')
  const second = await seen(2)
  assert.deepEqual(
    second.answer.items.map(({ text }) => text),
    ['one', 'two'],
  )
  await server.stop()
  await server.start()
  await set('three')
  assert.equal((await seen(3)).answer.items[2]?.text, 'three')
  child.kill('SIGINT')
  const { code, stderr } = await ended
  assert.equal(code, 0, stderr)
  assert.match(stderr, /the connection is lost: waiting for the server/)

  const other = await server.hearth(['events.list', '--watch'])
  assert.equal(other.code, 2)
  assert.match(other.stderr, /events\.list cannot be watched/)
})

test('a watch through a proxy waits while the proxy says that the server is away', async () => {
  await using server = await realServer()
  const set = (text: string) => server.hearth(['reminders.set', '--text', text, '--at', '2040-01-01T00:00:00Z'])
  const through = new Set<Socket>()
  let isAway = false
  const proxy = createServer((socket) => {
    if (isAway) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
      isAway = false
      return
    }
    const inner = connect(Number(new URL(server.url).port), '127.0.0.1')
    for (const each of [socket, inner]) through.add(each.on('error', () => undefined))
    socket.pipe(inner).pipe(socket)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const child = start(join(bin, 'hearth.js'), ['--url', url, 'reminders.list', '--watch', '--json'], {
      env: server.env,
    })
    const ended = finish(child)
    await using _child = { [Symbol.asyncDispose]: async () => void (child.kill('SIGKILL'), await ended) }
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
    assert.equal((await lines.next()).done, false)
    isAway = true
    for (const socket of through) socket.destroy()
    await set('tea')
    assert.match(String((await lines.next()).value), /"tea"/)
    assert.equal(isAway, false, 'the proxy has refused it once')
    child.kill('SIGINT')
    const { code, stderr } = await ended
    assert.equal(code, 0, stderr)
  } finally {
    for (const socket of through) socket.destroy()
    proxy.close()
  }
})

test('a key that is not known, and what speaks no WebSocket, end a watch at once', async () => {
  await using server = await smallServer(() => ({ status: 404, body: {} }))
  const { code, stderr } = await hearth(['reminders.list', '--watch'], server)
  assert.equal(code, 1)
  assert.match(stderr, /it cannot be watched/)
})
