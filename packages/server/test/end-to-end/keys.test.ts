// shows: H1, G5
import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startHearth, until, type Answer, type RunningHearth } from './hearth.ts'
import { openSocket } from './live-socket.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_LOG: 'debug' })
})
after(() => hearth[Symbol.asyncDispose]())

interface Key {
  readonly id: string
  readonly key: string
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })
const create = async (input: object, by?: string): Promise<Key> => {
  const { status, json, text } = await hearth.call('keys.create', { name: 'test', ...input }, by ? bearer(by) : {})
  assert.equal(status, 200, text)
  return json as Key
}
const as = (key: string, operation: string, input: object = {}): Promise<Answer> =>
  hearth.call(operation, input, bearer(key))
const outcome = ({ status, json }: Answer): readonly unknown[] => [status, json.code]

const reminder = { text: 'Water the plants', at: '2030-05-01T09:00', zone: 'Europe/Berlin' }

/** Calls on one connection, which stays open in between. */
function onOneConnection(): { call(key: string, operation: string): Promise<number>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    call: (key, operation) =>
      new Promise((resolve, reject) => {
        const headers = { ...bearer(key), 'content-type': 'application/json' }
        const sending = httpRequest(`${hearth.url}/api/v1/call/${operation}`, { method: 'POST', agent, headers })
        sending.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)))
        sending.on('error', reject)
        sending.end('{}')
      }),
    close: () => agent.destroy(),
  }
}

test('a key does what its scopes say, and nothing else [H1]', async () => {
  const { key } = await create({ scopes: ['reminders.read'] })
  assert.equal((await as(key, 'reminders.list')).status, 200)
  assert.deepEqual(outcome(await as(key, 'reminders.set', reminder)), [403, 'auth.permission-missing'])
  assert.deepEqual(outcome(await as(key, 'keys.list')), [403, 'auth.permission-missing'])
  for (const path of ['/api/v1/status', '/metrics'])
    assert.equal((await hearth.request('GET', path, undefined, bearer(key))).status, 403, path)
  const area = await create({ scopes: ['reminders.*', 'status.read'] })
  assert.equal((await as(area.key, 'reminders.set', reminder)).status, 200)
  assert.equal((await hearth.request('GET', '/api/v1/status', undefined, bearer(area.key))).status, 200)
  assert.deepEqual(outcome(await as(area.key, 'webhooks.list')), [403, 'auth.permission-missing'])
})

test('what only its name gives is not given by a wide scope', async () => {
  const hook = { url: 'http://127.0.0.1:9/hook', events: ['reminder.rang'] }
  const { key } = await create({})
  assert.deepEqual(outcome(await as(key, 'webhooks.create', hook)), [422, 'network.target-refused'])
  const star = await create({ scopes: ['*'] })
  assert.deepEqual(outcome(await as(star.key, 'webhooks.create', hook)), [422, 'network.target-refused'])
  const named = await create({ scopes: ['webhooks.*', 'network.private'] })
  const made = await as(named.key, 'webhooks.create', hook)
  assert.equal(made.status, 200, made.text)
  await hearth.call('webhooks.remove', { id: made.json.id })
})

test('nobody gives away more than they have, nor takes over who has more', async () => {
  const maker = await create({ scopes: ['keys.*', 'reminders.read'] })
  assert.deepEqual(outcome(await as(maker.key, 'keys.create', { name: 'x', scopes: ['*'] })), [
    403,
    'keys.above-yourself',
  ])
  for (const scope of ['reminders.*', 'reminders.write', 'network.private'])
    assert.deepEqual(
      outcome(await as(maker.key, 'keys.create', { name: 'x', scopes: [scope] })),
      [403, 'keys.above-yourself'],
      scope,
    )
  const child = await create({}, maker.key)
  assert.equal((await as(child.key, 'reminders.list')).status, 200)
  assert.equal((await as(child.key, 'reminders.set', reminder)).status, 403)
  const strong = await create({ scopes: ['*'] })
  assert.deepEqual(outcome(await as(maker.key, 'keys.rotate', { id: strong.id })), [403, 'keys.above-yourself'])
  assert.deepEqual(outcome(await as(maker.key, 'keys.change', { id: strong.id, name: 'mine' })), [
    403,
    'keys.above-yourself',
  ])
  assert.deepEqual(outcome(await as(maker.key, 'keys.change', { id: child.id, scopes: ['*'] })), [
    403,
    'keys.above-yourself',
  ])
})

