// shows: B10
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import postgres from 'postgres'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startHearth, startReceiver, until, type RunningHearth } from './hearth.ts'

let hearth: RunningHearth
before(async () => {
  hearth = await startHearth({ HEARTH_FEATURES: 'probe', HEARTH_PRIVATE_TARGETS: '127.0.0.0/8' })
})
after(() => hearth[Symbol.asyncDispose]())

const call = async (operation: string, input: object) => {
  const { status, json } = await hearth.call(operation, input)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}
const ring = async (text: string) => call('reminders.set', { text, at: new Date(Date.now() - 5000).toISOString() })
const deliveries = async (input: object = {}) => (await call('webhooks.deliveries', input)).items

/** As the owner of the tables. */
async function asMigrate<T>(ask: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const passwords = JSON.parse(await readFile(join(hearth.data, 'postgres-passwords.json'), 'utf8'))
  const { postgres: place } = JSON.parse(await readFile(join(hearth.data, 'server.json'), 'utf8'))
  const sql = postgres({
    host: place.socket,
    port: 5432,
    user: 'hearth_migrate',
    password: passwords.migrate,
    database: 'postgres',
    max: 1,
    onnotice: () => undefined,
  })
  try {
    return await ask(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

test('deliveries are listed once they ended, page by page', async () => {
  await using receiver = await startReceiver(({ body }) => (body.includes('refused') ? 410 : 204))
  const { id } = await call('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
  for (let index = 0; index < 5; index += 1) await ring(`number ${index}`)
  await ring('refused')
  await until(async () => (await deliveries()).length === 6, 'all deliveries are listed')
  const all = await deliveries()
  assert.deepEqual(
    new Set(all.map(({ webhook, event }: Record<string, string>) => `${webhook} ${event}`)),
    new Set([`${id} reminder.rang`]),
  )
  const [failed] = await deliveries({ outcome: 'failed' })
  assert.deepEqual([failed.attempts, failed.answer], [1, 'the receiver answered 410'])
  assert.equal((await deliveries({ webhook: id, outcome: 'delivered' })).length, 5)
  assert.deepEqual(await deliveries({ home: 'somebody' }), [])
  const paged = []
  for (let after: string | undefined; ;) {
    const { items, next } = await call('webhooks.deliveries', { limit: 2, ...(after === undefined ? {} : { after }) })
    paged.push(...items)
    if (next === null) break
    after = next
  }
  assert.deepEqual(paged, all)
  assert.equal((await call('views.verify', { view: 'webhook_deliveries' })).different, 0)
  await call('webhooks.remove', { id })
})

test('views are rebuilt, inline and trailing, and their state is told', async () => {
  for (const view of ['reminders', 'webhook_deliveries']) {
    const { rows, kept } = await call('views.rebuild', { view })
    assert.deepEqual([rows > 0, kept], [true, 0])
    assert.deepEqual(await call('views.verify', { view }), { rows, different: 0 })
  }
  const status = await hearth.request('GET', '/api/v1/status')
  assert.equal(status.json.views.reminders.building, false)
  assert.equal(typeof status.json.views.webhook_deliveries.behind, 'number')
  assert.match(
    (await hearth.request('GET', '/metrics')).text,
    /^hearth_view_behind_events\{view="webhook_deliveries"\} \d+$/m,
  )
  const unknown = await hearth.call('views.rebuild', { view: 'none' })
  assert.deepEqual([unknown.status, unknown.json.code], [404, 'view.unknown'])
})

test('a view of another version, and one of another form, are built after the start and served then', async () => {
  const { items } = await call('reminders.list', {})
  const listed = await deliveries()
  await asMigrate(async (sql) => {
    // As a former version would have left them.
    await sql`alter table hearth.view_reminders_2 rename to view_reminders_7`
    await sql`update hearth.views set version = 7 where name = 'reminders'`
    await sql`alter table hearth.view_webhook_deliveries_2 drop column answer`
    // And a crash in the middle of a rebuild.
    await sql`create table hearth.shadow_reminders_1 (key text)`
  })
  await hearth.killAndStart('server')
  const answered = async (operation: string) => {
    const { status, json, headers } = await hearth.call(operation, {})
    if (status === 200) return true
    assert.deepEqual([status, json.code, headers.has('retry-after')], [503, 'view.building', true])
    return false
  }
  await until(() => answered('reminders.list'), 'the reminders are served')
  await until(() => answered('webhooks.deliveries'), 'the deliveries are served')
  assert.deepEqual((await call('reminders.list', {})).items, items)
  assert.deepEqual(await deliveries(), listed)
  for (const view of ['reminders', 'webhook_deliveries'])
    assert.equal((await call('views.verify', { view })).different, 0)
  const tables = await asMigrate(
    (sql) => sql`select relname from pg_class where relkind = 'r' and relname ~ '^(shadow|view_reminders)_'`,
  )
  assert.deepEqual(
    tables.map(({ relname }) => relname),
    ['view_reminders_2'],
  )
})
