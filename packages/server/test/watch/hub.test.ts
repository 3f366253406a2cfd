// shows: A13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HearthError } from '@hearth/protocol'
import { placeOf } from '../../src/watch/hub.ts'
import { held } from '../end-to-end/live-socket.ts'
import { until } from '../end-to-end/hearth.ts'
import { isHearthError } from '../doors/is-hearth-error.ts'
import { batchOf, listIn, openHub, view, watcher } from './watched-list.ts'

test('what was committed while the first answer was read comes after it', async () => {
  await using hub = openHub()
  const list = listIn('a')
  const gate = Promise.withResolvers<void>()
  list.held = gate.promise
  const one = watcher()
  const watching = hub.watch(list.subject, one.as, undefined)
  await until(() => list.readings === 1, 'it is read')
  hub.committed(list.write('x'))
  list.held = null
  gate.resolve()
  await watching
  await until(() => one.holds()?.items.length === 1, 'the item came')
  assert.equal(one.types()[0], 'snapshot')
})

test('many commits, and many watchers, cost few readings', async () => {
  await using hub = openHub({ mostWatchers: 200 })
  const list = listIn('a')
  const watchers = Array.from({ length: 100 }, watcher)
  await Promise.all(watchers.map(({ as }) => hub.watch(list.subject, as, undefined)))
  assert.equal(list.readings, 1)
  for (let count = 0; count < 50; count += 1) hub.committed(list.write(`item ${count}`))
  for (const { holds } of watchers) await until(() => holds().items.length === 50, 'all came')
  assert.ok(list.readings <= 3, `${list.readings} readings`)
  hub.committed(batchOf('another home'))
  hub.committed({ ...batchOf('a'), views: new Map([[{ ...view, name: 'other' }, batchOf('a').views.get(view)!]]) })
  assert.ok(list.readings <= 3)
})

test('the permission is looked at again before each update, and now and then', async () => {
  await using hub = openHub({ checkMs: 20 })
  const list = listIn('a')
  const [kept, lost, revoked, quiet] = [watcher(), watcher(), watcher(), watcher()]
  for (const { as } of [kept, lost, revoked]) await hub.watch(list.subject, as, undefined)
  await hub.watch(listIn('b').subject, quiet.as, undefined)
  lost.own.principal = { tenant: 'main', kind: 'key', id: 'a', home: 'a', scopes: ['lists.read'] }
  revoked.own.principal = new HearthError('auth.key-unknown', 'gone')
  hub.committed(list.write('secret'))
  await until(() => kept.holds().items.length === 1, 'the update came')
  for (const [{ own }, code] of [
    [lost, 'auth.permission-missing'],
    [revoked, 'auth.key-unknown'],
  ] as const) {
    assert.deepEqual([own.ended.map((error) => error.code), own.updates.length], [[code], 1])
  }
  quiet.own.principal = new HearthError('auth.key-unknown', 'gone')
  await until(() => quiet.own.ended.length === 1, 'it ended although nothing was sent')
  assert.deepEqual([...hub.counts()], [['main', 1]])
})

test('a slow watcher is sent nothing more until it has room, and then what it missed or everything', async () => {
  await using hub = openHub()
  const list = listIn('a')
  const [slow, slower, quick] = [watcher(), watcher(), watcher()]
  const [first, second] = [
    await hub.watch(list.subject, slow.as, undefined),
    await hub.watch(list.subject, slower.as, undefined),
  ]
  await hub.watch(list.subject, quick.as, undefined)
  slow.own.room = slower.own.room = false
  for (let count = 0; count < 100; count += 1) {
    hub.committed(list.write(`item ${count}`))
    await until(() => quick.holds().items.length === count + 1, 'the quick one has it')
    if (count === 2) {
      slow.own.room = true
      first.drained()
    }
  }
  assert.equal(slower.own.updates.length, 2)
  slower.own.room = true
  second.drained()
  assert.deepEqual(slower.types(), ['snapshot', 'change', 'reset'])
  assert.deepEqual(slow.types().slice(1, 4), ['change', 'change', 'change'])
  for (const { holds } of [slow, slower]) assert.deepEqual(holds(), { items: list.items })
})

