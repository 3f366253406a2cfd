// shows: H1
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { chance, type Chance } from '@hearth/testing'
import { isLong } from '@hearth/testing/long'
import { ownerKey, startHearth, type RunningHearth } from '../end-to-end/hearth.ts'

/** `HEARTH_TEST_FUZZ` tries so many times as much, `HEARTH_TEST_SEED` something else. */
const times = Number(process.env['HEARTH_TEST_FUZZ'] ?? (isLong ? 1 : 0.3))
const seed = process.env['HEARTH_TEST_SEED'] ?? '1'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth()
})
after(() => hearth[Symbol.asyncDispose]())

const methods = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'PRI',
  'get',
  'M-SEARCH',
  '',
]
const targets = [
  '/api/v1/reminders', '/api/v1/reminders/x', '/api/v1/call/reminders.list', '/api/v1/call/reminders.set', '/api/v1/status', '/api/v1/live',
  '/openapi.json', '/reference', '/', '/sign-in?token=x', '/sign-out', '/metrics', '/healthz', '/readyz', '/api/v1/events?limit=1&after=%ff',
  '/api/v1/reminders?limit=1&limit=2', '/api/v1/reminders?limit=-1', '/api/v1/reminders/%2e%2e/x', '/..//../etc/passwd', '//evil/x', '*', '',
  '/api/v1/reminders/%00', '/api/v1/reminders/%F0%9F%94%A5', '/api/v1/people/%7e/export', 'http://127.0.0.1/healthz', 'http://evil/healthz',
] // oxfmt-ignore
/** What HTTP has nothing against. */
const plain = [
  'Content-Type: application/json', 'Content-Type: text/plain', 'Content-Type: application/json; charset=latin1', 'Content-Type:', 'Accept: */*',
  'Accept: text/html', 'Idempotency-Key: k', 'Idempotency-Key: k2', 'Hearth-Position: 0.0', 'Hearth-Position: x', 'Hearth-Position: 1.1, 2.2',
  'If-None-Match: *', 'If-None-Match: "', 'Expect: x', 'Upgrade: h2c', 'Cookie: hearth_session_1=x', 'Cookie: ;;=', 'X-Request-Id: a b',
  'Sec-Fetch-Site: cross-site', 'X-Forwarded-For: 1.2.3.4', 'Range: bytes=0-1', 'Te: trailers', 'Content-Encoding: gzip',
] // oxfmt-ignore
const headers = [
  ...plain, 'Idempotency-Key: \x01', 'Expect: 100-continue', 'Upgrade: websocket', 'Connection: Upgrade', 'Origin: null', 'Origin: http://evil',
  'Transfer-Encoding: chunked', 'Transfer-Encoding: gzip', 'Content-Length: 3', 'Content-Length: -1', 'Content-Length: 99999999999999999999',
  'Authorization: Basic YTpi', ' folded: x', 'no colon', ': x',
] // oxfmt-ignore
const bodies = [
  '',
  '{}',
  '{',
  'null',
  '{"text":"a"}',
  '{"limit":1}',
  '2\r\n{}\r\n0\r\n\r\n',
  'zz\r\n',
  '\x00\xff',
  '['.repeat(3000),
]

/** Half of them are right as HTTP, and wrong, if at all, in what they say. */
function randomRequest(random: Chance): Buffer {
  const one = <Value>(values: readonly Value[]): Value => values[random.whole(0, values.length - 1)] as Value
  const isGood = random.happens(0.5)
  const body = one(bodies)
  const version = isGood ? 'HTTP/1.1' : one(['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1 ', ''])
  const lines = [
    `${one(isGood ? methods.slice(0, 7) : methods)} ${one(targets)} ${version}`,
    isGood || random.happens(0.9) ? 'Host: 127.0.0.1' : one(['Host:', 'Host: evil', 'host: a b', 'X: y']),
    ...(random.happens(0.9) ? [`Authorization: Bearer ${ownerKey}`] : []),
    ...Array.from({ length: random.whole(0, 5) }, () => one(isGood ? plain : headers)),
    'Content-Type: application/json',
    ...(isGood || random.happens(0.5) ? [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`] : []),
  ]
  const end = isGood || random.happens(0.9) ? '\r\n' : one(['\n', '\r', '\r\n\r\n'])
  const bytes = Buffer.from([...lines, 'Connection: close', '', body].join(end), 'latin1')
  if (isGood) return bytes
  if (random.happens(0.5)) {
    for (let count = random.whole(1, 5); count > 0; count -= 1)
      bytes[random.whole(0, bytes.length - 1)] = random.whole(0, 255)
  }
  return random.happens(0.2) ? bytes.subarray(0, random.whole(0, bytes.length)) : bytes
}

/** Everything that comes back for these bytes, after which the caller says nothing more. */
async function answerTo(bytes: Buffer): Promise<Buffer> {
  const socket = connect(Number(new URL(hearth.url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  socket.end(bytes)
  await closed
  return Buffer.concat(chunks)
}

/** One answer of HTTP, and what is behind it. */
function taken(bytes: Buffer): {
  readonly status: number
  readonly head: string
  readonly body: string
  readonly rest: Buffer
} {
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.subarray(0, end).toString('latin1')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1])
  assert.ok(end > 0 && status >= 100, `no answer of HTTP: ${bytes.subarray(0, 200).toString('latin1')}`)
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  const hasBody = bytes.length >= end + 4 + length
  const stop = hasBody ? end + 4 + length : end + 4
  return { status, head, body: bytes.subarray(end + 4, stop).toString('utf8'), rest: bytes.subarray(stop) }
}

function assertSaidWell(sent: string, answer: Buffer): void {
  for (let rest = answer; rest.length > 0;) {
    const one = taken(rest)
    rest = one.rest
    if (one.status === 101) return
    assert.ok(one.status < 500 || one.status === 503, `${one.status} for ${sent}`)
    assert.doesNotMatch(one.body, /node:internal|\.ts:\d/, sent)
    if (one.status < 400) continue
    assert.match(one.head, /\r\ncontent-type: (application\/problem\+json|text\/html; charset=utf-8)/i, sent)
    if (one.body === '' || one.head.includes('text/html')) continue
    const problem = JSON.parse(one.body) as { readonly code: string; readonly status: number }
    assert.equal(problem.status, one.status, sent)
    assert.match(problem.code, /^[a-z-]+\.[a-zA-Z-]+$/, sent)
  }
}

test(`whatever arrives instead of a request is refused in good order, and no one else notices (seed ${seed})`, async () => {
  const random = chance(seed, 'requests')
  const set = await hearth.call('reminders.set', { text: 'kept', at: '2090-01-01T00:00:00Z' })
  assert.equal(set.status, 200)
  for (let round = 0; round < 40 * times; round += 1) {
    const requests = Array.from({ length: 25 }, () => randomRequest(random))
    const answers = await Promise.all(requests.map(answerTo))
    for (const [index, answer] of answers.entries())
      assertSaidWell(JSON.stringify(requests[index]?.toString('latin1').slice(0, 600)), answer)
    assert.equal((await hearth.call('reminders.list', { limit: 1 })).status, 200)
  }
  const { json } = await hearth.call('reminders.list', { state: 'scheduled' })
  assert.ok((json.items as readonly { readonly text: string }[]).some(({ text }) => text === 'kept'))
})
