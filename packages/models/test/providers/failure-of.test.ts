// shows: A1
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { HearthError } from '@hearth/protocol'
import { failureOf, failureOfAnswer } from '../../src/failure-of.ts'
import { ModelError, type FailureType } from '../../src/failure.ts'
import { NetworkError } from '../../src/fetch.ts'
import { key } from './conformance/subject.ts'

const coded = (code: string): Error => Object.assign(new Error(`something about ${code} at 10.0.0.1`), { code })
const fetchFailed = (cause: Error): Error => new TypeError('fetch failed', { cause })

test('what became of a connection is told by its code, however deep it is, and without its address', () => {
  const expected: Readonly<Record<string, FailureType>> = {
    ECONNREFUSED: 'away',
    ENOTFOUND: 'away',
    EAI_AGAIN: 'away',
    EHOSTUNREACH: 'away',
    ETIMEDOUT: 'away',
    UND_ERR_CONNECT_TIMEOUT: 'away',
    ERR_INVALID_URL: 'away',
    CERT_HAS_EXPIRED: 'away',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'away',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'away',
    ERR_TLS_CERT_ALTNAME_INVALID: 'away',
    ERR_SSL_WRONG_VERSION_NUMBER: 'away',
    EPROTO: 'away',
    ECONNRESET: 'lost',
    EPIPE: 'lost',
    UND_ERR_SOCKET: 'lost',
    UND_ERR_HEADERS_TIMEOUT: 'late',
    UND_ERR_BODY_TIMEOUT: 'late',
    UND_ERR_ABORTED: 'stopped',
    HPE_INVALID_CONSTANT: 'garbage',
    UND_ERR_HEADERS_OVERFLOW: 'garbage',
    Z_DATA_ERROR: 'garbage',
  }
  for (const [code, type] of Object.entries(expected))
    for (const error of [
      coded(code),
      fetchFailed(coded(code)),
      fetchFailed(new AggregateError([coded(code)], 'all')),
    ]) {
      const failure = failureOf(error)
      assert.equal(failure.type, type, code)
      assert.doesNotMatch(failure.detail, /10\.0\.0\.1|[A-Z]{3,}_/)
    }
  assert.equal(failureOf(coded('ECONNREFUSED'), { status: 200 }).type, 'lost', 'a head had come')
})

test('who stopped it, and that it was too slow, are told apart', () => {
  assert.equal(failureOf(new DOMException('no', 'AbortError')).type, 'stopped')
  assert.equal(failureOf(new DOMException('no', 'TimeoutError')).type, 'late')
  assert.equal(failureOf(new Error('x', { cause: AbortSignal.timeout(0) })).type, 'garbage')
})

test('failures of the gateway’s own pass through', () => {
  const failure = { type: 'rate', detail: 'later', afterMs: 5 } as const
  assert.equal(failureOf(new ModelError(failure)), failure)
  assert.equal(failureOf(new Error('around it', { cause: new ModelError(failure) })), failure)
  assert.equal(failureOf(new NetworkError({ type: 'late', reason: 'no head in time' })).type, 'late')
  assert.equal(failureOf(new NetworkError({ type: 'refused', reason: 'it is private' })).type, 'away')
  assert.equal(failureOf(new NetworkError({ type: 'away', reason: 'it broke' }), { status: 200 }).type, 'lost')
  const refused = failureOf(new HearthError('network.target-refused', 'this address may not be reached'))
  assert.deepEqual(refused, { type: 'away', detail: 'this address may not be reached' })
})

test('anything at all is a failure, and nothing makes it throw', () => {
  const circle = new Error('a')
  circle.cause = circle
  const hostile = { message: { toString: () => 'x' }, code: Symbol('x'), cause: 7, errors: [null] }
  for (const error of [
    undefined,
    null,
    0,
    '',
    'words',
    [],
    {},
    circle,
    hostile,
    () => 0,
    Symbol('x'),
    new Error(key),
  ]) {
    const { type, detail } = failureOf(error)
    assert.ok(['garbage', 'away'].includes(type))
    assert.ok(detail !== '' && !detail.includes(key))
  }
})

const answer = (
  status: number,
  body: string | object,
  headers: Record<string, string> = {},
  withKey: string | undefined = key,
) =>
  failureOfAnswer({
    status,
    headers,
    body: typeof body === 'string' ? body : Buffer.from(JSON.stringify(body)),
    key: withKey,
  })