test('a key that expires or has a rate makes none that is better, of itself or of others', async () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString()
  const later = new Date(Date.now() + 7_200_000).toISOString()
  const expiring = await create({ scopes: ['keys.*', 'reminders.read'], expires: soon })
  const refused = [403, 'keys.above-yourself']
  assert.deepEqual(outcome(await as(expiring.key, 'keys.change', { id: expiring.id, expires: later })), refused)
  assert.deepEqual(outcome(await as(expiring.key, 'keys.change', { id: expiring.id, expires: null })), refused)
  assert.deepEqual(outcome(await as(expiring.key, 'keys.create', { name: 'x', expires: later })), refused)
  const child = await create({ name: 'child' }, expiring.key)
  const items = (await hearth.call('keys.list', { limit: 500 })).json.items as { id: string; expires?: string }[]
  assert.equal(items.find(({ id }) => id === child.id)?.expires, soon)
  const endless = await create({ scopes: ['reminders.read'] })
  assert.deepEqual(outcome(await as(expiring.key, 'keys.rotate', { id: endless.id })), refused)
  const slow = await create({ scopes: ['keys.*', 'reminders.read'], rate: { requests: 50, per: 'hour' } })
  assert.deepEqual(outcome(await as(slow.key, 'keys.create', { name: 'x' })), refused)
  const faster = { requests: 1000, per: 'second' }
  assert.deepEqual(outcome(await as(slow.key, 'keys.change', { id: slow.id, rate: faster })), refused)
  assert.deepEqual(outcome(await as(slow.key, 'keys.rotate', { id: endless.id })), refused)
  const strong = await create({ scopes: ['*'] })
  assert.deepEqual(outcome(await as(expiring.key, 'keys.revoke', { id: strong.id })), refused)
  assert.equal((await hearth.call('keys.change', { id: slow.id, rate: null })).status, 200)
  assert.equal((await as(slow.key, 'keys.create', { name: 'now it may' })).status, 200)
})

test('the key of whoever is forgotten goes with them, and a new one is good', async () => {
  const { id, key } = await create({ home: 'gone', scopes: ['reminders.*'] })
  const connection = onOneConnection()
  assert.equal(await connection.call(key, 'reminders.list'), 200)
  await hearth.call('people.forget', { person: 'gone' })
  assert.equal(await connection.call(key, 'reminders.list'), 401)
  connection.close()
  assert.deepEqual(outcome(await as(key, 'reminders.set', reminder)), [401, 'auth.key-unknown'])
  const { items } = (await hearth.call('keys.list', { limit: 500 })).json
  assert.equal(items.find((one: { id: string }) => one.id === id).state, 'revoked')
  const next = await create({ home: 'gone', scopes: ['reminders.*'] })
  assert.equal((await as(next.key, 'reminders.list')).status, 200)
})

test('a key that is bound to a home reaches that home and nothing else', async () => {
  const { key } = await create({ home: 'ann', scopes: ['*'] })
  const set = await as(key, 'reminders.set', reminder)
  assert.equal(set.status, 200, set.text)
  const listed = await hearth.call('reminders.list', { home: 'ann' })
  assert.deepEqual(
    listed.json.items.map(({ id }: { id: string }) => id),
    [set.json.id],
  )
  assert.equal((await as(key, 'reminders.list', { home: 'ann' })).status, 200)
  const { json } = await hearth.request('GET', '/api/v1/operations')
  const elsewhere = { home: 'ben', person: 'ben', actor: 'main/ben/reminder/rem_1' }
  const tried: string[] = []
  for (const { name, input, examples } of json.items as {
    readonly name: string
    readonly input: { readonly properties?: object }
    readonly examples: readonly { readonly input: object }[]
  }[]) {
    const named = Object.entries(elsewhere).filter(([field]) => field in (input.properties ?? {}))
    const example = examples[0]?.input ?? {}
    for (const other of named.length === 0 ? [{}] : named.map(([field, value]) => ({ [field]: value }))) {
      const rest = Object.fromEntries(Object.entries(example).filter(([field]) => !(field in elsewhere)))
      const answer = await as(key, name, { ...rest, ...other })
      // What looks at nothing that is kept is no home's, nor is what there is for all to ask.
      if (name === 'reminders.preview' || name === 'models.list' || answer.json.code === 'input.invalid') continue
      tried.push(name)
      assert.deepEqual([name, ...outcome(answer)], [name, 403, 'auth.home-refused'], answer.text)
    }
  }
  for (const name of ['webhooks.list', 'keys.list', 'effects.list', 'log.verify', 'reminders.list', 'people.export'])
    assert.ok(tried.includes(name), name)
  for (const path of ['/api/v1/status', '/metrics'])
    assert.equal((await hearth.request('GET', path, undefined, bearer(key))).json?.code, 'auth.home-refused', path)
  await using socket = await openSocket(hearth.url, bearer(key))
  socket.send({ id: 1, watch: 'reminders.list', input: { home: 'ben' } })
  assert.equal((await socket.next()).error.code, 'auth.home-refused')
  socket.send({ id: 2, watch: 'reminders.list', input: {} })
  assert.equal((await socket.next()).snapshot.items.length, 1)
})

