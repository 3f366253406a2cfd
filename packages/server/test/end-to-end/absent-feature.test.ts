// shows: B10
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHearth, startReceiver, until } from './hearth.ts'
import { onlyWhenLong } from '@hearth/testing/long'

test(
  'a feature that is switched off harms nobody, is seen in the status, and goes on where it stood',
  onlyWhenLong,
  async () => {
    await using receiver = await startReceiver(() => 500)
    await using hearth = await startHearth({ HEARTH_FEATURES: 'probe' })
    const record = { stream: 'away', events: 2, effect: receiver.url }
    assert.equal((await hearth.call('probe.record', record)).status, 200)
    await until(() => receiver.deliveries.length > 0, 'the effect was tried')
    await hearth.killAndStart('server', { HEARTH_FEATURES: '' })

    const status = async () => (await hearth.request('GET', '/api/v1/status')).json
    await until(async () => (await status()).waiting['kind probe'] === 1, 'it waits for its kind of actor')
    const listed = await hearth.call('effects.list', { state: 'waiting' })
    assert.deepEqual(
      listed.json.items.map(({ kind, failure }: { kind: string; failure: string }) => [kind, failure]),
      [['probe-post', 'kind probe']],
    )
    const [event] = (await hearth.call('events.list', { home: 'probe:away' })).json.items
    assert.deepEqual([event.type, event.data], ['probe.recorded', { number: 1 }])
    const folded = await hearth.call('actors.state', { actor: event.actor })
    assert.deepEqual([folded.status, folded.json.code], [409, 'actor.kind-unknown'])
    const set = await hearth.call('reminders.set', { text: 'tea', at: '2040-01-01T08:00:00Z' })
    assert.equal(set.status, 200)

    const before = receiver.deliveries.length
    await hearth.killAndStart('server')
    assert.deepEqual((await status()).waiting, {})
    await until(() => receiver.deliveries.length > before, 'the effect is tried again')
    assert.deepEqual((await hearth.call('probe.read', { stream: 'away' })).json, { count: 2, settled: 0 })
  },
)
