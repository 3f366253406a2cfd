// shows: A13, H1
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ownerKey, startHearth, startReceiver, until, type RunningHearth } from './hearth.ts'
import { held, openSocket, type Received } from './live-socket.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_WATCHERS: '20' })
})
after(() => hearth[Symbol.asyncDispose]())

const set = (text: string, home: string) => hearth.call('reminders.set', { text, at: '2040-01-01T00:00:00Z', home })
const texts = (answer: Received): string[] => answer.items.map(({ text }: { text: string }) => text)
const listed = async (home: string): Promise<Received> => (await hearth.call('reminders.list', { home })).json

test('a watch gives the whole answer first, then each change, and the client holds what a read gives', async () => {
  const home = 'first'
  await set('one', home)
  await using socket = await openSocket(hearth.url)
  socket.send({ id: 'w', watch: 'reminders.list', input: { home } })
  const first = await socket.next()
  assert.deepEqual([first.id, texts(first.snapshot)], ['w', ['one']])
  assert.match(first.position, /^\d+\.\d+$/)
  const second = await set('two', home)
  const change = await socket.next()
  assert.deepEqual([change.id, change.change[0].op, change.change[0].value.text], ['w', 'add', 'two'])
  await hearth.call('reminders.cancel', { id: second.json.id, home })
  await set('three', home)
  await until(() => texts(held(socket.frames)).includes('three'), 'the last change came')
  assert.deepEqual(held(socket.frames), await listed(home))
  await set('elsewhere', 'second')
  socket.send({ id: 'w', stop: true })
  while ((await socket.next()).result !== null);
  await set('four', home)
  socket.send({ id: 9, call: 'reminders.list', input: { home } })
  const answer = await socket.next()
  assert.deepEqual([answer.id, texts(answer.result).length], [9, 4])
  assert.ok(!JSON.stringify(socket.frames).includes('elsewhere'))
})

test('who comes back is told what changed meanwhile, or everything where that cannot be said', async () => {
  const home = 'resuming'
  await set('before', home)
  let position: string
  let had: Received
  {
    await using socket = await openSocket(hearth.url)
    socket.send({ id: 1, watch: 'reminders.list', input: { home } })
    const first = await socket.next()
    position = first.position
    had = first.snapshot
  }
  {
    await using socket = await openSocket(hearth.url)
    socket.send({ id: 1, watch: 'reminders.list', input: { home }, from: position })
    assert.deepEqual(await socket.next(), { id: 1, change: [], position })
  }
  await set('meanwhile, the first', home)
  await set('meanwhile, the second', home)
  await using socket = await openSocket(hearth.url)
  socket.send({ id: 1, watch: 'reminders.list', input: { home }, from: position })
  const changed = await socket.next()
  const now = await listed(home)
  assert.deepEqual(held([{ snapshot: had }, changed]), now)
  socket.send({ id: 2, watch: 'reminders.list', input: { home }, from: `${position.split('.')[0]}.0` })
  const reset = await socket.next()
  assert.deepEqual(reset.reset, now)
  // After a restart nothing is known of what was sent before.
  await hearth.killAndStart('server')
  await set('after the restart', home)
  await using again = await openSocket(hearth.url)
  again.send({ id: 1, watch: 'reminders.list', input: { home }, from: reset.position })
  assert.deepEqual((await again.next()).reset, await listed(home))
})

test('a view that trails is watched too: deliveries show when they have ended', async () => {
  await using receiver = await startReceiver()
  const hook = await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
  await using socket = await openSocket(hearth.url)
  socket.send({ id: 1, watch: 'webhooks.deliveries', input: { home: 'trailing' } })
  assert.deepEqual((await socket.next()).snapshot.items, [])
  await hearth.call('reminders.set', { text: 'now', at: new Date().toISOString(), home: 'trailing' })
  await until(() => held(socket.frames).items.length === 1, 'the delivery is seen')
  assert.equal(held(socket.frames).items[0].outcome, 'delivered')
  await hearth.call('webhooks.remove', { id: hook.json.id })
})

