// shows: H1
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { coreErrors } from '@hearth/protocol'
import { openApi } from '../../src/doors/rest/open-api.ts'
import { installed, openDescribedDoor } from './described-door.ts'
import { exchange, openDoor, requestText } from './opened-door.ts'

/** Routes that are made from no operation, each with the reason why it may be there. */
const own: Readonly<Record<string, string>> = {
  'GET /': 'the page that a person sees',
  'GET /sign-in': 'the link that signs the owner’s browser in',
  'POST /sign-in': 'the form that does so with the key',
  'POST /sign-out': 'the form that ends a session',
  'GET /healthz': 'monitors have no key, and it answers without a database',
  'GET /health': 'the same under the name that others use',
  'GET /readyz': 'monitors have no key, and it answers without a database',
  'GET /ready': 'the same under the name that others use',
  'GET /openapi.json': 'describes the operations, to whoever has no key yet',
  'GET /reference': 'the same for people',
  'GET /metrics': 'in the text form that Prometheus reads',
  'GET /api/v1/operations': 'describes the operations to tools',
  'GET /api/v1/status': 'tells of one process and must answer when nothing else does',
  'GET /api/v1/live': 'where WebSocket is asked for',
  'POST /api/v1/call/{operation}': 'says that there is no such operation',
}
const notDescribed = ['GET /', 'GET /sign-in', 'POST /sign-in', 'POST /sign-out', 'POST /api/v1/call/{operation}']

const fromOperations = installed.operations.flatMap(({ name, path }) => [
  `POST /api/v1/call/${name}`,
  `${path.method} /api/v1${path.path}`,
])

/** Where clients of other protocols call: a feature says what is needed for it, as an operation does. */
const foreign = installed.foreign.map(({ method, path }) => `${method} ${path}`)

test('every route is made from an operation, or stands in the list of those that are not', async () => {
  await using door = await openDescribedDoor()
  for (const route of foreign) assert.ok(door.routes.includes(route), route)
  const others = door.routes.filter((route) => !fromOperations.includes(route) && !foreign.includes(route))
  assert.deepEqual(others.toSorted(), Object.keys(own).toSorted())
  for (const route of fromOperations) assert.ok(door.routes.includes(route), route)
})

// oxlint-disable-next-line typescript/no-explicit-any -- a document that is looked into everywhere
type Document = any

const document = openApi({ version: '1.2.3', ...installed }) as Document
const methods = ['get', 'post', 'patch', 'delete']
const entries: readonly (readonly [route: string, entry: Document])[] = Object.entries(document.paths).flatMap(
  ([path, item]) =>
    methods
      .filter((method) => method in (item as Document))
      .map((method) => [`${method.toUpperCase()} ${path}`, (item as Document)[method]] as const),
)

test('the description has every route, and none that is not there', () => {
  const described = entries.map(([route]) => route)
  const expected = [...fromOperations, ...Object.keys(own).filter((route) => !notDescribed.includes(route))]
  assert.deepEqual(described.toSorted(), expected.toSorted())
  const ids = entries.map(([, entry]) => entry.operationId)
  assert.equal(new Set(ids).size, ids.length)
})

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  )
}

test('every reference leads somewhere, and every component is referred to', () => {
  const references = new Set(referencesIn(document))
  for (const reference of references) {
    const parts = reference.slice(2).split('/')
    assert.ok(parts.reduce((at, part) => at?.[part], document) !== undefined, reference)
  }
  for (const sort of ['schemas', 'responses', 'parameters', 'headers']) {
    for (const name of Object.keys(document.components[sort]))
      assert.ok(references.has(`#/components/${sort}/${name}`), `${sort}/${name}`)
  }
})

test('both forms take and give the same, and say what they need and what they can be refused with', () => {
  const byId = new Map(entries.map(([, entry]) => [entry.operationId, entry]))
  for (const { name, permission, consequence, errors = [] } of installed.operations) {
    const [call, resource] = [byId.get(`${name}.call`), byId.get(name)]
    assert.deepEqual(call.responses, resource.responses, name)
    for (const entry of [call, resource]) {
      assert.equal(entry['x-hearth-permission'], permission)
      assert.equal(entry['x-hearth-consequence'], consequence)
      assert.ok(entry.parameters.some(({ $ref = '' }) => $ref.endsWith('/IdempotencyKey')))
    }
    const { text } = { text: JSON.stringify(Object.values(call.responses).map((each: Document) => at(each.$ref))) }
    for (const code of [...errors, 'input.invalid', 'auth.key-missing', 'inbox.full', 'door.failed'])
      assert.ok(text.includes(`\`${code}\``), `${name} can answer ${code}`)
  }
})

const at = (reference = '#'): Document =>
  reference
    .slice(2)
    .split('/')
    .reduce((place, part) => place?.[part], document)

test('what an operation says it can answer with are codes that there are', () => {
  for (const { name, errors = [] } of installed.operations)
    for (const code of errors) assert.ok(installed.errors[code] !== undefined, `${name}: ${code}`)
  for (const code of Object.keys(coreErrors))
    assert.match(code, new RegExp(document.components.schemas.Problem.properties.code.pattern))
})

