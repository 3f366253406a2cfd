// shows: B10, H1, H3, B2
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startHearth, startReceiver, until, type RunningHearth } from './hearth.ts'
import { onlyWhenLong } from '@hearth/testing/long'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
})
after(() => hearth[Symbol.asyncDispose]())

const soon = (ms: number): string => new Date(Date.now() + ms).toISOString()

test('a reminder rings at a signed webhook, once, and its ledger says so [B2]', async () => {
  await using receiver = await startReceiver()
  const created = await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
  assert.match(created.json.secret, /^whsec_/)
  const at = soon(300)
  const set = await hearth.call('reminders.set', { text: 'Water the plants', at })
  assert.equal(set.json.next, at)
  await until(() => receiver.deliveries.length > 0, 'the webhook came')
  const [delivery] = receiver.deliveries
  const told = JSON.parse(delivery?.body ?? '')
  assert.equal(told.type, 'reminder.rang')
  assert.equal(told.id, delivery?.headers['webhook-id'])
  assert.deepEqual(
    { ...told.data, occurrence: null },
    { reminder: set.json.id, occurrence: null, due: at, late: false, text: 'Water the plants' },
  )
  const ledger = await hearth.call('reminders.occurrences', { id: set.json.id })
  assert.equal(ledger.json.items.length, 1)
  assert.equal(ledger.json.items[0].occurrence, told.data.occurrence)
  await until(async () => {
    const { json } = await hearth.call('events.list', { actor: `main/owner/reminder/${set.json.id}` })
    return (
      json.items.map((item: { type: string }) => item.type).join() === 'reminder.set,reminder.rang,webhook.delivered'
    )
  }, 'the log tells the whole story')
  await hearth.call('webhooks.remove', { id: created.json.id })
  assert.equal(receiver.deliveries.length, 1)
})

test('what was not answered with 2xx is told again under the same id, and 410 ends it', async () => {
  const answers = [500, 302, 204]
  await using flaky = await startReceiver(() => answers.shift() ?? 204)
  await using gone = await startReceiver(() => 410)
  const hooks = await Promise.all(
    [flaky, gone].map(({ url }) => hearth.call('webhooks.create', { url, events: ['reminder.rang'] })),
  )
  const set = await hearth.call('reminders.set', { text: 'again', at: soon(0) })
  await until(() => flaky.deliveries.length === 3, 'three attempts')
  assert.equal(new Set(flaky.deliveries.map(({ headers }) => headers['webhook-id'])).size, 1)
  await until(async () => {
    const { json } = await hearth.call('events.list', { actor: `main/owner/reminder/${set.json.id}` })
    return json.items.filter((item: { type: string }) => item.type.startsWith('webhook.')).length === 2
  }, 'both deliveries ended')
  assert.equal(gone.deliveries.length, 1)
  for (const hook of hooks) await hearth.call('webhooks.remove', { id: hook.json.id })
})

test('set, cancelled, never rung; cancelling twice is the same, and a stranger is not found', async () => {
  const set = await hearth.call('reminders.set', { text: 'never', at: soon(60_000) })
  const id: string = set.json.id
  assert.equal((await hearth.call('reminders.cancel', { id })).status, 200)
  assert.equal((await hearth.request('DELETE', `/api/v1/reminders/${id}`)).status, 200)
  const [item] = (await hearth.request('GET', '/api/v1/reminders?state=cancelled')).json.items
  assert.deepEqual([item.id, item.state, item.next], [id, 'cancelled', null])
  const unknown = await hearth.call('reminders.cancel', { id: 'rem_nobody' })
  assert.deepEqual([unknown.status, unknown.json.code], [404, 'reminders.unknown'])
})

test('lists are paged by cursor, without a gap or a double', async () => {
  const texts = Array.from({ length: 7 }, (_, index) => `page ${index}`)
  for (const text of texts) await hearth.call('reminders.set', { text, at: '2090-01-01T00:00:00Z', home: 'pages' })
  const seen: string[] = []
  let after: string | null = null
  do {
    const { json } = await hearth.call('reminders.list', {
      home: 'pages',
      limit: 3,
      ...(after === null ? {} : { after }),
    })
    seen.push(...json.items.map((item: { text: string }) => item.text))
    after = json.next
  } while (after !== null)
  assert.deepEqual(seen, texts)
})

