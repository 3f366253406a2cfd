import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { exchange, openDoor, requestText, type OpenedDoor } from './opened-door.ts'

const path = 'POST /api/v1/call/notes.add'

async function send(door: OpenedDoor, body: string | Buffer, type = 'application/json'): Promise<readonly unknown[]> {
  const bytes = Buffer.from(body)
  const headers = [`Content-Type: ${type}`, `Content-Length: ${bytes.length}`]
  const [answer] = await exchange(door.port, requestText(path, headers), bytes)
  return [answer?.status, answer?.problem?.code]
}

test('bodies that are not the JSON they claim to be', async () => {
  await using door = await openDoor()
  const malformed = [400, 'door.body-malformed']
  const unsupported = [415, 'door.content-type-unsupported']
  assert.deepEqual(await send(door, '{"text":'), malformed)
  assert.deepEqual(await send(door, '{text:1}'), malformed)
  assert.deepEqual(await send(door, '   '), malformed)
  assert.deepEqual(await send(door, 'NaN'), malformed)
  assert.deepEqual(await send(door, '{} {}'), malformed)
  assert.deepEqual(await send(door, Buffer.from([0x22, 0xc3, 0x28, 0x22])), malformed)
  assert.deepEqual(await send(door, Buffer.from('"\ud800"', 'utf16le')), malformed)
  assert.deepEqual(await send(door, '{}', 'text/plain'), unsupported)
  assert.deepEqual(await send(door, 'text=1', 'application/x-www-form-urlencoded'), unsupported)
  assert.deepEqual(await send(door, '{}', 'application/json; charset=utf-16'), unsupported)
  assert.deepEqual(await send(door, '{}', 'nonsense'), unsupported)
  const [untyped] = await exchange(door.port, requestText(path, ['Content-Length: 2'], '{}'))
  assert.deepEqual([untyped?.status, untyped?.problem.code], unsupported)
  assert.equal(door.hearth.calls.length, 0)
})

test('a refusal does not quote the body', async () => {
  await using door = await openDoor()
  const response = await door.post('/api/v1/call/notes.add', '{"password":"hunter2" oops}')
  assert.doesNotMatch(await response.text(), /hunter2/)
})

test('JSON that is unusual but right', async () => {
  await using door = await openDoor()
  const utf8 = [200, undefined]
  assert.deepEqual(await send(door, '{"a":1,"a":2}', 'application/json; charset=UTF-8'), utf8)
  assert.deepEqual(await send(door, '"caf\u00e9 \u{1f525}"', 'Application/JSON'), utf8)
  assert.deepEqual(await send(door, JSON.stringify(Array.from({ length: 10_000 }, () => [{}]))), utf8)
  assert.deepEqual(await send(door, JSON.stringify({ text: '[{'.repeat(100) })), utf8)
  assert.deepEqual(await send(door, 'null'), utf8)
  const inputs = door.hearth.calls.map(({ input }) => input)
  assert.deepEqual(inputs[0], { a: 2 })
  assert.equal(inputs[1], 'caf\u00e9 \u{1f525}')
  assert.equal((inputs[2] as unknown[]).length, 10_000)
})

test('nesting and prototypes', async () => {
  await using door = await openDoor()
  const malformed = [400, 'door.body-malformed']
  assert.deepEqual(await send(door, '['.repeat(64) + ']'.repeat(64)), [200, undefined])
  assert.deepEqual(await send(door, '['.repeat(65) + ']'.repeat(65)), malformed)
  assert.deepEqual(await send(door, '['.repeat(1_000_000)), malformed)
  assert.deepEqual(await send(door, '{"a":'.repeat(65) + '1' + '}'.repeat(65)), malformed)
  assert.deepEqual(await send(door, '{"a":[{"__proto__":{"admin":true}}]}'), malformed)
  assert.deepEqual(await send(door, '{"\\u005f_proto__":{"admin":true}}'), malformed)
  assert.deepEqual(await send(door, '{"text":"__proto__ \\u00e9"}'), [200, undefined])
})

test('bodies may have 1 MiB, however they are sent', async () => {
  await using door = await openDoor()
  const limit = 1024 * 1024
  const tooLarge = [413, 'door.body-too-large']
  assert.deepEqual(await send(door, JSON.stringify('x'.repeat(limit - 2))), [200, undefined])
  assert.deepEqual(await send(door, JSON.stringify('x'.repeat(limit - 1))), tooLarge)
  const chunked = ['Content-Type: application/json', 'Transfer-Encoding: chunked']
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const chunks = Array.from({ length: 20 }, () => chunk)
  const [answer] = await exchange(door.port, requestText(path, chunked), ...chunks, '0\r\n\r\n')
  assert.deepEqual([answer?.status, answer?.problem.code], tooLarge)
  // Refused without being read.
  const [declared] = await exchange(
    door.port,
    requestText(path, ['Content-Type: application/json', 'Content-Length: 99999999999']),
  )
  assert.deepEqual([declared?.status, declared?.problem.code], tooLarge)
  assert.equal(declared?.headers.get('connection'), 'close')
  assert.equal(door.hearth.calls.length, 1)
})

