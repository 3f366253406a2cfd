// shows: A13, D13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HearthError } from '@hearth/protocol'
import { placesIn, type Hub } from '../../src/watch/hub.ts'
import { until } from '../end-to-end/hearth.ts'
import { listIn, openHub, view, watcher, type WatchedList } from './watched-list.ts'

test('a person who is forgotten is forgotten by who watches them', async () => {
  await using hub = openHub()
  const list = listIn('a')
  const one = watcher()
  list.write('x')
  await hub.watch(list.subject, one.as, undefined)
  list.items.length = 0
  list.sequence += 1
  const key = { tenant: 'main', home: 'a', person: 'self', wrapped: Buffer.alloc(0), since: 2 }
  hub.committed({ views: new Map(), forgotten: [{ key, views: [view] }] })
  await until(() => one.holds().items.length === 0, 'it is gone')
})

test('what was there before a person was forgotten is kept for nobody, here and where another process says so', async () => {
  const key = { tenant: 'main', home: 'a', person: 'self', wrapped: Buffer.alloc(0), since: 2 }
  const forgetting = { views: new Map(), forgotten: [{ key, views: [view] }] }
  for (const [told, stays] of [
    [placesIn(forgetting), true],
    [placesIn(forgetting), false],
    ['all', true],
  ] as const) {
    await using hub = openHub()
    const list = listIn('a')
    const [one, back] = [watcher(), watcher()]
    const watching = await hub.watch(list.subject, one.as, undefined)
    hub.committed(list.write('secret'))
    await until(() => one.holds().items.length === 1, 'it came')
    if (!stays) watching.stop()
    list.items.length = 0
    list.sequence += 1
    hub.touch(told)
    await hub.watch(list.subject, back.as, '7.1')
    assert.deepEqual(back.types(), ['reset'])
    assert.doesNotMatch(JSON.stringify(back.own.updates), /secret/)
    if (stays) await until(() => one.types().at(-1) === 'reset', 'who stayed is told anew')
  }
})

/** What is read of this list is answered when the test says so. */
function heldBack(list: WatchedList) {
  const waiting: (() => void)[] = []
  const own = { holds: false, failure: null as Error | null }
  const read = async () => {
    const reading = await list.subject.read()
    if (own.holds) await new Promise<void>((resolve) => void waiting.push(resolve))
    if (own.failure !== null) throw own.failure
    return reading
  }
  const release = (): void => {
    own.holds = false
    for (const resolve of waiting.splice(0)) resolve()
  }
  return { own, subject: { ...list.subject, read }, waits: () => waiting.length > 0, release }
}

const forget = (hub: Hub, list: WatchedList): void => {
  list.items.length = 0
  list.sequence += 1
  const key = { tenant: 'main', home: 'a', person: 'self', wrapped: Buffer.alloc(0), since: list.sequence }
  hub.committed({ views: new Map(), forgotten: [{ key, views: [view] }] })
}

test('what was read when a person was forgotten is told to nobody, whether they watch or begin to', async () => {
  await using hub = openHub()
  const list = listIn('a')
  const { own, subject, waits, release } = heldBack(list)
  const [one, other, back] = [watcher(), watcher(), watcher()]
  await hub.watch(subject, one.as, undefined)
  own.holds = true
  hub.committed(list.write('secret'))
  await until(waits, 'it is read')
  const opening = hub.watch(subject, other.as, undefined)
  forget(hub, list)
  release()
  await opening
  await hub.watch(subject, back.as, '7.1')
  assert.deepEqual(other.holds(), { items: [] })
  for (const { own: told } of [one, other, back]) assert.doesNotMatch(JSON.stringify(told.updates), /secret/)
})

test('a reading that fails over a forgetting brings nothing back of what was there', async () => {
  await using hub = openHub()
  const list = listIn('a')
  const { own, subject, waits, release } = heldBack(list)
  const [one, back] = [watcher(), watcher()]
  await hub.watch(subject, one.as, undefined)
  hub.committed(list.write('secret'))
  await until(() => one.holds().items.length === 1, 'it came')
  own.holds = true
  hub.committed(list.write('more'))
  await until(waits, 'it is read')
  own.failure = new HearthError('store.unavailable', 'away')
  forget(hub, list)
  release()
  await until(() => list.readings > 3, 'it is tried again')
  own.failure = null
  await until(() => one.holds().items.length === 0, 'it is gone')
  await hub.watch(subject, back.as, '7.1')
  assert.doesNotMatch(JSON.stringify(back.own.updates), /secret|more/)
  assert.deepEqual(back.types(), ['reset'])
})

test('a slow watcher that has room again is not told what was forgotten meanwhile', async () => {
  await using hub = openHub()
  const list = listIn('a')
  const { own, subject, waits, release } = heldBack(list)
  const [slow, quick] = [watcher(), watcher()]
  slow.own.room = false
  const watching = await hub.watch(subject, slow.as, undefined)
  await hub.watch(subject, quick.as, undefined)
  hub.committed(list.write('one'))
  await until(() => quick.holds().items.length === 1, 'the quick one has it')
  hub.committed(list.write('secret'))
  await until(() => quick.holds().items.length === 2, 'and the next')
  own.holds = true
  forget(hub, list)
  await until(waits, 'it is read')
  slow.own.room = true
  watching.drained()
  release()
  await until(() => slow.own.updates.length > 1, 'it is told')
  assert.deepEqual(slow.holds(), { items: [] })
  assert.doesNotMatch(JSON.stringify(slow.own.updates), /secret/)
})

test('where it is not known what was committed, and nothing was, nobody is told anew', async () => {
  await using hub = openHub()
  const list = listIn('a')
  const [one, slow, back] = [watcher(), watcher(), watcher()]
  await hub.watch(list.subject, one.as, undefined)
  slow.own.room = false
  const watching = await hub.watch(list.subject, slow.as, undefined)
  slow.own.room = true
  hub.committed(list.write('x'))
  await until(() => one.holds().items.length === 1, 'it came')
  hub.touch('all')
  watching.drained()
  await until(() => slow.holds().items.length === 1, 'who had no room is not left out')
  assert.deepEqual(
    [one.types(), slow.types()],
    [
      ['snapshot', 'change'],
      ['snapshot', 'reset'],
    ],
  )
  await hub.watch(list.subject, back.as, '7.1')
  assert.deepEqual(back.types(), ['reset'])
})
