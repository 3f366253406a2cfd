// shows: B2, H1
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { startHearth, startReceiver, until, type Delivery, type RunningHearth } from './hearth.ts'
import { onlyWhenLong } from '@hearth/testing/long'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({})
})
after(() => hearth[Symbol.asyncDispose]())

const done = async (operation: string, input: unknown) => {
  const { status, json, text } = await hearth.call(operation, input)
  assert.equal(status, 200, text)
  return json
}
const create = async (url: string, more: object = {}): Promise<{ readonly id: string; readonly secret: string }> =>
  await done('webhooks.create', { url, events: ['reminder.rang'], ...more })
const ring = async (text: string) => await done('reminders.set', { text, at: new Date().toISOString() })
const listed = async (id: string) =>
  (await done('webhooks.list', {})).items.find((item: { readonly id: string }) => item.id === id)
const attemptsOf = async (id: string, more: object = {}) => (await done('webhooks.attempts', { id, ...more })).items
const texts = (deliveries: readonly Delivery[]) => deliveries.map(({ body }) => JSON.parse(body).data.text)
/** What a test made goes with it. */
const removing = (context: TestContext, ...ids: readonly string[]): void =>
  context.after(async () => {
    for (const id of ids) await hearth.call('webhooks.remove', { id })
  })

test('the attempts of a webhook are listed: those that were tried again, and how each delivery ended', async (context) => {
  const answers = [500, 302, 204]
  await using receiver = await startReceiver(() => answers.shift() ?? 204)
  const { id } = await create(receiver.url)
  removing(context, id)
  assert.equal((await listed(id)).state, 'active')
  await ring('twice in vain')
  await until(async () => (await attemptsOf(id)).length === 3, 'three attempts are listed')
  const [last, second, first] = await attemptsOf(id)
  const told = JSON.parse(receiver.deliveries[0]?.body ?? '{}')
  assert.deepEqual(
    [last, second, first].map(({ message, event, attempt, outcome, answer }) => [
      message,
      event,
      attempt,
      outcome,
      answer,
    ]),
    [
      [told.id, 'reminder.rang', 3, 'delivered', '204'],
      [told.id, 'reminder.rang', 2, 'retrying', 'the receiver answered 302, and no redirect is followed'],
      [told.id, 'reminder.rang', 1, 'retrying', 'the receiver answered 500'],
    ],
  )
  for (const { ms } of [last, second, first]) assert.ok(Number.isInteger(ms) && ms >= 0)
  assert.equal(last.next, undefined)
  assert.ok(first.next > first.at && first.next <= second.at && second.next > second.at)

  await ring('at once')
  await until(async () => (await attemptsOf(id)).length === 4, 'four are')
  const pages: unknown[] = []
  for (let from: string | undefined; ;) {
    const { items, next } = await done('webhooks.attempts', {
      id,
      limit: 1,
      ...(from === undefined ? {} : { after: from }),
    })
    pages.push(...items)
    if (next === null) break
    from = next
  }
  assert.deepEqual(pages, await attemptsOf(id))
  const byPath = await hearth.request('GET', `/api/v1/webhooks/${id}/attempts?limit=2`)
  assert.deepEqual(byPath.json.items, pages.slice(0, 2))

  await until(async () => (await listed(id)).state === 'active', 'it is well again')
  const { lastDelivered, lastFailure, failingSince } = await listed(id)
  assert.deepEqual([lastDelivered, failingSince], [(await attemptsOf(id))[0].at, undefined])
  assert.match(lastFailure.reason, /answered 302/)
})