test('calls go over the same connection, under an idempotency key too', async () => {
  await using socket = await openSocket(hearth.url)
  const input = { text: 'by socket', at: '2040-01-01T00:00:00Z', home: 'calls' }
  for (const id of ['a', 'b']) socket.send({ id, call: 'reminders.set', input, key: 'once' })
  const answers = [await socket.next(), await socket.next()]
  assert.deepEqual(answers.map(({ id }) => id).toSorted(), ['a', 'b'])
  assert.deepEqual(answers[0].result, answers[1].result)
  assert.match(answers[0].position, /^\d+\.\d+$/)
  socket.send({ id: 'c', call: 'reminders.cancel', input: { id: 'nothing' } })
  const refused = await socket.next()
  assert.deepEqual([refused.id, refused.error.code, refused.error.status], ['c', 'reminders.unknown', 404])
})

test('a browser that is signed out is shown nothing more', async () => {
  const headers = { origin: hearth.url, 'content-type': 'application/x-www-form-urlencoded' }
  const signIn = await fetch(`${hearth.url}/sign-in`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ key: ownerKey }),
    redirect: 'manual',
  })
  const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  await using socket = await openSocket(hearth.url, { cookie, origin: hearth.url })
  socket.send({ id: 1, watch: 'reminders.list', input: { home: 'signed-out' } })
  assert.deepEqual((await socket.next()).snapshot.items, [])
  await set('seen', 'signed-out')
  assert.equal((await socket.next()).change[0].value.text, 'seen')
  await fetch(`${hearth.url}/sign-out`, { method: 'POST', headers: { ...headers, cookie }, redirect: 'manual' })
  await set('secret', 'signed-out')
  const last = await socket.next()
  assert.deepEqual([last.id, last.error.code, last.error.status], [1, 'auth.key-missing', 401])
  socket.send({ id: 2, call: 'reminders.list', input: {} })
  assert.equal((await socket.next()).error.code, 'auth.key-missing')
  assert.ok(!JSON.stringify(socket.frames).includes('secret'))
  await assert.rejects(openSocket(hearth.url, { cookie, origin: hearth.url }), /401/)
})

test('who is not known, comes from another site or asks for another path is refused before anything is spoken', async () => {
  await assert.rejects(openSocket(hearth.url, { authorization: 'Bearer another-key-of-a-test' }), /401/)
  await assert.rejects(openSocket(hearth.url, { origin: 'http://elsewhere.example' }), /403/)
  await assert.rejects(openSocket(hearth.url, { host: 'elsewhere.example' }), /421/)
  await assert.rejects(openSocket(`${hearth.url}/nowhere`), /404/)
  const plain = await hearth.request('GET', '/api/v1/live')
  assert.deepEqual([plain.status, plain.json.code], [426, 'live.upgrade-needed'])
})

test('bad frames get a stable code, and the connection goes on', async () => {
  await using socket = await openSocket(hearth.url)
  const codeOf = async (frame: object | string): Promise<[unknown, string]> => {
    socket.send(frame)
    const { id, error } = await socket.next()
    return [id, error.code]
  }
  assert.deepEqual(await codeOf('{'), [null, 'door.body-malformed'])
  assert.deepEqual(await codeOf('[]'), [null, 'live.frame-malformed'])
  assert.deepEqual(await codeOf('null'), [null, 'live.frame-malformed'])
  assert.deepEqual(await codeOf({ id: 1 }), [1, 'live.frame-malformed'])
  assert.deepEqual(await codeOf({ id: 1, call: 'a', watch: 'b' }), [1, 'live.frame-malformed'])
  assert.deepEqual(await codeOf({ id: 1, call: 'no.such' }), [1, 'operation.unknown'])
  assert.deepEqual(await codeOf({ id: 1, watch: 'no.such' }), [1, 'operation.unknown'])
  assert.deepEqual(await codeOf({ id: 1, watch: 'reminders.set' }), [1, 'watch.not-watchable'])
  assert.deepEqual(await codeOf({ id: 1, watch: 'events.list' }), [1, 'watch.not-watchable'])
  assert.deepEqual(await codeOf({ id: 1, watch: 'reminders.list', input: { limit: 0 } }), [1, 'input.invalid'])
  assert.deepEqual(await codeOf({ id: 1, watch: 'reminders.list', input: 7 }), [1, 'input.invalid'])
  assert.deepEqual(await codeOf({ id: 1, watch: 'reminders.list', from: 'x' }), [1, 'read.position-invalid'])
  assert.deepEqual(await codeOf({ id: 1, watch: 'reminders.list', from: '1.1,1.2' }), [1, 'read.position-invalid'])
  assert.deepEqual(await codeOf({ id: 1, call: 'reminders.list', key: 'a\n' }), [1, 'idempotency.key-invalid'])
  assert.deepEqual(await codeOf({ id: 1, call: 'reminders.list', after: 'x' }), [1, 'read.position-invalid'])
  socket.send({ id: 1, watch: 'reminders.list' })
  assert.ok((await socket.next()).snapshot)
  assert.deepEqual(await codeOf({ id: 1, watch: 'reminders.list' }), [1, 'live.id-taken'])
  socket.send('x'.repeat(2 * 1024 * 1024))
  assert.equal(await socket.closed, 1009)
})

