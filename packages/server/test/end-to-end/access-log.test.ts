// long: a run of everything that npm alone tests has five minutes
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'
import { isLong } from '@hearth/testing/long'
import { openSocket } from './live-socket.ts'

// shows: H2

type Line = Readonly<Record<string, unknown>>

function linesOf({ data }: RunningHearth): readonly Line[] {
  const text = readFileSync(join(data, 'logs', 'access.log'), 'utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
}

const pick = (line: Line | undefined, ...names: readonly string[]) => names.map((name) => line?.[name])

for (const workers of isLong ? ['1', '2'] : ['1'])
  test(`each call leaves a line, with ${workers} processes`, async () => {
    await using hearth = await startHearth({ HEARTH_WORKERS: workers })
    const find = async (holds: (line: Line) => boolean, what: string): Promise<Line> => {
      await until(() => linesOf(hearth).some(holds), what)
      return linesOf(hearth).find(holds) ?? assert.fail(what)
    }
    const byId = (id: string) => find(({ requestId }) => requestId === id, id)

    await hearth.call('reminders.set', { text: 'thé ☕', at: '2100-01-01T00:00:00Z' }, { 'x-request-id': 'set' })
    const set = await byId('set')
    assert.deepEqual(pick(set, 'level', 'correlation', 'door', 'what', 'operation'), [
      'info',
      'set',
      'rest',
      'call',
      'reminders.set',
    ])
    assert.deepEqual(pick(set, 'kind', 'principal', 'status', 'code', 'address'), [
      'owner',
      'owner',
      200,
      undefined,
      '127.0.0.1',
    ])
    assert.ok(Number(set['ms']) > 0 && Number(set['bytes']) > 0)
    assert.match(String(set['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

    const made = (await hearth.call('keys.create', { name: 'reader', scopes: ['reminders.read'] })).json
    const asReader = { authorization: `Bearer ${made.key}` }
    await hearth.call('reminders.set', {}, { ...asReader, 'x-request-id': 'lacking' })
    assert.deepEqual(pick(await byId('lacking'), 'kind', 'principal', 'status', 'code'), [
      'key',
      made.id,
      403,
      'auth.permission-missing',
    ])
    await hearth.call('reminders.list', {}, { authorization: 'Bearer nobody-knows-this', 'x-request-id': 'unknown' })
    assert.deepEqual(pick(await byId('unknown'), 'principal', 'status', 'code', 'operation'), [
      undefined,
      401,
      'auth.key-unknown',
      'reminders.list',
    ])
    await hearth.request('GET', '/no/such/secret-place', undefined, { 'x-request-id': 'nowhere' })
    assert.deepEqual(pick(await byId('nowhere'), 'status', 'operation'), [404, 'none'])
    await hearth.request('GET', '/%no-encoding', undefined, { 'x-request-id': 'encoding' })
    assert.deepEqual(pick(await byId('encoding'), 'status', 'operation', 'code'), [
      400,
      'none',
      'door.request-malformed',
    ])
    await hearth.request('GET', '/metrics', undefined, { 'x-request-id': 'metrics' })
    assert.deepEqual(pick(await byId('metrics'), 'status', 'operation'), [200, 'GET /metrics'])

    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const signIn = (key: string, id: string) =>
      fetch(`${hearth.url}/sign-in`, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...form, 'x-request-id': id },
        body: `key=${key}`,
      })
    await signIn(ownerKey, 'in')
    await signIn('somebody-else-is-this', 'not-in')
    assert.deepEqual(pick(await byId('in'), 'what', 'status'), ['sign-in', 303])
    assert.equal((await byId('not-in'))['status'], 401)

    {
      await using socket = await openSocket(hearth.url, { 'x-request-id': 'live' })
      assert.deepEqual(pick(await byId('live'), 'door', 'what', 'principal'), ['live', 'connection', 'owner'])
      socket.send({ id: 1, call: 'reminders.list' })
      socket.send({ id: 2, watch: 'reminders.list' })
      socket.send({ id: 3, watch: 'reminders.list', input: { limit: 1 } })
      socket.send({ id: 4, call: 'words-that-are-no-operation' })
      for (let frames = 0; frames < 4; frames += 1) await socket.next()
      socket.send({ id: 2, stop: true })
      await socket.next()
    }
    assert.deepEqual(pick(await byId('live.1'), 'what', 'operation', 'status'), ['call', 'reminders.list', 200])
    assert.deepEqual(pick(await byId('live.2'), 'what', 'operation', 'status'), ['watch', 'reminders.list', 200])
    assert.deepEqual(pick(await byId('live.4'), 'operation', 'code'), ['none', 'operation.unknown'])
    const endOf = (id: string) =>
      find(({ requestId, what }) => requestId === id && what === 'watch-end', `the end of ${id}`)
    assert.equal((await endOf('live.2'))['code'], undefined)
    assert.equal((await endOf('live.3'))['code'], 'live.connection-closed')
    await find(({ requestId, what }) => requestId === 'live' && what === 'disconnection', 'the end of the connection')

    await hearth.request('GET', '/healthz', undefined, { 'x-request-id': 'probe' })
    await hearth.call('reminders.list', {}, { 'x-request-id': 'last' })
    // The same answer, over the other door: its bytes, not its letters.
    assert.equal((await byId('last'))['bytes'], (await byId('live.1'))['bytes'])
    const text = JSON.stringify(linesOf(hearth))
    for (const hidden of ['secret-place', 'words-that', 'nobody-knows', 'somebody-else', made.key, '"probe"'])
      assert.doesNotMatch(text, new RegExp(hidden), hidden)
  })

test('nothing is written of calls where that is not wanted', async () => {
  await using hearth = await startHearth({ HEARTH_ACCESS_LOG: 'off' })
  await hearth.call('reminders.list', {})
  assert.equal(existsSync(join(hearth.data, 'logs', 'access.log')), false)
})

test('an effect that failed is told of with its id, its actor and the correlation of the call', async () => {
  await using hearth = await startHearth({ HEARTH_LOG: 'debug', HEARTH_FEATURES: 'probe' })
  const call = { stream: 'a', events: 1, effect: 'http://127.0.0.1:1/x?token=hidden' }
  await hearth.call('probe.record', call, { 'x-request-id': 'mine' })
  const told = (): Line | undefined =>
    readFileSync(join(hearth.data, 'logs', 'hearth.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('an attempt at an effect'))
      .map((line) => JSON.parse(line) as Line)[0]
  await until(() => told() !== undefined, 'it is told')
  assert.deepEqual(pick(told(), 'kind', 'attempt', 'actor', 'correlation', 'how'), [
    'probe-post',
    1,
    'main/probe%3Aa/probe/a',
    'mine',
    'retry',
  ])
  const [event] = (await hearth.call('events.list', { home: 'probe:a' })).json.items
  assert.equal(told()?.['effect'], `${event.position}.0`)
})
