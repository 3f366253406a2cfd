// long: a run of everything that npm alone tests has five minutes
// shows: H1
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chance, type Chance } from '@hearth/testing'
import { isLong } from '@hearth/testing/long'
import { ownerKey, startHearth, until, type RunningHearth } from '../end-to-end/hearth.ts'
import { openSocket, type Received } from '../end-to-end/live-socket.ts'
import { randomFrame, randomText } from './random-frames.ts'
import { frameBytes, openRawWebSocket, opcodes, type RawWebSocket } from './raw-websocket.ts'

/** `HEARTH_TEST_FUZZ` tries so many times as much, `HEARTH_TEST_SEED` something else. */
const times = Number(process.env['HEARTH_TEST_FUZZ'] ?? (isLong ? 1 : 0.3))
const seed = process.env['HEARTH_TEST_SEED'] ?? '1'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_WATCHERS: '200' })
})
after(() => hearth[Symbol.asyncDispose]())

const watchers = async (): Promise<number> => (await hearth.request('GET', '/api/v1/status')).json.watchers
const nobodyWatches = () => until(async () => (await watchers()) === 0, 'no watcher is left')
const raw = (): Promise<RawWebSocket> => openRawWebSocket(hearth.url, ownerKey)

/** What the server does for others is what it did before. */
async function servesOthers(): Promise<void> {
  assert.equal((await hearth.call('reminders.list', { limit: 1 })).status, 200)
  await using socket = await openSocket(hearth.url)
  socket.send({ id: 'other', call: 'reminders.list' })
  assert.deepEqual(Object.keys(await socket.next()), ['id', 'result', 'position'])
}

/** An answer, or the first of a watch, which is a reset where it goes on from a position. Nothing changes here, so no more follow. */
const isAnswer = (frame: Received): boolean =>
  ['result', 'error', 'snapshot', 'reset'].some((member) => member in frame)

test(`every frame gets one answer under its id, with a code where it is refused (seed ${seed})`, async () => {
  for (let round = 0; round < 2 * times; round += 1) {
    const random = chance(seed, `frames ${round}`)
    const owed = new Map<string | number | null, number>()
    const owe = (id: string | number | null): void => void owed.set(id, (owed.get(id) ?? 0) + 1)
    {
      await using socket = await openSocket(hearth.url)
      for (let count = 0; count < 300; count += 1) {
        if (random.happens(0.1)) {
          socket.send(randomText(random))
          owe(null)
          continue
        }
        const { text, id } = randomFrame(random, count + 1000 * round)
        socket.send(text)
        owe(id)
      }
      const total = [...owed.values()].reduce((sum, count) => sum + count, 0)
      await until(() => socket.frames.filter(isAnswer).length >= total, 'every frame is answered')
      // Whatever were one too many would come before the answer to this.
      socket.send({ id: 'last', call: 'reminders.list' })
      await until(() => socket.frames.some(({ id }) => id === 'last'), 'the last is answered')
      const got = new Map<string | number | null, number>()
      for (const frame of socket.frames.filter(isAnswer)) got.set(frame.id, (got.get(frame.id) ?? 0) + 1)
      got.delete('last')
      assert.deepEqual(sorted(got), sorted(owed))
      for (const { error } of socket.frames.filter((frame) => 'error' in frame)) assertSaidWell(error)
      await servesOthers()
    }
    await nobodyWatches()
  }
})

const sorted = (counts: ReadonlyMap<unknown, number>): readonly string[] =>
  [...counts].map(([id, count]) => `${JSON.stringify(id)}: ${count}`).toSorted()

