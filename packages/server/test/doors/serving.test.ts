import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchange, openDoor, requestText } from './opened-door.ts'
import { openRestDoor } from '../../src/doors/rest/door.ts'
import { isHearthError } from './is-hearth-error.ts'

test('before there is anything to serve, the process lives and says that it starts', async () => {
  await using door = await openDoor({ prepared: false })
  assert.equal((await fetch(`${door.url}/healthz`)).status, 200)
  for (const path of ['/readyz', '/api/v1/status', '/']) {
    const response = await fetch(`${door.url}${path}`)
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('retry-after'), '1')
    assert.equal(((await response.json()) as { code: string }).code, 'server.starting')
  }
  const [foreign] = await exchange(door.port, requestText('GET /healthz').replace('127.0.0.1', 'evil.example'))
  assert.equal(foreign?.problem.code, 'door.host-refused')
  const open = await door.door.prepare(door.hearth)
  assert.equal((await fetch(`${door.url}/readyz`)).status, 503)
  open()
  assert.equal((await fetch(`${door.url}/readyz`)).status, 200)
})

test('readiness follows the health of what is behind the door', async () => {
  await using door = await openDoor()
  door.hearth.ready = false
  for (const path of ['/readyz', '/ready']) {
    const response = await fetch(`${door.url}${path}`)
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('retry-after'), '1')
    const problem = (await response.json()) as { code: string; detail: string }
    assert.deepEqual([problem.code, problem.detail], ['store.unavailable', 'The database does not answer.'])
  }
  assert.equal((await fetch(`${door.url}/healthz`)).status, 200)
  door.hearth.ready = true
  assert.equal((await fetch(`${door.url}/ready`)).status, 200)
})

test('the status has the address, the version and what the process weighs', async () => {
  await using door = await openDoor()
  const status = (await (await door.get('/api/v1/status')).json()) as Record<string, unknown>
  const { url, version, lanes, slots, loopDelayP99Ms, memory } = status
  assert.deepEqual({ url, lanes, slots }, { url: door.url, lanes: 4, slots: 256 })
  assert.match(String(version), /^\d+\.\d+\.\d+/)
  assert.equal(typeof loopDelayP99Ms, 'number')
  assert.deepEqual(Object.keys(memory as object), ['server', 'postgres'])
})

test('metrics count calls by operation and refusals, and add the kernel', async () => {
  await using door = await openDoor()
  await door.post('/api/v1/call/notes.add', {})
  await door.post('/api/v1/notes', {})
  await door.post('/api/v1/call/notes.add', '{')
  const response = await door.get('/metrics')
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const text = await response.text()
  assert.match(text, /^hearth_http_request_seconds_count\{operation="notes\.add",status="2xx"\} 2$/m)
  assert.match(text, /^hearth_http_request_seconds_bucket\{operation="notes\.add",status="2xx",le="\+Inf"\} 2$/m)
  assert.match(text, /^hearth_http_request_seconds_count\{operation="none",status="4xx"\} 1$/m)
  assert.match(text, /^hearth_commands_total\{outcome="accepted"\} 3$/m)
  assert.match(text, /^process_resident_memory_bytes \d+$/m)
  for (const line of text.trimEnd().split('\n')) assert.match(line, /^(# TYPE \w+ \w+|\w+(\{[^}]*\})? [\d.e+-]+)$/)
})

test('the page is whole in itself and shows reminders only to whoever is signed in', async () => {
  await using door = await openDoor()
  door.hearth.reminders = [
    { text: 'later <script>', next: '2030-06-02T08:00:00Z', zone: 'Europe/Paris' },
    { text: 'sooner & more', next: '2030-06-01T08:00:00Z', zone: 'Nowhere/Land' },
    { text: 'done', next: null, zone: 'UTC' },
  ]
  const page = await fetch(`${door.url}/`)
  const text = await page.text()
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-/)
  assert.doesNotMatch(text, /sooner|<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)/)
  assert.match(text, /action="\/sign-in"/)
  const signedIn = await fetch(door.door.signInLink(), { redirect: 'manual' })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const own = await (await fetch(`${door.url}/`, { headers: { cookie } })).text()
  assert.match(
    own,
    /sooner &amp; more <time datetime="2030-06-01T08:00:00Z">2030-06-01T08:00:00Z<[^]*later &lt;script&gt;/,
  )
  assert.match(own, /Sunday,? 2 June 2030 at 10:00 \(Europe\/Paris\)/)
  assert.doesNotMatch(own, />done/)
})

test('closing lets running calls finish, takes no new connection, and cuts what is left', async () => {
  await using door = await openDoor()
  const gate = Promise.withResolvers<void>()
  door.hearth.answer = async () => {
    await gate.promise
    return { status: 200, body: '{}', contentType: 'application/json', headers: {} }
  }
  const json = ['Content-Type: application/json']
  const running = exchange(door.port, requestText('POST /api/v1/call/notes.add', [], '', false))
  const unfinished = exchange(
    door.port,
    requestText('POST /api/v1/call/notes.add', [...json, 'Content-Length: 9'], '{', false),
  )
  while (door.hearth.calls.length < 1) await new Promise(setImmediate)
  const closed = door.door.close(400)
  await assert.rejects(fetch(`${door.url}/healthz`))
  gate.resolve()
  const [answer] = await running
  assert.equal(answer?.status, 200)
  await closed
  assert.deepEqual(await unfinished, [])
})

test('a taken port is refused with a message', async () => {
  await using door = await openDoor()
  const { port, data } = { port: door.port, data: door.data }
  const ownerKey = { matches: () => false, fingerprint: '' }
  const log = { debug() {}, info() {}, warn() {}, error() {}, fatal() {}, isLevelEnabled: () => false }
  const config = { host: '127.0.0.1', port, hosts: [], data, metrics: 'key' as const }
  await assert.rejects(openRestDoor({ config, ownerKey, log }), isHearthError('server.port-taken', /--port/))
})
