// long: a run of everything that npm alone tests has five minutes
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startHearth, startReceiver, until } from './hearth.ts'
import { onlyWhenLong } from '@hearth/testing/long'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

test(
  'a webhook is tested while the caller waits: once for a key, and what came of it is in the log',
  onlyWhenLong,
  async () => {
    let status = 204
    await using receiver = await startReceiver(() => status)
    await using hearth = await startHearth({})
    const created = await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'], secret })
    const { id } = created.json as { id: string }
    const key = { 'Idempotency-Key': 'a test' }
    const first = await hearth.call('webhooks.test', { id }, key)
    assert.deepEqual([first.status, first.json], [200, { ok: true, status: 204 }])
    const again = await hearth.call('webhooks.test', { id }, key)
    assert.deepEqual([again.json, again.headers.get('idempotency-replayed')], [first.json, 'true'])
    assert.equal(receiver.deliveries.length, 1)
    const [delivery] = receiver.deliveries
    assert.match(String(delivery?.headers['webhook-signature']), /^v1,/)
    assert.deepEqual(
      [JSON.parse(String(delivery?.body)).type, JSON.parse(String(delivery?.body)).data],
      ['webhook.test', {}],
    )

    status = 500
    const failed = await hearth.call('webhooks.test', { id })
    assert.deepEqual([failed.status, failed.json], [200, { ok: false, reason: 'the receiver answered 500' }])
    // It is not tried again: nothing of it is owed.
    const owed = await hearth.call('effects.list', { state: 'owed' })
    assert.deepEqual(owed.json.items, [])
    const unknown = await hearth.call('webhooks.test', { id: 'wh_none' })
    assert.deepEqual([unknown.status, unknown.json.code], [404, 'webhooks.unknown'])

    await hearth.killAndStart('server')
    const events = await hearth.call('events.list', { home: '~tenant' })
    assert.deepEqual(
      events.json.items.map(({ type, data }: { type: string; data: { ok?: boolean } }) => [type, data.ok]),
      [
        ['webhook.created', undefined],
        ['webhook.tested', true],
        ['webhook.tested', false],
      ],
    )
    await until(() => receiver.deliveries.length === 2, 'two were posted in all')
  },
)

test('a backup is made once for a key: again it is answered, and another input makes none', async () => {
  await using hearth = await startHearth({})
  const key = { 'Idempotency-Key': 'nightly' }
  const made = await hearth.call('backup.make', {}, key)
  assert.equal(made.status, 200, made.text)
  const other = join(hearth.data, 'other')
  const reused = await hearth.call('backup.make', { to: other }, key)
  assert.deepEqual([reused.status, reused.json.code], [422, 'idempotency.key-reused'])
  assert.equal(existsSync(other), false)
  const again = await hearth.call('backup.make', {}, key)
  assert.deepEqual([again.text, again.headers.get('idempotency-replayed')], [made.text, 'true'])
  assert.match(String(again.headers.get('hearth-position')), /^\d+\.\d+$/)
  assert.equal((await readdir(join(hearth.data, 'backups'))).length, 1)
})