test('a receiver that fails shows as failing until something is delivered', async (context) => {
  let status = 503
  await using receiver = await startReceiver(() => status)
  const { id } = await create(receiver.url)
  removing(context, id)
  await ring('in vain for a while')
  await until(async () => (await listed(id)).state === 'failing', 'it is failing')
  const { failingSince, lastFailure, lastDelivered } = await listed(id)
  assert.deepEqual([lastFailure.reason, lastDelivered], ['the receiver answered 503', undefined])
  assert.ok(failingSince <= lastFailure.at)
  await until(
    async () => (await hearth.request('GET', '/api/v1/status')).json.webhooks.failing === 1,
    'the status counts it',
  )
  assert.match((await hearth.request('GET', '/metrics')).text, /^hearth_webhooks\{state="failing"\} 1$/m)
  status = 204
  // A test that is answered is as good as a delivery.
  assert.deepEqual(await done('webhooks.test', { id }), { ok: true, status: 204 })
  await until(async () => (await listed(id)).state === 'active', 'it is well')
})

test('one that answers 410 is disabled at once, with a notice, and told nothing until it is enabled', async (context) => {
  let status = 410
  await using receiver = await startReceiver(() => status)
  await using watcher = await startReceiver()
  await using both = await startReceiver()
  const gone = await create(receiver.url, { events: ['reminder.rang', 'webhook.disabled'] })
  const told = await create(watcher.url, { events: ['webhook.disabled'] })
  const other = await create(both.url)
  removing(context, gone.id, told.id, other.id)
  await ring('to one that is gone')
  await until(async () => (await listed(gone.id)).state === 'disabled', 'it is disabled')
  const { disabled } = await listed(gone.id)
  assert.equal(disabled.reason, 'the receiver answered 410')
  await until(() => watcher.deliveries.length === 1, 'another is told')
  const [notice] = watcher.deliveries as unknown as readonly [Delivery]
  const announced = new Webhook(told.secret).verify(notice.body, notice.headers as Record<string, string>)
  assert.deepEqual(announced, {
    id: `disabled_${gone.id}.${Date.parse(disabled.at)}`,
    type: 'webhook.disabled',
    at: disabled.at,
    data: { webhook: gone.id, reason: disabled.reason },
  })
  const { json } = await hearth.request('GET', '/api/v1/status')
  assert.equal(json.webhooks.disabled, 1)
  assert.match((await hearth.request('GET', '/metrics')).text, /^hearth_webhooks\{state="disabled"\} 1$/m)
  const logs = join(hearth.data, 'logs')
  const said = async () =>
    (await Promise.all((await readdir(logs)).map((file) => readFile(join(logs, file), 'utf8')))).join('')
  await until(async () => (await said()).includes('a webhook was disabled'), 'the log says so')

  await ring('while it is disabled')
  await until(() => both.deliveries.length === 2, 'the other one is told')
  assert.equal(receiver.deliveries.length, 1)
  status = 204
  assert.deepEqual(await done('webhooks.test', { id: gone.id }), { ok: true, status: 204 })
  assert.equal((await listed(gone.id)).state, 'disabled')
  await hearth.killAndStart('server')
  assert.equal((await listed(gone.id)).state, 'disabled')
  await done('webhooks.enable', { id: gone.id })
  await done('webhooks.enable', { id: gone.id })
  assert.equal((await listed(gone.id)).state, 'active')
  await ring('when it is enabled')
  await until(() => receiver.deliveries.length === 3, 'it is told again')
  assert.deepEqual(texts(receiver.deliveries).slice(-1), ['when it is enabled'])
  // Nothing of what it was not told is told later, and of itself it was told nothing.
  assert.deepEqual(
    receiver.deliveries.map(({ body }) => JSON.parse(body).type),
    ['reminder.rang', 'webhook.test', 'reminder.rang'],
  )
  const unknown = await hearth.call('webhooks.enable', { id: 'wh_none' })
  assert.deepEqual([unknown.status, unknown.json.code], [404, 'webhooks.unknown'])
})