function assertSaidWell(problem: Received): void {
  assert.match(problem.code, /^[a-z-]+\.[a-zA-Z-]+$/)
  assert.notEqual(problem.status, 500, JSON.stringify(problem))
  assert.doesNotMatch(JSON.stringify(problem), /node:|\.ts:|\bat \//)
}

const list = frameBytes(opcodes.text, '{"id":1,"call":"reminders.list"}')
const text = (payload: Buffer | string, options = {}): Buffer => frameBytes(opcodes.text, payload, options)

/** What RFC 6455 forbids, and the code that the connection is closed with. */
const broken: readonly (readonly [what: string, code: number, ...bytes: readonly Buffer[]])[] = [
  ['no mask', 1002, text('{}', { masked: false })],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((code) => [`opcode ${code}`, 1002, frameBytes(code, 'x')] as const),
  ...[1, 2, 4, 7].map((bits) => [`reserved bits ${bits}`, 1002, text('{}', { reserved: bits })] as const),
  ['a ping in pieces', 1002, frameBytes(opcodes.ping, 'x', { fin: false })],
  ['a close in pieces', 1002, frameBytes(opcodes.close, '', { fin: false })],
  ['a ping of 126 bytes', 1002, frameBytes(opcodes.ping, 'x'.repeat(126))],
  ['a close of 126 bytes', 1002, frameBytes(opcodes.close, Buffer.concat([Buffer.from([3, 232]), Buffer.alloc(124, 120)]))],
  ['a piece of nothing', 1002, frameBytes(opcodes.continuation, 'x')],
  ['a frame between pieces', 1002, text('{', { fin: false }), text('}')],
  ['half a code', 1002, frameBytes(opcodes.close, Buffer.from([3]))],
  ...[0, 999, 1004, 1005, 1006, 1015, 2999].map((code) => [`code ${code}`, 1002, closeWith(code)] as const),
  ['a reason that is not UTF-8', 1007, frameBytes(opcodes.close, Buffer.from([3, 232, 0xff]))],
  ['text that is not UTF-8', 1007, text(Buffer.from([0x22, 0xc3, 0x28, 0x22]))],
  ['a surrogate in UTF-8', 1007, text(Buffer.from([0xed, 0xa0, 0x80]))],
  ['half a letter', 1007, text(Buffer.from([0xc3]))],
  ['half a letter in pieces', 1007, text(Buffer.from([0xc3]), { fin: false }), frameBytes(opcodes.continuation, Buffer.from([0x28]))],
  ['bytes', 1003, frameBytes(opcodes.binary, '{"id":1,"call":"reminders.list"}')],
  ['bytes in pieces', 1003, frameBytes(opcodes.binary, 'x', { fin: false }), frameBytes(opcodes.continuation, 'y')],
  ['a frame over 1 MiB', 1009, text('', { says: 1024n * 1024n + 1n })],
  ['a frame of 8 EiB', 1009, text('', { says: 2n ** 63n - 1n })],
  ['pieces over 1 MiB', 1009, text('x'.repeat(700_000), { fin: false }), frameBytes(opcodes.continuation, 'x'.repeat(700_000))],
] // oxfmt-ignore

function closeWith(code: number): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return frameBytes(opcodes.close, payload)
}

test('what the protocol forbids ends the connection with its code, and no other one', async () => {
  await using bystander = await openSocket(hearth.url)
  bystander.send({ id: 1, watch: 'reminders.list' })
  await bystander.next()
  for (const [what, code, ...bytes] of broken) {
    await using socket = await raw()
    socket.write(list)
    await until(() => socket.received.length === 1, 'it is answered before')
    for (const each of bytes) socket.write(each)
    await until(() => socket.received.some(({ opcode }) => opcode === opcodes.close), `${what} is closed`)
    socket.end()
    assert.equal(await socket.ended, code, what)
  }
  assert.equal(await watchers(), 1)
  bystander.send({ id: 2, call: 'reminders.list' })
  await until(() => bystander.frames.some(({ id }) => id === 2), 'the bystander is answered')
  await servesOthers()
})

test('what the protocol allows is taken: pieces, pings between them, a byte at a time, and a farewell', async () => {
  await using socket = await raw()
  const call = Buffer.from('{"id":"é","call":"reminders.list"}')
  socket.write(text(call.subarray(0, 8), { fin: false }))
  socket.write(frameBytes(opcodes.ping, 'between'))
  for (const byte of call.subarray(8, -1))
    socket.write(frameBytes(opcodes.continuation, Buffer.from([byte]), { fin: false }))
  for (const byte of frameBytes(opcodes.continuation, call.subarray(-1))) {
    socket.write(Buffer.from([byte]))
    await new Promise(setImmediate)
  }
  await until(() => socket.received.length === 2, 'both are answered')
  const [pong, answer] = socket.received
  assert.deepEqual([pong?.opcode, pong?.payload.toString()], [opcodes.pong, 'between'])
  assert.equal(JSON.parse(answer?.payload.toString() ?? '').id, 'é')
  socket.write(closeWith(4321))
  await until(() => socket.received.length === 3, 'the farewell is answered')
  socket.end()
  assert.equal(await socket.ended, 4321)
})

/** A stream that begins well. */
const stream = (random: Chance): Buffer =>
  Buffer.concat(
    Array.from({ length: random.whole(1, 6) }, (_, index) =>
      random.pick([
        [3, text(randomFrame(random, index).text)],
        [1, text(randomText(random))],
        [1, frameBytes(opcodes.ping, 'x'.repeat(random.whole(0, 125)))],
        [1, frameBytes(opcodes.pong, '')],
        [1, text(`{"id":${index},"watch":"reminders.list"}`)],
      ]),
    ),
  )

