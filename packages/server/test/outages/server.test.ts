// long: a run of everything that npm alone tests has five minutes
// shows: B10, D13
import assert from 'node:assert/strict'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { startHearth, until, type RunningHearth } from '../end-to-end/hearth.ts'
import { onlyWhenLong } from '@hearth/testing/long'

/** Sets what the server's PostgreSQL does; the function returned takes it back. */
async function configure(hearth: RunningHearth, settings: string): Promise<() => Promise<void>> {
  const place = JSON.parse(await readFile(join(hearth.data, 'postgres.json'), 'utf8')) as { readonly data: string }
  const file = join(dirname(place.data), 'postgresql.conf')
  const before = await readFile(file, 'utf8')
  const { postgres } = await hearth.serverFile()
  await appendFile(file, `\n${settings}\n`)
  process.kill(postgres.pid, 'SIGHUP')
  return async () => {
    await writeFile(file, before)
    process.kill(postgres.pid, 'SIGHUP')
  }
}

const reminder = { text: 'Through it all', at: '2030-05-01T09:00', zone: 'Europe/Berlin' }

test('a server whose database takes no writes says so everywhere, and goes on by itself', onlyWhenLong, async () => {
  await using hearth = await startHearth()
  const set = (key: string) => hearth.call('reminders.set', reminder, { 'idempotency-key': key })
  assert.equal((await set('before')).status, 200)
  const restore = await configure(hearth, 'default_transaction_read_only = on')
  try {
    const began = set('during')
    const readiness = () => hearth.request('GET', '/readyz')
    await until(async () => (await readiness()).status === 503, 'it is not ready')
    const { json, headers } = await readiness()
    assert.equal(json.code, 'store.unavailable')
    assert.match(json.detail, /database\.read-only: the database takes no writes; Hearth goes on by itself/)
    const wait = json.waits['database.read-only']
    assert.ok(Date.parse(wait.since) <= Date.now() && wait.lanes >= 1)
    assert.ok(Number(headers.get('retry-after')) > 0)

    const status = await hearth.request('GET', '/api/v1/status')
    assert.equal(status.status, 200)
    assert.deepEqual(Object.keys(status.json.waits), ['database.read-only'])
    assert.equal(status.json.waits['database.read-only'].since, wait.since)
    assert.match(
      (await hearth.request('GET', '/metrics')).text,
      /^hearth_lanes_waiting\{code="database.read-only"\} \d+$/m,
    )

    const refused = await began
    assert.deepEqual([refused.status, refused.json.code], [503, 'store.unavailable'])
    assert.match(refused.json.detail, /\(database\.read-only\)/)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.equal((await hearth.call('reminders.list', {})).status, 200, 'what is known can be read meanwhile')
  } finally {
    await restore()
  }
  await until(async () => (await hearth.request('GET', '/readyz')).status === 200, 'it is ready again')
  assert.deepEqual((await hearth.request('GET', '/api/v1/status')).json.waits, {})
  assert.equal((await set('during')).status, 200)
  const { items } = (await hearth.call('reminders.list', {})).json
  assert.equal(items.length, 2)
  const log = await readFile(join(hearth.data, 'logs', 'hearth.log'), 'utf8')
  assert.match(log, /"code":"database\.read-only"/)
  assert.match(log, /nothing waits for the database any more/)
})

test('whatever is asked while PostgreSQL is away is told to come again, also what asks it on a connection of its own', async () => {
  await using hearth = await startHearth()
  assert.equal((await hearth.call('reminders.set', reminder)).status, 200)
  const calls = [
    ['views.verify', { view: 'reminders' }],
    ['views.rebuild', { view: 'reminders' }],
    ['log.verify', {}],
    ['log.archive', { days: 0, dryRun: true }],
    ['log.checkArchive', {}],
    ['backup.make', {}],
    ['reminders.list', {}],
    ['events.list', { home: 'owner' }],
  ] as const
  for (let times = 0; times < 2; times += 1) {
    const { postgres } = await hearth.serverFile()
    process.kill(postgres.pid, 'SIGKILL')
    const answers = await Promise.all(calls.map(([name, input]) => hearth.call(name, input)))
    const told = answers.map(({ status, json, headers }, index) =>
      status === 200 ? 'done' : `${calls[index]?.[0]} ${status} ${json.code} ${headers.get('retry-after')}`,
    )
    const refused = told.filter((one) => one !== 'done')
    assert.ok(refused.length > 0)
    for (const one of refused) assert.match(one, /^\S+ 503 store\.unavailable 1$/)
    for (const { json, status } of answers) if (status === 503) assert.match(json.detail, /\(database\.[a-z-]+\)/)
    await until(async () => (await hearth.request('GET', '/readyz')).status === 200, 'it is ready again')
    await until(async () => (await hearth.serverFile()).postgres.pid !== postgres.pid, 'the other is known')
  }
})