test('one key is one call, at once or later, whatever the path, and for another input it is refused [H1]', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  const input = { text: 'once', at: '2091-01-01T00:00:00Z', home: 'keys' }
  const answers = await Promise.all([
    hearth.call('reminders.set', input, headers),
    hearth.call('reminders.set', { home: 'keys', at: input.at, text: 'once' }, headers),
    hearth.request('POST', '/api/v1/reminders', input, headers),
  ])
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
  assert.deepEqual(
    answers.map(({ headers: given }) => given.get('idempotency-replayed')).sort(),
    ['true', 'true', null].sort(),
  )
  const other = await hearth.call('reminders.set', { ...input, home: 'elsewhere' }, headers)
  assert.deepEqual([other.status, other.json.code], [422, 'idempotency.key-reused'])
  assert.equal((await hearth.call('reminders.list', { home: 'keys' })).json.items.length, 1)
  const refusedKey = { 'idempotency-key': randomUUID() }
  const first = await hearth.call('reminders.cancel', { id: 'rem_gone' }, refusedKey)
  const again = await hearth.call('reminders.cancel', { id: 'rem_gone' }, refusedKey)
  assert.equal(again.text, first.text)
  assert.equal(again.headers.get('idempotency-replayed'), 'true')
  const invalidKey = { 'idempotency-key': randomUUID() }
  assert.equal((await hearth.call('reminders.set', { text: 'x', at: 'tomorrow' }, invalidKey)).status, 400)
  assert.equal(
    (await hearth.call('reminders.set', { text: 'x', at: '2091-01-01T00:00:00Z', home: 'keys2' }, invalidKey)).status,
    200,
  )
})