test('deliveries that are owed to a webhook when it is disabled end, and say why', async (context) => {
  let status = 500
  await using receiver = await startReceiver(() => status)
  const { id } = await create(receiver.url)
  removing(context, id)
  await ring('owed')
  await until(() => receiver.deliveries.length >= 2, 'it is owed')
  status = 410
  await ring('the last')
  await until(
    async () => (await attemptsOf(id)).filter((one: { outcome: string }) => one.outcome === 'failed').length === 2,
    'both ended',
  )
  const ended = (await attemptsOf(id)).filter((one: { outcome: string }) => one.outcome === 'failed')
  assert.deepEqual(
    new Set(ended.map(({ answer }: { readonly answer: string }) => answer)),
    new Set(['the receiver answered 410', 'the webhook was disabled: the receiver answered 410']),
  )
})

test('a webhook is moved and told of something else, its secret changes, and for a while both sign', async (context) => {
  await using before = await startReceiver()
  await using receiver = await startReceiver()
  const { id, secret } = await create(before.url)
  removing(context, id)
  await done('webhooks.change', { id, url: receiver.url })
  assert.deepEqual([(await listed(id)).url, (await listed(id)).events], [receiver.url, ['reminder.rang']])
  const verifies = (key: string, { body, headers }: Delivery): boolean => {
    try {
      new Webhook(key).verify(body, headers as Record<string, string>)
      return true
    } catch {
      return false
    }
  }
  const latest = async (count: number): Promise<Delivery> => {
    await ring(`number ${count}`)
    await until(() => receiver.deliveries.length === count, `${count} came`)
    return receiver.deliveries[count - 1] as Delivery
  }
  assert.ok(verifies(secret, await latest(1)))
  assert.equal(before.deliveries.length, 0)
  const rotated = await done('webhooks.rotate', { id, overlap: 'PT1H' })
  assert.notEqual(rotated.secret, secret)
  const second = await latest(2)
  assert.match(String(second.headers['webhook-signature']), /^v1,\S+ v1,\S+$/)
  assert.deepEqual([verifies(secret, second), verifies(rotated.secret, second)], [true, true])
  const given = `whsec_${Buffer.alloc(24, 3).toString('base64')}`
  assert.equal((await done('webhooks.rotate', { id, secret: given, overlap: 'PT0S' })).secret, given)
  const third = await latest(3)
  assert.deepEqual([verifies(rotated.secret, third), verifies(given, third)], [false, true])

  await done('webhooks.change', { id, events: ['webhook.disabled'] })
  await ring('told to nobody')
  const owed = await done('effects.list', { state: 'owed' })
  assert.deepEqual(
    owed.items.filter(({ kind }: { readonly kind: string }) => kind === 'webhook'),
    [],
  )
  for (const [input, code] of [
    [{ id }, 'input.invalid'],
    [{ id, url: 'ftp://example.com' }, 'input.invalid'],
    [{ id: 'wh_none', events: ['reminder.rang'] }, 'webhooks.unknown'],
  ] as const)
    assert.equal((await hearth.call('webhooks.change', input)).json.code, code)
  assert.equal((await hearth.call('webhooks.rotate', { id, overlap: 'P8D' })).json.code, 'input.invalid')
})

test('two changes at once do not undo each other', async (context) => {
  const { id } = await create('http://127.0.0.1:9/')
  removing(context, id)
  const answers = await Promise.all([
    hearth.call('webhooks.change', { id, url: 'http://127.0.0.1:10/' }),
    hearth.call('webhooks.rotate', { id }),
    hearth.call('webhooks.change', { id, url: 'http://127.0.0.1:11/' }),
  ])
  for (const { status, json } of answers) assert.ok(status === 200 || json.code === 'webhooks.changed-meanwhile')
  assert.ok(answers.some(({ status }) => status === 200))
})

