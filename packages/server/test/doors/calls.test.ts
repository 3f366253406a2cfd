import assert from 'node:assert/strict'
import { test } from 'node:test'
import { owner } from '../../src/doors/rest/caller.ts'
import { exchange, openDoor, requestText } from './opened-door.ts'

test('a call reaches its operation with input, key and caller, and its answer comes back as it is', async () => {
  await using door = await openDoor()
  const response = await door.post('/api/v1/call/notes.add', { text: 'tea' }, { 'idempotency-key': 'k 1, really' })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'application/json')
  assert.equal(response.headers.get('hearth-position'), '7.12')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  const expected = { operation: 'notes.add', input: { text: 'tea' }, key: 'k 1, really', caller: 'owner' }
  assert.deepEqual(await response.json(), expected)
  assert.deepEqual(door.hearth.calls[0]?.principal, owner)
})

test('a problem of the kernel goes out untouched, with its headers', async () => {
  await using door = await openDoor()
  const body = '{"code":"inbox.full","status":429}'
  const headers = { 'Retry-After': '3', 'Idempotency-Replayed': 'true' }
  door.hearth.answer = async () => ({ status: 429, body, contentType: 'application/problem+json', headers })
  const response = await door.post('/api/v1/call/notes.add', { text: 'tea' })
  assert.equal(response.status, 429)
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.equal(response.headers.get('retry-after'), '3')
  assert.equal(response.headers.get('idempotency-replayed'), 'true')
  assert.equal(await response.text(), body)
  door.hearth.answer = async () => ({ status: 503, body, contentType: 'application/problem+json', headers: {} })
  assert.equal((await door.post('/api/v1/call/notes.add', { text: 'tea' })).headers.get('retry-after'), '1')
})

test('no body is an empty input, with and without a content type', async () => {
  await using door = await openDoor()
  const plain = await exchange(door.port, requestText('POST /api/v1/call/notes.list', ['Content-Length: 0']))
  const typed = await exchange(
    door.port,
    requestText('POST /api/v1/call/notes.list', ['Content-Type: application/json', 'Content-Length: 0']),
  )
  assert.deepEqual([plain[0]?.status, typed[0]?.status], [200, 200])
  assert.deepEqual(
    door.hearth.calls.map(({ input }) => input),
    [{}, {}],
  )
})