test('a chunked body that arrives byte by byte', async () => {
  await using door = await openDoor()
  const head = requestText(path, ['Content-Type: application/json', 'Transfer-Encoding: chunked'])
  const bytes = [...Buffer.from('{"text":"caf\u00e9"}')].map((byte) => Buffer.from([0x31, 13, 10, byte, 13, 10]))
  const [answer] = await exchange(door.port, head, ...bytes, '0\r\n\r\n')
  assert.equal(answer?.status, 200)
  assert.deepEqual(door.hearth.calls[0]?.input, { text: 'caf\u00e9' })
})

test('pipelined requests are answered in order', async () => {
  await using door = await openDoor()
  const one = (text: string, close: boolean): string => {
    const body = JSON.stringify({ text })
    return requestText(path, ['Content-Type: application/json', `Content-Length: ${body.length}`], body, close)
  }
  const answers = await exchange(door.port, one('1', false) + one('2', false) + one('3', true))
  assert.deepEqual(
    answers.map(({ body }) => JSON.parse(body).input.text),
    ['1', '2', '3'],
  )
})

test('garbage behind a good request waits for its answer', async () => {
  await using door = await openDoor()
  const gate = Promise.withResolvers<void>()
  door.hearth.answer = async () => {
    await gate.promise
    return { status: 200, body: '{"done":true}', contentType: 'application/json', headers: {} }
  }
  const good = requestText(path, ['Content-Type: application/json', 'Content-Length: 2'], '{}', false)
  const exchanged = exchange(door.port, `${good}${good}BROKEN\r\n\r\n`)
  while (door.hearth.calls.length < 2) await new Promise(setImmediate)
  gate.resolve()
  const answers = await exchanged
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 400],
  )
  assert.equal(answers[2]?.problem.code, 'door.request-malformed')
})

test('requests that are not HTTP', async () => {
  await using door = await openDoor()
  const refusal = async (text: string): Promise<readonly unknown[]> => {
    const [answer] = await exchange(door.port, text)
    assert.equal(answer?.headers.get('content-type'), 'application/problem+json')
    return [answer?.status, answer?.problem.code]
  }
  const malformed = [400, 'door.request-malformed']
  assert.deepEqual(await refusal('hello\r\n\r\n'), malformed)
  assert.deepEqual(await refusal('GET / HTTP/1.1\r\nConnection: close\r\n\r\n'), malformed)
  assert.deepEqual(await refusal('GET / HTTP/1.0\r\n\r\n'), malformed)
  const twice = ['Content-Type: application/json', 'Content-Length: 2', 'Transfer-Encoding: chunked']
  assert.deepEqual(await refusal(requestText(path, twice, '{}')), malformed)
  const badChunk = ['Content-Type: application/json', 'Transfer-Encoding: chunked']
  assert.deepEqual(await refusal(requestText(path, badChunk, 'zz\r\n{}\r\n0\r\n\r\n')), malformed)
  const huge = requestText('GET /healthz', [`X-Much: ${'x'.repeat(20_000)}`])
  assert.deepEqual(await refusal(huge), [431, 'door.headers-too-large'])
  assert.deepEqual(await refusal(requestText(`GET /${'x'.repeat(20_000)}`)), [431, 'door.headers-too-large'])
  assert.equal(door.hearth.calls.length, 0)
})

test('a request that never ends is ended', async () => {
  const timeouts = { headersMs: 150, requestMs: 300, keepAliveMs: 5000, checkMs: 20 }
  await using door = await openDoor({ timeouts })
  const [half] = await exchange(door.port, 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n')
  assert.deepEqual([half?.status, half?.problem.code], [408, 'door.request-timeout'])
  const head = requestText(path, ['Content-Type: application/json', 'Content-Length: 10'])
  const [slow] = await exchange(door.port, head, '{"te')
  assert.deepEqual([slow?.status, slow?.problem.code], [408, 'door.request-timeout'])
  assert.equal(door.hearth.calls.length, 0)
  assert.deepEqual(door.logged, [])
})

test('a caller that goes away leaves nothing behind', async () => {
  await using door = await openDoor()
  const socket = connect(door.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(requestText(path, ['Content-Type: application/json', 'Content-Length: 10'], '{"te', false))
  await new Promise(setImmediate)
  socket.resetAndDestroy()
  await once(socket, 'close')
  assert.equal((await door.post('/api/v1/call/notes.add', {})).status, 200)
  assert.equal(door.hearth.calls.length, 1)
  assert.deepEqual(door.logged, [])
})

test('expectations: 100-continue is met, others are ignored', async () => {
  await using door = await openDoor()
  const headers = ['Content-Type: application/json', 'Content-Length: 2', 'Expect: 100-continue']
  const answers = await exchange(door.port, requestText(path, headers), '{}')
  assert.deepEqual(
    answers.map(({ status }) => status),
    [100, 200],
  )
  const [other] = await exchange(door.port, requestText(path, [...headers.slice(0, 2), 'Expect: magic'], '{}'))
  assert.equal(other?.status, 200)
})
