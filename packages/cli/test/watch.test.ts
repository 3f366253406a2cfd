import assert from 'node:assert/strict'
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

test('a key that is not known, and what speaks no WebSocket, end a watch at once', async () => {
  await using server = await smallServer(() => ({ status: 404, body: {} }))
  const { code, stderr } = await hearth(['reminders.list', '--watch'], server)
  assert.equal(code, 1)
  assert.match(stderr, /it cannot be watched/)
})