test('a tenant may watch so much and no more, until something is let go of', async () => {
  await using socket = await openSocket(hearth.url)
  await until(async () => (await hearth.request('GET', '/api/v1/status')).json.watchers === 0, 'all others have gone')
  for (let id = 0; id < 21; id += 1) socket.send({ id, watch: 'reminders.list', input: { home: `home ${id}` } })
  const frames = []
  for (let count = 0; count < 21; count += 1) frames.push(await socket.next())
  const refused = frames.filter(({ error }) => error !== undefined)
  assert.deepEqual(
    refused.map(({ error }) => [error.code, error.status]),
    [['watch.too-many', 429]],
  )
  assert.equal((await hearth.request('GET', '/api/v1/status')).json.watchers, 20)
  socket.send({ id: frames.find(({ snapshot }) => snapshot !== undefined).id, stop: true })
  await socket.next()
  socket.send({ id: 'more', watch: 'reminders.list' })
  assert.ok((await socket.next()).snapshot)
})

test('an id that is let go of and taken again in one breath is one watch, and none is left when its connection is', async () => {
  await until(async () => (await hearth.request('GET', '/api/v1/status')).json.watchers === 0, 'all others have gone')
  await set('of the first', 'breath-1')
  await set('of the second', 'breath-2')
  {
    await using socket = await openSocket(hearth.url)
    for (let round = 0; round < 10; round += 1) {
      socket.send({ id: 1, watch: 'reminders.list', input: { home: 'breath-1' } })
      socket.send({ id: 1, stop: true })
      socket.send({ id: 1, watch: 'reminders.list', input: { home: 'breath-2' } })
      socket.send({ id: `called ${round}`, call: 'reminders.list', input: { home: 'breath-1' } })
      while ((await socket.next()).id !== `called ${round}`);
      if (round < 9) socket.send({ id: 1, stop: true })
    }
    await until(() => socket.frames.at(-1).id === 1 || socket.frames.at(-2).snapshot !== undefined, 'the last is open')
    await set('later, of the first', 'breath-1')
    await set('later, of the second', 'breath-2')
    await until(() => JSON.stringify(socket.frames).includes('later, of the second'), 'the second is watched')
    assert.ok(!JSON.stringify(socket.frames.filter(({ id }) => id === 1)).includes('later, of the first'))
    assert.equal((await hearth.request('GET', '/api/v1/status')).json.watchers, 1)
  }
  await until(async () => (await hearth.request('GET', '/api/v1/status')).json.watchers === 0, 'no seat is left')
})

test('once a person is forgotten, who comes back from before is told nothing of what was there', async () => {
  const home = 'somebody'
  await set('known before', home)
  await using staying = await openSocket(hearth.url)
  staying.send({ id: 1, watch: 'reminders.list', input: { home } })
  const { position } = await staying.next()
  await set('a secret', home)
  assert.match(JSON.stringify(await staying.next()), /a secret/)
  assert.equal((await hearth.call('people.forget', { person: home })).status, 200)
  assert.deepEqual((await staying.next()).reset.items, [])
  for (const from of [position, undefined]) {
    await using back = await openSocket(hearth.url)
    back.send({ id: 2, watch: 'reminders.list', input: { home }, ...(from === undefined ? {} : { from }) })
    const first = await back.next()
    assert.deepEqual((first.reset ?? first.snapshot)?.items, [])
    assert.doesNotMatch(JSON.stringify(back.frames), /secret|known before/)
  }
})

test('a server that stops says so to whoever watches, and ends', async () => {
  await using own = await startHearth()
  await using socket = await openSocket(own.url)
  socket.send({ id: 1, watch: 'reminders.list' })
  await socket.next()
  const { pid } = await own.serverFile()
  process.kill(pid, 'SIGTERM')
  const last = await socket.next()
  assert.deepEqual([last.id, last.error.code], [1, 'server.stopping'])
  assert.equal(await socket.closed, 1001)
})
