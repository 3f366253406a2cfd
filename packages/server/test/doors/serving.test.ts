import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchange, keptConnection, openDoor, requestText, type OpenedDoor } from './opened-door.ts'
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
  assert.equal((await fetch(`${door.url}/healthz`, { method: 'HEAD' })).status, 200)
  assert.equal((await fetch(`${door.url}/healthz`, { method: 'POST' })).status, 503)
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
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# HELP \w+ .+|# TYPE \w+ \w+|\w+(\{[^}]*\})? [\d.e+-]+)$/)
})

test('the page is whole in itself and shows reminders only to whoever is signed in', async () => {
  await using door = await openDoor()
  door.hearth.reminders = [
    { text: 'later <script>', next: '2030-06-02T08:00:00Z', zone: 'Europe/Paris' },
    { text: 'sooner & more', next: '2030-06-01T08:00:00Z', zone: 'Nowhere/Land' },
    { text: 'done', next: null, state: 'rung' },
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

async function pageOf(door: OpenedDoor): Promise<string> {
  const signedIn = await fetch(door.door.signInLink(), { redirect: 'manual' })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  return await (await fetch(`${door.url}/`, { headers: { cookie } })).text()
}

test('the page looks through all that are scheduled for the next ones, and says so where they are too many', async () => {
  await using door = await openDoor()
  const at = (index: number): string => new Date(Date.UTC(2090, 0, 1) - index * 60_000).toISOString()
  const scheduled = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ text: `number ${index}.`, next: at(index) }))
  const over = Array.from({ length: 700 }, () => ({ text: 'over', state: 'rung', next: null }))
  const textsOf = (page: string): readonly string[] => page.match(/number \d+/g) ?? []
  const nearest = (last: number): readonly string[] =>
    Array.from({ length: 10 }, (_, index) => `number ${last - index}`)
  door.hearth.reminders = [...over, ...scheduled(1200)]
  const some = await pageOf(door)
  assert.deepEqual(textsOf(some), nearest(1199))
  assert.doesNotMatch(some, /there are more/)
  door.hearth.reminders = scheduled(10_000)
  const most = await pageOf(door)
  assert.deepEqual(textsOf(most), nearest(9999))
  assert.doesNotMatch(most, /there are more/)
  door.hearth.reminders = scheduled(10_001)
  const calls = door.hearth.calls.length
  const tooMany = await pageOf(door)
  assert.equal(door.hearth.calls.length - calls, 20)
  assert.deepEqual(textsOf(tooMany), nearest(9999))
  assert.match(tooMany, /the next of the first 10,000 that were set; there are more/)
})

test('reminders that cannot be read are not said to be none', async () => {
  await using door = await openDoor()
  assert.match(await pageOf(door), /<p>None\.<\/p>/)
  door.hearth.answer = async () => ({ status: 503, body: '{}', contentType: 'application/problem+json', headers: {} })
  const page = await pageOf(door)
  assert.doesNotMatch(page, /None/)
  assert.match(page, /They cannot be read at the moment/)
})

test('probes answer HEAD, and name their methods to others, without a key', async () => {
  await using door = await openDoor()
  const ask = async (method: string, path: string) => {
    const response = await fetch(`${door.url}${path}`, { method })
    const { code } = method === 'HEAD' ? {} : ((await response.json()) as { code?: string })
    return [response.status, code, response.headers.get('allow')]
  }
  for (const path of ['/healthz', '/health', '/readyz', '/ready']) {
    assert.deepEqual(await ask('HEAD', path), [200, undefined, null], path)
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const refused = [405, 'door.method-not-allowed', 'GET, HEAD']
      assert.deepEqual(await ask(method, path), refused, `${method} ${path}`)
    }
  }
  assert.deepEqual(await ask('DELETE', '/sign-in'), [405, 'door.method-not-allowed', 'GET, POST'])
  assert.deepEqual(await ask('POST', '/metrics'), [401, 'auth.key-missing', null])
  door.hearth.ready = false
  assert.deepEqual(await ask('HEAD', '/readyz'), [503, undefined, null])
  for (const line of ['TRACE /healthz', 'OPTIONS *']) {
    const [answer] = await exchange(door.port, requestText(line))
    assert.ok(answer !== undefined && answer.status >= 400, line)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json', line)
  }
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

test('where too much waits a caller who is known is refused before anything is read, many at once too; who asks how it goes is let in', async () => {
  await using door = await openDoor()
  await using parts = new AsyncDisposableStack()
  const connection = async () => parts.use(await keptConnection(door.port))
  const known = await connection()
  const call = requestText(
    'POST /api/v1/call/notes.add',
    ['content-type: application/json', 'content-length: 2'],
    '{}',
    false,
  )
  assert.equal((await known.ask(call)).status, 200)
  door.hearth.crowded = true
  const { status, headers, problem } = await known.ask(call)
  assert.deepEqual([status, headers.get('retry-after'), problem.code], [429, '1', 'inbox.full'])
  assert.equal(problem.requestId, headers.get('x-request-id'))
  assert.equal(door.hearth.calls.length, 1)
  // A key that was not shown before is looked at first.
  assert.equal((await known.ask(call.replace('Bearer ', 'Bearer not-'))).problem.code, 'auth.key-unknown')
  assert.equal((await door.get('/api/v1/status')).status, 200)
  assert.equal((await fetch(`${door.url}/readyz`)).status, 200)
  // More than are refused between two looks at what has arrived.
  const several = await Promise.all(Array.from({ length: 300 }, connection))
  door.hearth.crowded = false
  await Promise.all(several.map((one) => one.ask(call)))
  door.hearth.crowded = true
  const refused = await Promise.all(several.map((one) => one.ask(call)))
  assert.deepEqual(new Set(refused.map((one) => one.status)), new Set([429]))
  assert.equal(new Set(refused.map((one) => one.problem.requestId)).size, 300)
  assert.match(
    await (await door.get('/metrics')).text(),
    /^hearth_http_request_seconds_count\{operation="none",status="4xx"\} 30[12]$/m,
  )
  door.hearth.crowded = false
  assert.equal((await known.ask(call)).status, 200)
})