const wrong: readonly (readonly [what: string, input: unknown, status: number, code: string])[] = [
  ['no time', { text: 'x' }, 400, 'input.invalid'],
  ['an unknown field', { text: 'x', at: '2030-01-01T00:00:00Z', when: 1 }, 400, 'input.invalid'],
  ['a wrong type', { text: 1, at: '2030-01-01T00:00:00Z' }, 400, 'input.invalid'],
  ['an empty text', { text: '', at: '2030-01-01T00:00:00Z' }, 400, 'input.invalid'],
  ['a NUL', { text: 'a\u0000b', at: '2030-01-01T00:00:00Z' }, 400, 'input.invalid'],
  ['a day that is not', { text: 'x', at: '2030-02-30T00:00:00Z' }, 400, 'input.invalid'],
  ['the year 10000', { text: 'x', at: '+010000-01-01T00:00:00Z' }, 400, 'input.invalid'],
  ['before 1970', { text: 'x', at: '1969-12-31T23:59:59Z' }, 400, 'input.invalid'],
  [
    'zone and offset',
    { text: 'x', at: '2030-01-01T00:00:00+01:00', zone: 'Europe/Berlin' },
    422,
    'reminders.zone-and-offset',
  ],
  ['no such zone', { text: 'x', at: '2030-01-01T00:00', zone: 'Mars/Base' }, 400, 'input.invalid'],
  ['a rule that is none', { text: 'x', rule: 'FREQ=SOMETIMES' }, 400, 'input.invalid'],
  ['a rule in letters that only look right', { text: 'x', rule: 'FREQ=DA\u0131LY' }, 400, 'input.invalid'],
  [
    'a rule too rare to be followed',
    {
      text: 'x',
      rule: 'FREQ=SECONDLY;INTERVAL=86401;BYHOUR=9;BYMINUTE=0;BYSECOND=0',
      start: '2030-01-01T09:00',
      zone: 'UTC',
    },
    422,
    'reminders.too-far',
  ],
  ['a rule without an end to its interval', { text: 'x', rule: 'FREQ=DAILY;INTERVAL=0' }, 400, 'input.invalid'],
  ['a rule that never occurs', { text: 'x', rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, 422, 'reminders.never'],
  [
    'every second since 1970, each',
    { text: 'x', rule: 'FREQ=SECONDLY', start: '1970-01-01T00:00:00Z', catchUp: 'each' },
    422,
    'reminders.too-many-missed',
  ],
  ['null', null, 400, 'input.invalid'],
  ['a list', [], 400, 'input.invalid'],
]

test('bad input gets its status, a stable code and nothing of the inside, and leaves nothing behind', async () => {
  const before_ = (await hearth.call('events.list', { limit: 500 })).json.items.length
  for (const [what, input, status, code] of wrong) {
    const answer = await hearth.call('reminders.set', input)
    assert.deepEqual([what, answer.status, answer.json.code], [what, status, code])
    assert.equal(answer.headers.get('content-type')?.startsWith('application/problem+json'), true)
    assert.doesNotMatch(answer.text, /\.ts|node_modules|at async|select |hearth\./)
  }
  assert.equal((await hearth.call('events.list', { limit: 500 })).json.items.length, before_)
})

test('webhooks take addresses and secrets of the right form only', async () => {
  for (const url of [
    'ftp://example.com',
    'example.com',
    'http://user:secret@example.com/',
    'javascript:alert(1)',
    'http://example.com:0/',
  ]) {
    assert.deepEqual(
      [url, (await hearth.call('webhooks.create', { url, events: ['reminder.rang'] })).json.code],
      [url, 'input.invalid'],
    )
  }
  for (const secret of [
    'short',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'whsec_!!!!',
  ]) {
    assert.equal(
      (await hearth.call('webhooks.create', { url: 'http://127.0.0.1:9/', events: ['reminder.rang'], secret })).json
        .code,
      'input.invalid',
    )
  }
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
  const created = await hearth.call('webhooks.create', {
    url: 'http://127.0.0.1:9/',
    events: ['reminder.rang'],
    secret,
  })
  assert.equal(created.json.secret, secret)
  const { text } = await hearth.call('events.list', { home: '~tenant' })
  assert.equal(text.includes(secret) || text.includes(secret.slice(6)), false)
  assert.equal((await hearth.call('webhooks.list', {})).text.includes('whsec_'), false)
  await hearth.call('webhooks.remove', { id: created.json.id })
})

test('everything is killed, and what was acknowledged is there and rings once [B10, H3]', onlyWhenLong, async () => {
  await using receiver = await startReceiver()
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'], secret })
  const set: string[] = []
  for (const whom of ['server', 'postgres', 'both'] as const) {
    for (let index = 0; index < 5; index += 1) {
      const { json } = await hearth.call('reminders.set', {
        text: `${whom} ${index}`,
        at: soon(400 + 50 * index),
        home: `kill-${whom}`,
      })
      set.push(json.id)
    }
    await hearth.killAndStart(whom)
    await until(async () => (await hearth.request('GET', '/readyz')).status === 200, 'ready again')
  }
  const rung = () => new Set(receiver.deliveries.map(({ body }) => JSON.parse(body).data.reminder as string))
  await until(() => set.every((id) => rung().has(id)), 'all have rung')
  assert.deepEqual([...rung()].sort(), set.toSorted())
  assert.equal(new Set(receiver.deliveries.map(({ headers }) => headers['webhook-id'])).size, set.length)
})

test('catching up after the server was away: once, each and skip', async () => {
  const start = new Date(Date.now() - 30_000).toISOString()
  const rule = 'FREQ=SECONDLY;INTERVAL=10;COUNT=3'
  const ids = new Map<string, string>()
  for (const catchUp of ['once', 'each', 'skip']) {
    ids.set(
      catchUp,
      (await hearth.call('reminders.set', { text: catchUp, rule, start, catchUp, home: 'catch-up' })).json.id,
    )
  }
  const ledgerOf = async (catchUp: string) =>
    (await hearth.call('reminders.occurrences', { id: ids.get(catchUp), home: 'catch-up' })).json.items as {
      due: string
      rungAt?: string
      late: boolean
    }[]
  await until(async () => (await ledgerOf('each')).length === 3, 'each rang')
  const each = await ledgerOf('each')
  assert.deepEqual(
    each.map(({ due }) => Date.parse(due) - Date.parse(start)),
    [0, 10_000, 20_000],
  )
  assert.ok(each.every(({ late, rungAt }) => late && rungAt !== undefined))
  const once = await ledgerOf('once')
  assert.deepEqual(
    once.map(({ due, late }) => [Date.parse(due) - Date.parse(start), late]),
    [[20_000, true]],
  )
  assert.deepEqual(
    (await ledgerOf('skip')).map(({ rungAt }) => rungAt),
    [undefined],
  )
})

test('a rule of odd seconds since 1990 rings once, and skipping it not at all', async () => {
  const input = {
    text: 'odd',
    rule: 'FREQ=SECONDLY;INTERVAL=13;BYDAY=MO;BYSECOND=1,7;UNTIL=20261116T235959',
    start: '1990-01-01T00:00:00',
    zone: 'Europe/Berlin',
    home: 'odd',
  }
  for (const [catchUp, type] of [
    ['once', 'reminder.rang'],
    ['skip', 'reminder.passed'],
  ]) {
    const { json } = await hearth.call('reminders.set', { ...input, catchUp })
    const happened = async (): Promise<string[]> =>
      (await hearth.call('events.list', { actor: `main/odd/reminder/${json.id}` })).json.items.map(
        (item: { type: string }) => item.type,
      )
    await until(async () => (await happened()).length > 1, 'it was settled')
    assert.deepEqual(await happened(), ['reminder.set', type])
  }
  assert.deepEqual(
    (await hearth.call('reminders.list', { home: 'odd' })).json.items.map((item: { state: string }) => item.state),
    ['rung', 'rung'],
  )
})

test('the ledger of a stranger is not found, and what contradicts itself is refused by the name of its field', async () => {
  const id: string = (await hearth.call('reminders.set', { text: 'x', at: '2090-01-01T00:00:00Z' })).json.id
  const ledger = await hearth.call('reminders.occurrences', { id })
  assert.deepEqual([ledger.status, ledger.json.items], [200, []])
  for (const input of [{ id: 'rem_nobody' }, { id, home: 'elsewhere' }]) {
    const unknown = await hearth.call('reminders.occurrences', input)
    assert.deepEqual([unknown.status, unknown.json.code], [404, 'reminders.unknown'])
  }
  const actor = `main/owner/reminder/${id}`
  const own = await hearth.call('events.list', { actor, home: 'owner' })
  assert.deepEqual([own.status, own.json.items.length], [200, 1])
  const [slot] = own.json.items[0].position.split('.')
  assert.equal((await hearth.call('events.list', { after: `${slot}.0` })).status, 200)
  const elsewhere = `${(Number(slot) + 1) % 256}.1`
  for (const [operation, input, path] of [
    ['events.list', { actor, home: 'hx' }, 'home'],
    ['events.list', { actor, after: elsewhere }, 'after'],
    ['events.list', { home: 'owner', after: elsewhere }, 'after'],
    ['events.list', { after: 'first' }, 'after'],
    ['events.list', { actor: 'main/owner' }, 'actor'],
    ['reminders.occurrences', { id, after: elsewhere }, 'after'],
  ] as const) {
    const { status, json } = await hearth.call(operation, input)
    assert.deepEqual([status, json.code, json.issues?.[0]?.path], [400, 'input.invalid', path])
  }
})

test('the probe writes events, a view row and an effect, also to an address', async () => {
  await using receiver = await startReceiver()
  for (let index = 0; index < 20; index += 1) await hearth.call('probe.record', { stream: `s${index % 4}`, events: 3 })
  await hearth.call('probe.record', { stream: 'out', events: 1, effect: receiver.url })
  await until(async () => (await hearth.call('probe.read', {})).json.settled === 21, 'all settled')
  assert.deepEqual((await hearth.call('probe.read', {})).json, { count: 61, settled: 21 })
  assert.deepEqual((await hearth.call('probe.read', { stream: 's1' })).json, { count: 15, settled: 5 })
  assert.deepEqual((await hearth.call('probe.read', { stream: 'nobody' })).json, { count: 0, settled: 0 })
  assert.equal(receiver.deliveries.length, 1)
})

test('status and metrics tell what is owed', async () => {
  const { json } = await hearth.request('GET', '/api/v1/status')
  for (const name of [
    'url',
    'version',
    'lanes',
    'slots',
    'inbox',
    'owed',
    'dead',
    'stuck',
    'loopDelayP99Ms',
    'memory',
    'positions',
  ])
    assert.ok(name in json, name)
  assert.equal(json.slots, 256)
  const metrics = await hearth.request('GET', '/metrics')
  for (const name of [
    'hearth_commands_total{outcome="accepted"}',
    'hearth_commit_seconds_bucket',
    'hearth_effects_owed{kind="timer"}',
    'hearth_timer_lateness_seconds_sum',
    'hearth_inbox_bytes',
  ]) {
    assert.ok(metrics.text.includes(name), name)
  }
})