test('whoever has a description, or the reference, is not sent it again', async () => {
  await using door = await openDescribedDoor()
  for (const path of ['/openapi.json', '/reference', '/api/v1/operations']) {
    const first = await door.get(path)
    const etag = first.headers.get('etag') ?? ''
    assert.match(etag, /^"[\w-]{22}"$/, path)
    assert.equal(first.headers.get('cache-control'), 'no-cache')
    assert.notEqual((await first.text()).length, 0)
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await door.get(path, { 'if-none-match': header })
      assert.deepEqual([again.status, await again.text(), again.headers.get('etag')], [304, '', etag], header)
    }
    for (const header of ['"other"', '', etag.slice(1, -1)])
      assert.equal((await door.get(path, { 'if-none-match': header })).status, 200, header)
    const [head] = await exchange(door.port, requestText(`HEAD ${path}`))
    assert.deepEqual([head?.status, head?.headers.get('etag'), head?.body], [200, etag, ''])
  }
})

test('every answer keeps to itself: no sniffing, no framing, no referrer, and no copy of what is private', async () => {
  await using door = await openDescribedDoor()
  const lines = ['GET /', 'GET /reference', 'GET /openapi.json', 'GET /healthz', 'GET /api/v1/status', 'GET /nothing']
  for (const line of [...lines, 'PUT /api/v1/reminders', 'POST /api/v1/call/reminders.list', 'GET /sign-in']) {
    const [answer] = await exchange(door.port, requestText(line))
    const { headers } = answer ?? { headers: new Map<string, string>() }
    assert.equal(headers.get('x-content-type-options'), 'nosniff', line)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/, line)
    assert.match(headers.get('referrer-policy') ?? '', /^(no-referrer|same-origin)$/, line)
    const isSame = line.endsWith('/reference') || line.endsWith('/openapi.json')
    assert.equal(headers.get('cache-control'), isSame ? 'no-cache' : 'no-store', line)
  }
  const [broken] = await exchange(door.port, 'BROKEN\r\n\r\n')
  assert.deepEqual(
    [broken?.headers.get('cache-control'), broken?.headers.get('x-content-type-options')],
    ['no-store', 'nosniff'],
  )
})

test('the reference shows every operation and code, and loads nothing', async () => {
  await using door = await openDescribedDoor()
  // Without a key.
  const response = await fetch(`${door.url}/reference`)
  const page = await response.text()
  for (const { name, permission } of installed.operations) {
    assert.ok(page.includes(`<article id="${name}">`), name)
    assert.ok(page.includes(`scope <code>${permission}</code>`), permission)
  }
  for (const code of Object.keys(installed.errors)) assert.ok(page.includes(`<code>${code}</code>`), code)
  const policy = response.headers.get('content-security-policy') ?? ''
  for (const [tag, directive] of [
    ['style', 'style-src'],
    ['script', 'script-src'],
  ] as const) {
    const found = [...page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))]
    assert.equal(found.length, 1)
    assert.ok(policy.includes(`${directive} 'sha256-${hash('sha256', found[0]?.[1] ?? '', 'base64')}'`), tag)
  }
  assert.doesNotMatch(page, /\b(src|href)="(?!\/|#|data:)|@import|url\(|\son\w+=/)
})

test('a query that is no percent-encoding is refused, and any other is read as it is', async () => {
  await using door = await openDoor()
  const ask = async (query: string): Promise<readonly unknown[]> => {
    const [answer] = await exchange(door.port, requestText(`GET /api/v1/notes?${query}`))
    return answer?.status === 200 ? [200, JSON.parse(answer.body).input] : [answer?.status, answer?.problem.code]
  }
  for (const query of ['after=%ff', 'after=%', 'after=%4', 'after=%zz', 'after=a%C3', '%ff=a', 'after=%ED%A0%80'])
    assert.deepEqual(await ask(query), [400, 'door.request-malformed'], query)
  assert.deepEqual(await ask('after=%C3%A9+%2B%25'), [200, { after: 'é +%' }])
  const long = 'x'.repeat(5000)
  const [answer] = await exchange(door.port, requestText(`POST /api/v1/notes/${long}/copy`))
  assert.deepEqual(JSON.parse(answer?.body ?? '').input, { id: long })
})

test('methods that nobody has heard of are refused like others, with those that there are', async () => {
  await using door = await openDescribedDoor()
  const ask = async (line: string, ...headers: readonly string[]): Promise<readonly unknown[]> => {
    const [answer] = await exchange(door.port, requestText(line, headers))
    return [answer?.status, answer?.problem?.code, answer?.headers.get('allow')]
  }
  for (const method of ['QUERY', 'TRACE', 'PROPFIND', 'OPTIONS', 'PUT']) {
    assert.deepEqual(await ask(`${method} /healthz`), [405, 'door.method-not-allowed', 'GET, HEAD'], method)
    // A path as it is named comes before one with a field in its place.
    const sent = [405, 'door.method-not-allowed', 'POST, GET, HEAD']
    assert.deepEqual(await ask(`${method} /api/v1/reminders/sent`), sent, method)
    assert.deepEqual(await ask(`${method} /nothing`), [404, 'door.path-unknown', undefined], method)
  }
  const [open] = await exchange(door.port, requestText('QUERY /nothing').replace('Authorization', 'X-Nothing'))
  assert.equal(open?.problem.code, 'auth.key-missing')
})