test(`connections that are cut at any byte, or whose bytes are changed, harm nobody (seed ${seed})`, async () => {
  const random = chance(seed, 'streams')
  for (let round = 0; round < 150 * times; round += 1) {
    await using socket = await raw()
    const bytes = stream(random)
    if (random.happens(0.5)) {
      for (let count = random.whole(1, 4); count > 0; count -= 1)
        bytes[random.whole(0, bytes.length - 1)] = random.whole(0, 255)
    }
    const cut = random.whole(1, bytes.length)
    const between = random.whole(0, cut)
    socket.write(bytes.subarray(0, between))
    if (random.happens(0.3)) await new Promise(setImmediate)
    socket.write(bytes.subarray(between, cut))
    if (random.happens(0.5)) socket.cut()
    else socket.end()
    const code = await socket.ended
    assert.ok(
      code === undefined || [1000, 1002, 1003, 1005, 1006, 1007, 1009].includes(code) || code >= 3000,
      `${code}`,
    )
    for (const { opcode, payload } of socket.received.filter((frame) => frame.opcode === opcodes.text)) {
      assert.equal(opcode, opcodes.text)
      const { error } = JSON.parse(payload.toString())
      if (error !== undefined) assertSaidWell(error)
    }
  }
  await servesOthers()
  await nobodyWatches()
})

test(`floods of watches and stops leave nothing behind (seed ${seed})`, async () => {
  const random = chance(seed, 'floods')
  for (let round = 0; round < times; round += 1) {
    {
      await using socket = await openSocket(hearth.url)
      const sent = new Map<number, number>()
      for (let count = 0; count < 3000; count += 1) {
        const id = random.whole(1, 400)
        const frame = random.pick<object>([
          [4, { id, watch: 'reminders.list', input: { home: `h${random.whole(1, 9)}` } }],
          [3, { id, stop: true }],
          [1, { id, watch: 'actors.state', input: {} }],
          [1, { id, call: 'reminders.list' }],
        ])
        socket.send(frame)
        sent.set(id, (sent.get(id) ?? 0) + 1)
        if (count % 100 === 0) assert.equal((await hearth.call('reminders.list', { limit: 1 })).status, 200)
      }
      socket.send({ id: 'last', stop: true })
      await until(() => socket.frames.some(({ id }) => id === 'last'), 'the last is answered')
      assert.ok((await watchers()) <= 200)
      const codes = new Set(socket.frames.flatMap(({ error }) => (error === undefined ? [] : [error.code])))
      for (const code of codes)
        assert.ok(
          ['live.id-taken', 'live.too-many-calls', 'watch.too-many', 'watch.not-watchable', 'input.invalid'].includes(
            code,
          ),
          code,
        )
      for (const [id] of sent) socket.send({ id, stop: true })
      await until(async () => (await watchers()) === 0, 'all are stopped')
    }
    await servesOthers()
    await nobodyWatches()
  }
})

test('who is no WebSocket client, or one of another age, is told so like everyone', async () => {
  const good = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const refusals: readonly (readonly [string, Record<string, string>, number, string])[] = [
    ['GET', { ...good, 'sec-websocket-version': '7' }, 426, 'live.upgrade-needed'],
    ['GET', { ...good, 'sec-websocket-version': '' }, 426, 'live.upgrade-needed'],
    ['GET', { ...good, 'sec-websocket-key': 'short' }, 400, 'door.request-malformed'],
    ['GET', { ...good, 'sec-websocket-protocol': 'a,,b' }, 400, 'door.request-malformed'],
    ['POST', good, 405, 'door.method-not-allowed'],
  ]
  for (const [method, headers, status, code] of refusals) {
    const answer = await upgradeAnswer(method, headers)
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), JSON.stringify(headers))
    assert.match(answer, /\r\ncontent-type: application\/problem\+json\r\n/)
    assert.equal(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).code, code)
    if (status === 426) assert.match(answer, /\r\nsec-websocket-version: 13, 8\r\n/)
  }
})

async function upgradeAnswer(method: string, headers: Record<string, string>): Promise<string> {
  const { connect } = await import('node:net')
  const { port, host } = new URL(hearth.url)
  const socket = connect(Number(port), '127.0.0.1')
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write(
    `${method} /api/v1/live HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${ownerKey}\r\n${lines.join('\r\n')}\r\n\r\n`,
  )
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
