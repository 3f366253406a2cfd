// shows: H1
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createClient, HearthProblem, HearthUnreachable, type Hearth } from '@hearth/sdk'
import { ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'
import { startProxy } from './proxy.ts'
import { onlyWhenLong } from '@hearth/testing/long'

let server: RunningHearth
let hearth: Hearth
before(async () => {
  server = await startHearth()
  hearth = createClient({ url: server.url, key: ownerKey })
})
after(() => server[Symbol.asyncDispose]())

const at = '2040-01-01T00:00:00Z'
const clientOf = (url: string, retries = 5): Hearth => createClient({ url, key: ownerKey, retries })
const texts = async (home: string): Promise<readonly string[]> =>
  (await hearth.reminders.list({ home })).items.map(({ text }) => text)

test('an operation is called by its name, or as a method of its area', async () => {
  const { id, next } = await hearth.call('reminders.set', { text: 'by name', at, home: 'both' })
  assert.match(id, /^rem_/)
  assert.equal(next, '2040-01-01T00:00:00.000Z')
  await hearth.reminders.set({ text: 'as a method', at, home: 'both' })
  assert.deepEqual(await texts('both'), ['by name', 'as a method'])
  assert.equal(hearth.reminders.set, hearth.reminders.set)
  assert.equal((await Promise.resolve(hearth)).reminders, hearth.reminders, 'a client can be awaited')
})

test('a refusal is a problem with its code, its fields and what the log knows it by', async () => {
  const refused = await hearth.reminders.cancel({ id: 'nothing' }).catch((error: unknown) => error)
  assert.ok(refused instanceof HearthProblem)
  assert.deepEqual([refused.code, refused.status], ['reminders.unknown', 404])
  assert.ok(refused.requestId)
  const invalid = await hearth.reminders.set({ text: '', at: 'soon' }).catch((error: unknown) => error)
  assert.ok(invalid instanceof HearthProblem)
  assert.deepEqual([invalid.code, invalid.issues.map(({ path }) => path)], ['input.invalid', ['text']])
  assert.match(invalid.message, /text: /)
  const stranger = createClient({ url: server.url, key: 'another-key-of-a-test' })
  await assert.rejects(stranger.reminders.list(), { code: 'auth.key-unknown', status: 401 })
  await assert.rejects(hearth.call('nowhere.at-all' as 'reminders.list'), { code: 'operation.unknown' })
})

test('a connection that drops once the command was carried out: the retry gets the first answer, and there is one reminder', async () => {
  const input = { text: 'only once', at, home: 'dropped' }
  await using proxy = await startProxy(server.url, (_seen, count) => (count < 3 ? 'cut' : 'pass'))
  const { id } = await clientOf(proxy.url).reminders.set(input)
  const keys = new Set(proxy.seen.map(({ headers }) => headers['idempotency-key']))
  assert.deepEqual([proxy.seen.length, keys.size], [3, 1])
  const { items } = await hearth.reminders.list({ home: 'dropped' })
  assert.deepEqual(
    items.map((item) => item.id),
    [id],
  )
})

test('each call of a command has a key of its own, unless it is given one, and a read has none', async () => {
  await using proxy = await startProxy(server.url)
  const client = clientOf(proxy.url)
  const input = { text: 'keys', at, home: 'keys' }
  const first = await client.reminders.set(input)
  const second = await client.reminders.set(input)
  assert.notEqual(first.id, second.id)
  const third = await client.reminders.set(input, { key: 'mine' })
  assert.deepEqual(await client.reminders.set(input, { key: 'mine' }), third)
  await client.reminders.list()
  const keys = proxy.seen.map(({ headers }) => headers['idempotency-key'])
  assert.equal(new Set(keys.slice(0, 2)).size, 2)
  assert.deepEqual(keys.slice(2), ['mine', 'mine', undefined])
  await assert.rejects(client.reminders.set({ ...input, text: 'another' }, { key: 'mine' }), {
    code: 'idempotency.key-reused',
  })
})

test('what may pass is tried again, not before the server wants it', async (context) => {
  const timers = context.mock.method(globalThis, 'setTimeout')
  for (const status of [429, 502, 503, 504]) {
    await using proxy = await startProxy(server.url, (_seen, count) =>
      count === 1 ? { status, headers: { 'retry-after': '1' } } : 'pass',
    )
    timers.mock.resetCalls()
    await clientOf(proxy.url).reminders.list({ home: 'passing' })
    assert.equal(proxy.seen.length, 2)
    const waits = timers.mock.calls.map(({ arguments: [, ms = 0] }) => ms)
    assert.ok(waits.some((ms) => ms > 1000 && ms <= 1100))
  }
})

test('what will not pass is told at once, and so is what should be waited for too long', async () => {
  const problem = (status: number, code: string) =>
    JSON.stringify({ status, code, detail: 'As it is.', requestId: 'r' })
  const cases = [
    [{ status: 500, body: problem(500, 'door.failed') }, { code: 'door.failed' }],
    [
      { status: 409, body: problem(409, 'reminders.over') },
      { code: 'reminders.over', requestId: 'r' },
    ],
    [
      { status: 503, headers: { 'retry-after': '3600' }, body: problem(503, 'x.y') },
      { code: 'x.y', retryAfter: 3600 },
    ],
    [
      { status: 404, body: '<html>' },
      { code: 'client.answer-foreign', status: 404 },
    ],
    [
      { status: 200, body: '<html>' },
      { code: 'client.answer-foreign', status: 200 },
    ],
  ] as const
  for (const [treatment, expected] of cases) {
    await using proxy = await startProxy(server.url, () => treatment)
    await assert.rejects(clientOf(proxy.url).reminders.list(), expected)
    assert.equal(proxy.seen.length, 1)
  }
  await using elsewhere = await startProxy(server.url, () => ({ status: 302, headers: { location: server.url } }))
  await assert.rejects(clientOf(elsewhere.url, 0).reminders.list(), HearthUnreachable)
})

test('attempts are bounded by their number, and by the signal', async () => {
  await using proxy = await startProxy(server.url, () => ({ status: 503 }))
  await assert.rejects(clientOf(proxy.url, 2).reminders.list(), { status: 503 })
  assert.equal(proxy.seen.length, 3)
  await assert.rejects(clientOf(proxy.url).reminders.list({}, { retries: 0 }), { status: 503 })
  assert.equal(proxy.seen.length, 4)
  const stopping = new AbortController()
  const calling = clientOf(proxy.url, 1000).reminders.list({}, { signal: stopping.signal })
  stopping.abort(new Error('enough'))
  await assert.rejects(calling, /enough/)
  await assert.rejects(hearth.reminders.list({}, { signal: AbortSignal.abort(new Error('never')) }), /never/)
})

test('where nobody answers, the error says where and why', async () => {
  const proxy = await startProxy(server.url)
  await proxy[Symbol.asyncDispose]()
  await assert.rejects(clientOf(proxy.url, 1).reminders.list(), (error: unknown) => {
    assert.ok(error instanceof HearthUnreachable)
    assert.match(error.message, new RegExp(`${proxy.url} .*ECONNREFUSED`))
    return true
  })
  assert.throws(() => createClient({ url: 'ftp://somewhere' }), /no http address/)
  assert.throws(() => createClient({}), /needs the url/)
})

test('what this client wrote is asked for by what it reads', async () => {
  await using proxy = await startProxy(server.url)
  const client = clientOf(proxy.url)
  assert.equal(client.position(), undefined)
  await client.reminders.list({ home: 'positions-a' })
  for (const home of ['positions-a', 'positions-b', 'positions-c', 'positions-a'])
    await client.reminders.set({ text: 'written', at, home })
  await client.reminders.list({ home: 'positions-a' })
  const sent = proxy.seen.map(({ headers }) => headers['hearth-position'])
  assert.deepEqual(sent.slice(0, 5), [undefined, undefined, undefined, undefined, undefined])
  assert.equal(sent[5], client.position())
  assert.match(String(sent[5]), /^\d+\.\d+(,\d+\.\d+){1,2}$/)
  await hearth.reminders.list({ home: 'positions-a' }, { after: client.position() })
  await assert.rejects(hearth.reminders.list({}, { after: '7.999999999', retries: 0 }), { code: 'read.behind' })
  await assert.rejects(hearth.reminders.list({}, { after: 'x' }), { code: 'read.position-invalid' })
})

test(
  'calls are answered, each once, while the database or the server is killed and comes back',
  onlyWhenLong,
  async () => {
    const home = 'outage'
    await using proxy = await startProxy(server.url)
    const client = clientOf(proxy.url, 20)
    const calling = (async () => {
      for (let count = 0; count < 60; count += 1) await client.reminders.set({ text: `${count}`, at, home })
    })()
    await until(() => proxy.seen.length > 5, 'calls are made')
    await server.killPostgres()
    await until(() => proxy.seen.length > 25, 'calls are made again')
    await server.stop('SIGKILL')
    await server.start()
    await calling
    assert.ok(proxy.seen.length > 60, 'some were made again')
    assert.deepEqual(
      await texts(home),
      Array.from({ length: 60 }, (_, count) => `${count}`),
    )
  },
)

test('a list is given item by item, and no page is asked for that is not needed', async () => {
  const home = 'pages'
  for (let count = 0; count < 7; count += 1) await hearth.reminders.set({ text: `${count}`, at, home })
  await using proxy = await startProxy(server.url)
  const client = clientOf(proxy.url)
  const found: string[] = []
  for await (const { text } of client.list('reminders.list', { home, limit: 3 })) found.push(text)
  assert.deepEqual([found.join(''), proxy.seen.length], ['0123456', 3])
  for await (const { text } of client.reminders.list.all({ home, limit: 3 })) if (text === '2') break
  assert.equal(proxy.seen.length, 4)
  const all = client.reminders.list.all({ home, limit: 0 })
  await assert.rejects(all.next(), { code: 'input.invalid' })
})