test('a refusal as it came is told as the same refusal is through a package', () => {
  const failure = answer(429, { error: { message: 'slow down', code: 'rate_limit_exceeded' } }, { 'retry-after': '3' })
  assert.deepEqual(failure, { type: 'rate', detail: 'slow down', status: 429, afterMs: 3000 })
  const inArray = answer(429, [{ error: { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED' } }])
  assert.deepEqual(inArray, { type: 'rate', detail: 'Quota', status: 429 })
  const mistral = answer(422, {
    object: 'error',
    message: { detail: [{ msg: 'Extra inputs are not permitted', input: 'secret' }] },
  })
  assert.deepEqual(mistral, { type: 'refused', detail: 'Extra inputs are not permitted', status: 422 })
})

test('a wish to be left alone is read in all its forms, and kept within reason', () => {
  const wish = (headers: Record<string, string>, body: object = {}): number | undefined =>
    answer(429, body, headers).afterMs
  assert.equal(wish({ 'retry-after': '2' }), 2000)
  assert.equal(wish({ 'retry-after': '0.25' }), 250)
  assert.equal(wish({ 'retry-after-ms': '17.4', 'retry-after': '2' }), 18)
  const inAMinute = wish({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() }) ?? 0
  assert.ok(inAMinute > 0 && inAMinute <= 60_000)
  for (const nothing of ['-5', '0', 'soon', '', 'NaN', '1e9', new Date(0).toUTCString()])
    assert.equal(wish({ 'retry-after': nothing }), undefined, nothing)
  assert.equal(wish({ 'retry-after': '999999999' }), 86_400_000)
  const limits = (requests: string, tokens: string, left = '1') =>
    wish({
      'x-ratelimit-reset-requests': requests,
      'x-ratelimit-remaining-requests': left,
      'x-ratelimit-reset-tokens': tokens,
      'x-ratelimit-remaining-tokens': '5',
    })
  assert.equal(limits('1m30s', '20ms'), 20, 'the nearer one where none is used up')
  assert.equal(limits('1m30s', '20ms', '0'), 90_000, 'the one that is used up')
  assert.equal(limits('soon', '1h2m3.5s'), 3_723_500)
  assert.equal(wish({}, { error: { message: 'Please try again in 6.3s.' } }), 6300)
  assert.equal(wish({}, { error: { message: 'Please retry in 900ms' } }), 900)
  assert.equal(
    answer(400, { error: { message: 'bad' } }, { 'retry-after': '2' }).afterMs,
    undefined,
    'no waiting helps',
  )
})

test('the words of a provider are one short line', () => {
  const { detail } = answer(400, { error: { message: `a\n\nb\u0000\u001b[31m ${'c'.repeat(600)}` } })
  assert.ok(detail.length <= 500)
  assert.match(detail, /^a b \[31m c+…$/)
})

test('nothing of a key is shown, whichever key it is and however it is masked', () => {
  const keys = [
    key,
    'token-abc123',
    '0123456789abcdef0123456789abcdef',
    'AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY',
    'a+b/c=d&ef',
  ]
  for (const one of keys) {
    const masked = `${one.slice(0, 8)}********${one.slice(-4)}`
    const short = `${one.slice(0, 6)}...${one.slice(-4)}`
    for (const said of [
      one,
      masked,
      `"${one}"`,
      `key=${one}`,
      `Bearer ${one}`,
      `(${encodeURIComponent(one)})`,
      ...(one.length >= 12 ? [short] : []),
    ]) {
      const { detail } = answer(401, { error: { message: `The key ${said} is wrong` } }, {}, one)
      for (const part of [one, one.slice(0, 8), encodeURIComponent(one)])
        assert.ok(!detail.includes(part), `${said}: ${detail}`)
      assert.match(detail, /^The key /)
    }
  }
})

test('what looks like somebody’s key is masked, also where it is not known', () => {
  for (const said of [
    'sk-ant-api03-R2D2c3po',
    'gsk_abcDEF1234567',
    'hf_abcdefgh',
    'sk-...abcd',
    'xai-1234567890',
    'AIzaSyD-9tSrke72',
    '****abcd',
  ])
    assert.equal(answer(401, { error: { message: `no ${said} here` } }, {}, undefined).detail, 'no *** here', said)
  const address = answer(
    400,
    { error: { message: 'GET https://user:pw@host.example/v1/x?key=abc#y failed' } },
    {},
    undefined,
  )
  assert.equal(address.detail, 'GET https://host.example/v1/x failed')
})

test('names of models and numbers of requests stay', () => {
  for (const said of [
    'meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8',
    'claude-sonnet-4-5-20250929',
    'ft:gpt-4o-mini-2024-07-18:org::AbC',
    'req_011CSHoEeqs5C35K2UUqR7Fy',
  ])
    assert.ok(answer(404, { error: { message: `no ${said} here` } }).detail.includes(said), said)
})

test('what tells of people is not repeated, however short it is', () => {
  const message = "Invalid value: 'ann@example.org'. Card 4111 1111 1111 1111 is not supported for gpt-5.2-mini"
  const request = { messages: [{ role: 'user', content: 'ann@example.org, 4111 1111 1111 1111' }] }
  const body = JSON.stringify({ error: { message } })
  assert.equal(
    failureOfAnswer({ status: 400, headers: {}, body, request }).detail,
    "Invalid value: '[e-mail]'. Card [card] is not supported for gpt-5.2-mini",
  )
})

test('long words are dealt with in no time', () => {
  const begun = process.cpuUsage().user
  for (const message of [
    'a'.repeat(900_000),
    'sk-'.repeat(300_000),
    '*'.repeat(900_000),
    'model '.repeat(150_000),
    'https://'.repeat(100_000),
    '{"'.repeat(400_000),
  ])
    assert.ok(answer(400, { error: { message } }).detail.length <= 500)
  assert.ok(process.cpuUsage().user - begun < 1_000_000, 'no pattern goes back and forth')
})

test('a server that speaks no HTTP is garbage, over the real fetch', async () => {
  const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const error = await fetch(`http://127.0.0.1:${port}/`).catch((reason: unknown) => reason)
  assert.equal(failureOf(error).type, 'garbage')
  const noTls = await fetch(`https://127.0.0.1:${port}/`).catch((reason: unknown) => reason)
  assert.equal(failureOf(noTls).type, 'away')
  server.close()
})