test('who comes back gets every change since, never a part of them', async () => {
  await using hub = openHub()
  const list = listIn('a')
  const [staying, leaving] = [watcher(), watcher()]
  await hub.watch(list.subject, staying.as, undefined)
  const watching = await hub.watch(list.subject, leaving.as, undefined)
  watching.stop()
  for (const item of ['a', 'b', 'c']) {
    hub.committed(list.write(item))
    await until(() => staying.holds().items.at(-1) === item, 'it came')
  }
  for (const from of ['7.1', '7.2', '7.3', '7.4']) {
    const back = watcher()
    const before = { items: list.items.slice(0, Number(from.split('.')[1]) - 1) }
    await hub.watch(list.subject, back.as, from)
    const frames = back.own.updates.map(({ body }) => ({ change: JSON.parse(body) }))
    assert.deepEqual(held([{ snapshot: before }, ...frames]), { items: list.items }, from)
    assert.ok(back.types().every((type) => type === 'change'))
  }
  const stranger = watcher()
  await hub.watch(list.subject, stranger.as, '7.9')
  assert.deepEqual([stranger.types(), stranger.holds()], [['reset'], { items: list.items }])
})

test('a position at which something was committed meanwhile is not gone on from', async () => {
  await using hub = openHub()
  const list = listIn('a')
  list.exact = false
  await hub.watch(list.subject, watcher().as, undefined)
  const back = watcher()
  await hub.watch(list.subject, back.as, '7.1')
  assert.deepEqual(back.types(), ['reset'])
})

test('an answer is kept a while for whoever comes back, and so many of them', async () => {
  await using hub = openHub({ mostLingeringBytes: 100 })
  const [one, other] = [listIn('a'), listIn('b')]
  one.write('x'.repeat(60))
  other.write('x'.repeat(60))
  for (const list of [one, other]) (await hub.watch(list.subject, watcher().as, undefined)).stop()
  for (const list of [one, other]) hub.committed(list.write('y'))
  assert.deepEqual([one.readings, other.readings], [1, 1])
  const back = [watcher(), watcher()] as const
  await hub.watch(one.subject, back[0].as, '7.2')
  await hub.watch(other.subject, back[1].as, '7.2')
  assert.deepEqual([back[0].types(), back[1].types()], [['reset'], ['change']])
})

test('a database that is away ends no watch, an answer that is refused does', async () => {
  await using hub = openHub()
  const list = listIn('a')
  const one = watcher()
  list.failure = new HearthError('store.unavailable', 'away')
  await assert.rejects(hub.watch(list.subject, one.as, undefined), isHearthError('store.unavailable'))
  list.failure = null
  await hub.watch(list.subject, one.as, undefined)
  list.failure = new HearthError('store.unavailable', 'away')
  hub.committed(list.write('x'))
  await until(() => list.readings > 3, 'it is tried again')
  list.failure = null
  await until(() => one.holds().items.length === 1, 'it came in the end')
  list.failure = new HearthError('reminders.unknown', 'gone')
  hub.committed(list.write('y'))
  await until(() => one.own.ended.length === 1, 'it ended')
  assert.equal(one.own.ended[0]?.code, 'reminders.unknown')
})

test('a tenant has so many, and gets back what it lets go of', async () => {
  await using hub = openHub({ mostWatchers: 2 })
  const list = listIn('a')
  const first = await hub.watch(list.subject, watcher().as, undefined)
  await hub.watch(list.subject, watcher().as, undefined)
  await assert.rejects(hub.watch(list.subject, watcher().as, undefined), isHearthError('watch.too-many'))
  await hub.watch({ ...list.subject, key: 'other', tenant: 'other' }, watcher().as, undefined).catch(() => undefined)
  first.stop()
  first.stop()
  await hub.watch(list.subject, watcher().as, undefined)
  assert.equal(hub.counts().get('main'), 2)
})

test('what trails is read again when it was followed', async () => {
  await using hub = openHub()
  const [list, other] = [listIn('a'), listIn('b')]
  const one = watcher()
  await hub.watch(list.subject, one.as, undefined)
  await hub.watch(other.subject, watcher().as, undefined)
  list.write('x')
  hub.touch([placeOf('other', 'main', 'a')])
  hub.touch([placeOf('notes', 'main', 'a')])
  await until(() => one.holds().items.length === 1, 'it came')
  assert.deepEqual([list.readings, other.readings], [2, 1])
})