test('the input of a path of its own is made of body, path and query', async () => {
  await using door = await openDoor()
  const inputOf = async (method: string, path: string, body?: object): Promise<unknown> => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${text.length}`]
    const [answer] = await exchange(door.port, requestText(`${method} ${path}`, headers, text))
    assert.equal(answer?.status, 200, answer?.body)
    return JSON.parse(answer?.body ?? '').input
  }
  assert.deepEqual(await inputOf('POST', '/api/v1/notes', { text: 'a' }), { text: 'a' })
  assert.deepEqual(await inputOf('PATCH', '/api/v1/notes/n%2F1', { text: 'b' }), { id: 'n/1', text: 'b' })
  assert.deepEqual(await inputOf('PATCH', '/api/v1/notes/n1', { id: 'n1', text: 'b' }), { id: 'n1', text: 'b' })
  assert.deepEqual(await inputOf('DELETE', '/api/v1/notes/n1?hard=true'), { id: 'n1', hard: true })
  assert.deepEqual(await inputOf('POST', '/api/v1/notes/n1/copy'), { id: 'n1' })
  const query = 'limit=20&done=false&score=-1.5&after=12&tags=a&years=1999&years=2000&more=1'
  assert.deepEqual(await inputOf('GET', `/api/v1/notes?${query}`), {
    limit: 20,
    done: false,
    score: -1.5,
    after: '12',
    tags: ['a'],
    years: [1999, 2000],
    more: '1',
  })
  assert.deepEqual(await inputOf('GET', '/api/v1/notes?limit=many&done=1&after=a&after=b'), {
    limit: 'many',
    done: '1',
    after: ['a', 'b'],
  })
})

test('two different values of one field are refused', async () => {
  await using door = await openDoor()
  const response = await fetch(`${door.url}/api/v1/notes/n1`, {
    method: 'PATCH',
    headers: { authorization: `Bearer the-owner-of-this-test`, 'content-type': 'application/json' },
    body: '{"id":"n2","text":"b"}',
  })
  assert.equal(response.status, 400)
  const problem = (await response.json()) as { code: string; issues: { path: string }[] }
  assert.equal(problem.code, 'input.invalid')
  assert.equal(problem.issues[0]?.path, 'id')
  assert.equal((await door.post('/api/v1/notes/n1/copy', '[1]')).status, 400)
  assert.equal(door.hearth.calls.length, 0)
})

test('idempotency keys are 1 to 200 visible characters, once', async () => {
  await using door = await openDoor()
  const status = async (...headers: string[]): Promise<string> => {
    const all = ['Content-Type: application/json', 'Content-Length: 2', ...headers]
    const [answer] = await exchange(door.port, requestText('POST /api/v1/call/notes.add', all, '{}'))
    return answer?.status === 200 ? 'accepted' : String(answer?.problem.code)
  }
  assert.equal(await status(`Idempotency-Key: ${'k'.repeat(200)}`), 'accepted')
  assert.equal(await status('Idempotency-Key: a, b'), 'accepted')
  assert.equal(await status(`Idempotency-Key: ${'k'.repeat(201)}`), 'idempotency.key-invalid')
  assert.equal(await status('Idempotency-Key:'), 'idempotency.key-invalid')
  assert.equal(await status('Idempotency-Key: caf\u00e9'), 'idempotency.key-invalid')
  assert.equal(await status('Idempotency-Key: a\tb'), 'idempotency.key-invalid')
  assert.equal(await status('Idempotency-Key: a', 'Idempotency-Key: b'), 'idempotency.key-invalid')
  assert.equal(await status('Idempotency-Key: a', 'idempotency-key: a'), 'idempotency.key-invalid')
  assert.equal(door.hearth.calls.length, 2)
})

test('a sane request id is kept, any other replaced, and problems carry it', async () => {
  await using door = await openDoor()
  const kept = await door.post('/api/v1/call/nothing.here', {}, { 'x-request-id': 'mine-1' })
  assert.equal(kept.headers.get('x-request-id'), 'mine-1')
  assert.equal(((await kept.json()) as { requestId: string }).requestId, 'mine-1')
  const made = new Set<string | null>()
  for (const bad of ['a b', 'x'.repeat(129), '"quoted"']) {
    const response = await door.post('/api/v1/call/notes.add', {}, { 'x-request-id': bad })
    made.add(response.headers.get('x-request-id'))
  }
  assert.equal(made.size, 3)
  for (const id of made) assert.match(String(id), /^[\w-]{3,40}$/)
})

test('what the door has not is said in problem+json', async () => {
  await using door = await openDoor()
  const refusal = async (method: string, path: string): Promise<readonly unknown[]> => {
    const [answer] = await exchange(door.port, requestText(`${method} ${path}`))
    assert.equal(answer?.headers.get('content-type'), 'application/problem+json')
    assert.match(String(answer?.headers.get('x-request-id')), /./)
    return [answer?.status, answer?.problem?.code, answer?.headers.get('allow')]
  }
  assert.deepEqual(await refusal('POST', '/api/v1/call/notes.burn'), [404, 'operation.unknown', undefined])
  assert.deepEqual(await refusal('POST', '/api/v1/call/__proto__'), [404, 'operation.unknown', undefined])
  assert.deepEqual(await refusal('GET', '/api/v1/nothing'), [404, 'door.path-unknown', undefined])
  assert.deepEqual(await refusal('GET', '/api/v1/call/notes.add'), [405, 'door.method-not-allowed', 'POST'])
  assert.deepEqual(await refusal('PUT', '/api/v1/notes'), [405, 'door.method-not-allowed', 'POST, GET, HEAD'])
  assert.deepEqual(await refusal('OPTIONS', '/api/v1/notes/n1'), [405, 'door.method-not-allowed', 'PATCH, DELETE'])
  assert.deepEqual(await refusal('PROPFIND', '/healthz'), [405, 'door.method-not-allowed', 'GET, HEAD'])
  assert.deepEqual(await refusal('GET', '/api/v1/notes/%zz'), [400, 'door.request-malformed', undefined])
  const [head] = await exchange(door.port, requestText('HEAD /api/v1/notes'))
  assert.deepEqual([head?.status, head?.headers.get('content-type')], [200, 'application/json'])
})

test('a failure of ours shows nothing of the inside and is logged under the request id', async () => {
  await using door = await openDoor()
  door.hearth.answer = () => Promise.reject(new Error('password=hunter2 in /srv/hearth'))
  const response = await door.post('/api/v1/call/notes.add', {}, { 'x-request-id': 'broken-1' })
  const text = await response.text()
  assert.equal(response.status, 500)
  assert.equal(JSON.parse(text).code, 'door.failed')
  assert.doesNotMatch(text, /hunter2|srv|Error/)
  assert.equal((door.logged[0]?.fields as { requestId: string }).requestId, 'broken-1')
  assert.equal(door.logged[0]?.level, 'error')
})

test('the operations are described with their schemas', async () => {
  await using door = await openDoor()
  const { items, next } = (await (await door.get('/api/v1/operations')).json()) as {
    items: Record<string, unknown>[]
    next: null
  }
  assert.equal(next, null)
  assert.equal(items.length, 6)
  const [first] = items
  assert.deepEqual(Object.keys(first ?? {}), [
    'name',
    'summary',
    'permission',
    'consequence',
    'watchable',
    'path',
    'input',
    'output',
    'examples',
  ])
  assert.deepEqual(first?.['path'], { method: 'POST', path: '/api/v1/notes' })
  assert.deepEqual((first?.['input'] as { required: string[] }).required, ['text'])
})