test('a key without network.private neither moves a webhook inside nor learns what is there', async (context) => {
  await using inside = await startReceiver()
  const { id } = await create(inside.url)
  const key = await done('keys.create', { name: 'outside', scopes: ['webhooks.*'] })
  const as = (operation: string, input: object) => hearth.call(operation, input, { authorization: `Bearer ${key.key}` })
  const port = new URL(inside.url).port
  const answers: string[] = []
  for (const host of [`127.0.0.1:${port}`, '127.0.0.1:1', `localhost:${port}`, `[::ffff:7f00:1]:${port}`, '10.0.0.1'])
    for (const [operation, more] of [
      ['webhooks.change', { id }],
      ['webhooks.create', { events: ['reminder.rang'] }],
    ] as const) {
      const { status, json } = await as(operation, { ...more, url: `http://${host}/` })
      answers.push(`${status} ${json.code} ${json.detail}`)
    }
  assert.deepEqual(
    [...new Set(answers)],
    ['422 network.target-refused This key may not name private or loopback addresses.'],
  )
  // Where it is moved outside by such a key it stays outside, also where the name leads inside later.
  assert.equal((await as('webhooks.change', { id, url: 'http://no-such-name.invalid/' })).status, 200)
  assert.equal((await as('webhooks.test', { id })).json.reason, 'its name was not found')
  removing(context, id)
  assert.equal(inside.deliveries.length, 0)
})

interface Raw {
  readonly url: string
  /** The most connections that were open at once. */
  most(): number
  open(): number
}

/** A receiver that speaks for itself on each connection. */
async function startRaw(context: TestContext, answer: (socket: Socket) => unknown): Promise<Raw> {
  const open = new Set<Socket>()
  let most = 0
  const server = createServer((socket) => {
    open.add(socket)
    most = Math.max(most, open.size)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.once('data', () => answer(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, most: () => most, open: () => open.size }
}

const often = (socket: Socket, text: string): void => {
  const timer = setInterval(() => socket.write(text), 50)
  socket.on('close', () => clearInterval(timer))
}
const pour = (socket: Socket, text: string): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
  }
  socket.on('drain', more)
  more()
}

const hostile: Readonly<Record<string, { readonly answer: (socket: Socket) => unknown; readonly said: RegExp }>> = {
  silent: { answer: () => undefined, said: /^no answer within \d+ ms$/ },
  'slow head': { answer: (socket) => often(socket, 'HTTP/1.1 200 OK\r\n'), said: /not HTTP/ },
  'slow body': {
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
      often(socket, 'x')
    },
    said: /^200$/,
  },
  'endless body': { answer: (socket) => pour(socket, `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(60_000)}`), said: /^200$/ },
  'endless interim': { answer: (socket) => pour(socket, 'HTTP/1.1 102 x\r\n\r\n'.repeat(500)), said: /interim/ },
  reset: { answer: (socket) => socket.resetAndDestroy(), said: /closed without an answer/ },
}

// They are waited for until they are cut, half a minute in all: .ci/run has it.
test(
  'hostile receivers keep eight places each, end with a reason, and keep nobody else waiting',
  onlyWhenLong,
  async (context) => {
    await using receiver = await startReceiver()
    const { id } = await create(receiver.url)
    const all = await Promise.all(
      Object.entries(hostile).map(async ([name, { answer, said }]) => {
        const raw = await startRaw(context, answer)
        return { name, said, raw, ...(await create(raw.url)) }
      }),
    )
    const wanted = Array.from({ length: 40 }, (_, index) => `meanwhile ${index}`)
    await Promise.all(wanted.map((text) => ring(text)))
    await until(() => receiver.deliveries.length === wanted.length, 'all were told to the one that takes them')
    assert.deepEqual(texts(receiver.deliveries).toSorted(), wanted.toSorted())
    for (const one of all) {
      await until(async () => (await attemptsOf(one.id)).length > 0, `${one.name} is listed`)
      for (const { answer } of await attemptsOf(one.id)) assert.match(answer, one.said, one.name)
      // One that was closed here is seen to be closed there a moment later.
      assert.ok(one.raw.most() <= 16, `${one.name} held ${one.raw.most()}`)
    }
    for (const one of [{ id }, ...all]) await done('webhooks.remove', { id: one.id })
    await until(() => all.every(({ raw }) => raw.open() === 0), 'no connection stays')
  },
)