test('a revoked key is refused from that answer on: at once, on open connections and sockets too', async () => {
  const { id, key } = await create({ scopes: ['reminders.read'] })
  const connection = onOneConnection()
  await using socket = await openSocket(hearth.url, bearer(key))
  socket.send({ id: 1, watch: 'reminders.list', input: {} })
  assert.ok('snapshot' in (await socket.next()))
  assert.equal(await connection.call(key, 'reminders.list'), 200)
  assert.equal((await hearth.call('keys.revoke', { id })).status, 200)
  assert.equal(await connection.call(key, 'reminders.list'), 401)
  socket.send({ id: 2, call: 'reminders.list', input: {} })
  assert.equal((await socket.next()).error.code, 'auth.key-unknown')
  await hearth.call('reminders.set', reminder)
  assert.deepEqual([(await socket.next()).error.code], ['auth.key-unknown'])
  connection.close()
  assert.equal((await hearth.call('keys.revoke', { id })).status, 200)
  assert.deepEqual(outcome(await hearth.call('keys.rotate', { id })), [409, 'keys.revoked'])
  assert.deepEqual(outcome(await hearth.call('keys.revoke', { id: 'key_none' })), [404, 'keys.unknown'])
})

test('a rotated key has a new secret, and the former one for as long as was said', async () => {
  const { id, key } = await create({ scopes: ['reminders.read'] })
  const second = (await hearth.call('keys.rotate', { id, overlap: 'PT1H' })).json as Key
  assert.equal(second.id, id)
  assert.notEqual(second.key, key)
  for (const one of [key, second.key]) assert.equal((await as(one, 'reminders.list')).status, 200)
  const third = (await hearth.call('keys.rotate', { id })).json as Key
  for (const one of [key, second.key])
    assert.deepEqual(outcome(await as(one, 'reminders.list')), [401, 'auth.key-unknown'])
  assert.equal((await as(third.key, 'reminders.list')).status, 200)
  assert.deepEqual(outcome(await hearth.call('keys.rotate', { id, overlap: 'P8D' })), [400, 'input.invalid'])
})

test('a key expires when it was to, and what is changed of it counts at once', async () => {
  const { id, key } = await create({
    scopes: ['reminders.read'],
    expires: new Date(Date.now() + 3_600_000).toISOString(),
  })
  const connection = onOneConnection()
  assert.equal(await connection.call(key, 'reminders.list'), 200)
  await hearth.call('keys.change', { id, expires: new Date(Date.now() + 300).toISOString() })
  await until(async () => (await connection.call(key, 'reminders.list')) === 401, 'the key expires')
  assert.deepEqual(outcome(await as(key, 'reminders.list')), [401, 'auth.key-expired'])
  connection.close()
  await hearth.call('keys.change', { id, expires: '2099-01-01T00:00:00Z', scopes: ['reminders.write'] })
  assert.deepEqual(outcome(await as(key, 'reminders.list')), [403, 'auth.permission-missing'])
  for (const input of [
    { expires: '2001-01-01T00:00:00Z' },
    { expires: 'soon' },
    { scopes: ['nothing.read'] },
    { scopes: ['reminders.x.*'] },
    { scopes: [] },
  ])
    assert.deepEqual(
      outcome(await hearth.call('keys.create', { name: 'x', ...input })),
      [400, 'input.invalid'],
      JSON.stringify(input),
    )
})

test('a key calls as often as it may, over every door', async () => {
  const { key, id } = await create({ scopes: ['reminders.read'], rate: { requests: 5, per: 'hour' } })
  const answers = await Promise.all(Array.from({ length: 12 }, () => as(key, 'reminders.list')))
  assert.equal(answers.filter(({ status }) => status === 200).length, 5)
  const refused = answers.find(({ status }) => status === 429)
  assert.equal(refused?.json.code, 'rate.exceeded')
  assert.ok(Number(refused?.headers.get('retry-after')) > 600, String(refused?.headers.get('retry-after')))
  await using socket = await openSocket(hearth.url, bearer(key))
  socket.send({ id: 1, call: 'reminders.list', input: {} })
  assert.equal((await socket.next()).error.code, 'rate.exceeded')
  socket.send({ id: 2, watch: 'reminders.list', input: {} })
  assert.equal((await socket.next()).error.code, 'rate.exceeded')
  await hearth.call('keys.change', { id, rate: { requests: 6, per: 'hour' } })
  assert.equal((await as(key, 'reminders.list')).status, 200)
})

test('the list says what each key is, and when it was last used, and no secret', async () => {
  const { id, key } = await create({ name: 'listed', scopes: ['reminders.read'], rate: { requests: 9, per: 'minute' } })
  const item = async () => {
    const { json } = await hearth.call('keys.list', { limit: 500 })
    return (json.items as { id: string; created: string; used?: string }[]).find((one) => one.id === id)
  }
  assert.equal((await item())?.used, undefined)
  await as(key, 'reminders.list')
  await until(async () => (await item())?.used !== undefined, 'its use is noted')
  const { used: _, ...rest } = (await item()) as { readonly used: string; readonly created: string }
  assert.deepEqual(rest, {
    id,
    name: 'listed',
    scopes: ['reminders.read'],
    created: rest.created,
    rate: { requests: 9, per: 'minute' },
    state: 'active',
  })
})

test('whoever tries many keys gets in with none, is told to stop, and the owner is served all the while', async () => {
  const { key } = await create({ scopes: ['reminders.read'] })
  const near = [key.slice(0, -1), `${key}x`, `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`, key.toUpperCase()]
  const strange = Array.from(
    { length: 60 },
    (_, index) => `hearth_${'0'.repeat(26)}_${String(index).padStart(43, 'a')}`,
  )
  const codes = new Map<string, number>()
  for (const tried of [...near, ...strange]) {
    const { json } = await as(tried, 'reminders.list')
    codes.set(json.code, (codes.get(json.code) ?? 0) + 1)
  }
  assert.deepEqual([...codes.keys()], ['auth.key-unknown', 'auth.too-many-attempts'])
  assert.equal((await hearth.call('reminders.list', {})).status, 200)
  assert.equal((await as(key, 'reminders.list')).status, 200)
})

test('a secret is in no file of the server: not in its log, its database or anywhere else', async () => {
  const kept = await hearth.call('keys.create', { name: 'kept' }, { 'idempotency-key': 'to be given again' })
  const { key } = kept.json as Key
  const rotated = (await hearth.call('keys.rotate', { id: key.replace(/^hearth_(.*)_.{43}$/, 'key_$1') })).json as Key
  const value = `a secret of somebody ${'x'.repeat(30)}`
  assert.equal(
    (await hearth.call('secrets.put', { name: 'api', value }, { 'idempotency-key': 'kept too' })).status,
    200,
  )
  assert.deepEqual(Object.keys((await hearth.call('secrets.list', {})).json.items[0]), ['name', 'changed'])
  await as(`${rotated.key}x`, 'reminders.list')
  await hearth.call('keys.list', {})
  const { postgres } = (await hearth.serverFile()) as unknown as { readonly postgres: { readonly data: string } }
  const folders = [hearth.data, postgres.data]
  let files = 0
  for (const folder of folders)
    for await (const name of glob('**/*', { cwd: folder })) {
      const bytes = await readFile(join(folder, name)).catch(() => null)
      if (bytes === null) continue
      files += 1
      for (const secret of [key, rotated.key, value])
        assert.ok(!bytes.includes(secret.slice(-43)), `${name} holds the secret of a key`)
    }
  assert.ok(files > 20)
})
