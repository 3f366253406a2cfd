// shows: A13, H1
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  createClient,
  HearthProblem,
  HearthUnreachable,
  TurnTexts,
  type Hearth,
  type Output,
  type Update,
} from '@hearth/sdk'
import { WebSocket as WsWebSocket } from 'ws'
import { startFramesServer } from './frames-server.ts'
import { ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'
import { startProxy } from './proxy.ts'

type Reminders = Output<'reminders.list'>

let server: RunningHearth
let hearth: Hearth
before(async () => {
  server = await startHearth()
  hearth = createClient({ url: server.url, key: ownerKey })
})
after(() => server[Symbol.asyncDispose]())

const set = (text: string, home: string) => hearth.reminders.set({ text, at: '2040-01-01T00:00:00Z', home })
const texts = ({ value }: Update<Reminders>): string => value.items.map(({ text }) => text).join(' ')
const watchers = async (): Promise<number> => {
  const answer = await fetch(`${server.url}/api/v1/status`, { headers: { authorization: `Bearer ${ownerKey}` } })
  return ((await answer.json()) as { readonly watchers: number }).watchers
}

/** Iterates until the reminders are these, and gives the updates until then. */
async function seenUntil(iterator: AsyncIterator<Update<Reminders>>, wanted: string): Promise<Update<Reminders>[]> {
  const seen: Update<Reminders>[] = []
  for (;;) {
    const { done, value } = await iterator.next()
    assert.ok(done !== true, `ended before ${wanted}`)
    seen.push(value)
    if (texts(value) === wanted) return seen
  }
}

for (const [name, WebSocket] of [
  ['the WebSocket that Node has', undefined],
  ['the class of the package ws', WsWebSocket],
] as const) {
  test(`a watch gives the whole answer, and again whenever it changes, over ${name}`, async () => {
    const home = `changing over ${name}`
    const client = createClient({ url: server.url, key: ownerKey, WebSocket })
    await set('one', home)
    const given: [string, string][] = []
    for await (const update of client.watch('reminders.list', { home })) {
      given.push([update.type, texts(update)])
      assert.match(update.position, /^\d+\.\d+$/)
      if (given.length === 3) {
        assert.deepEqual(update.value, await hearth.reminders.list({ home }))
        break
      }
      await set(given.length === 1 ? 'two' : 'three', home)
    }
    assert.deepEqual(given, [
      ['snapshot', 'one'],
      ['change', 'one two'],
      ['change', 'one two three'],
    ])
    await until(async () => (await watchers()) === 0, 'the watch is let go of')
  })
}

test('all watches of a client share one connection, and it ends with the last of them', async () => {
  await using proxy = await startProxy(server.url)
  const client = createClient({ url: proxy.url, key: ownerKey })
  const watches = ['a', 'b', 'c'].map((home) => client.reminders.list.watch({ home: `shared ${home}` }))
  const first = await Promise.all(watches.map((watch) => watch.next()))
  assert.deepEqual(
    first.map(({ value }) => value?.type),
    ['snapshot', 'snapshot', 'snapshot'],
  )
  assert.deepEqual([proxy.upgrades, await watchers()], [1, 3])
  await set('only b', 'shared b')
  const { value } = (await watches[1]?.next()) ?? {}
  assert.equal(value && texts(value), 'only b')
  for (const watch of watches) await watch.return?.()
  await until(() => proxy.open === 0, 'the connection is closed')
  assert.deepEqual(await watches[0]?.next(), { done: true, value: undefined })
})

test('a connection that is cut is made again, and what changed meanwhile is told of as a change', async () => {
  const home = 'cut'
  await set('before', home)
  await using proxy = await startProxy(server.url)
  const client = createClient({ url: proxy.url, key: ownerKey })
  const watch = client.reminders.list.watch({ home })
  await seenUntil(watch, 'before')
  for (const [text, wanted] of [
    ['first', 'before first'],
    ['second', 'before first second'],
  ] as const) {
    proxy.cutUpgrades()
    await set(text, home)
    const seen = await seenUntil(watch, wanted)
    assert.deepEqual(
      seen.map(({ type }) => type),
      ['change'],
    )
  }
  assert.equal(proxy.upgrades, 3)
  await watch.return?.()
})

test('a server that is stopped or killed and started again during a watch: nothing is missed', async () => {
  const home = 'restart'
  await set('one', home)
  const watch = hearth.reminders.list.watch({ home })
  const seen = await seenUntil(watch, 'one')
  let wanted = 'one'
  for (const [signal, text] of [
    ['SIGTERM', 'two'],
    ['SIGKILL', 'three'],
  ] as const) {
    await server.stop(signal)
    const waiting = watch.next()
    await server.start()
    await set(text, home)
    wanted += ` ${text}`
    const first = await waiting
    assert.ok(first.done !== true)
    seen.push(first.value)
    if (texts(first.value) !== wanted) seen.push(...(await seenUntil(watch, wanted)))
  }
  // What was known before the restart is not known after it: the server says so, and so does the update.
  assert.ok(seen.slice(1).every(({ type }) => type !== 'snapshot'))
  assert.deepEqual(seen.at(-1)?.value, await hearth.reminders.list({ home }))
  await watch.return?.()
})

test('whoever is slow is given the latest, not all that was', async () => {
  const home = 'slow'
  const watch = hearth.reminders.list.watch({ home, limit: 500 })
  await seenUntil(watch, '')
  const fast = hearth.reminders.list.watch({ home, limit: 500 })
  const wanted = Array.from({ length: 40 }, (_, count) => `${count}`).join(' ')
  const counting = seenUntil(fast, wanted)
  for (const text of wanted.split(' ')) {
    await set(text, home)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const all = await counting
  assert.ok(all.length > 5, `${all.length} updates`)
  const late = await seenUntil(watch, wanted)
  assert.deepEqual(
    late.map(({ type }) => type),
    ['change'],
  )
  await watch.return?.()
  await fast.return?.()
})

test('what is only told on the way is heard, and put together whatever was missed', async () => {
  const part = (type: string, offset: number, text: string, attempt = 1) => {
    return { type, turn: 't', step: '1.1.0', attempt, offset, text }
  }
  const sent = [
    { type: 'progress', done: 1, of: 2 },
    part('text-delta', 3, 'from the middle'),
    part('text-reset', 0, 'One'),
    part('text-delta', 3, ' two'),
    part('text-delta', 9, 'after a hole'),
    part('text-reset', 5, 'wo three'),
    part('text-delta', 13, '.'),
    part('text-end', 14, ''),
    part('text-delta', 0, 'Again', 2),
    part('text-end', 99, '', 1),
    part('text-delta', 5, ' and again', 2),
  ]
  await using frames = await startFramesServer(({ id }, send) => {
    send({ id, snapshot: { items: [] }, position: '1.1' })
    for (const each of sent) send({ id, part: each })
    send({ id, change: [], position: '1.2' })
    send({ id, reset: { items: [] }, position: '1.3' })
  })
  const hearth = createClient({ url: frames.url, key: 'any' })
  const texts = new TurnTexts()
  const shown: (string | undefined)[] = []
  const hear = (each: unknown): void => {
    const now = texts.take(each)
    shown.push(now && `${now.attempt} ${now.text}${now.ended ? ' (ended)' : ''}`)
  }
  for await (const { position } of hearth.watch('reminders.list', {}, { part: hear })) if (position === '1.3') break
  assert.deepEqual(shown, [
    undefined,
    undefined,
    '1 One',
    '1 One two',
    undefined,
    '1 wo three',
    '1 wo three.',
    '1 wo three. (ended)',
    '2 Again',
    '1  (ended)',
    '2 Again and again',
  ])
})

test('what is given is not changed afterwards', async () => {
  const home = 'frozen'
  await set('one', home)
  const watch = hearth.reminders.list.watch({ home })
  const [first] = await seenUntil(watch, 'one')
  const copy = structuredClone(first)
  await hearth.reminders.cancel({ id: String(first?.value.items[0]?.id), home })
  await set('two', home)
  await seenUntil(watch, 'one two')
  assert.deepEqual(first, copy)
  await watch.return?.()
})

test('what the server refuses for good ends the iteration with its problem', async () => {
  const unwatchable = hearth.watch('events.list' as 'reminders.list', {})
  await assert.rejects(unwatchable.next(), { code: 'watch.not-watchable', status: 422 })
  assert.deepEqual(await unwatchable.next(), { done: true, value: undefined })
  await assert.rejects(hearth.reminders.list.watch({ limit: 0 }).next(), (error: unknown) => {
    assert.ok(error instanceof HearthProblem)
    assert.deepEqual([error.code, error.issues.length], ['input.invalid', 1])
    return true
  })
  const stranger = createClient({ url: server.url, key: 'another-key-of-a-test' })
  await assert.rejects(stranger.reminders.list.watch().next(), { code: 'auth.key-unknown' })
  const nobody = createClient({ url: server.url })
  await assert.rejects(nobody.reminders.list.watch().next(), { code: 'auth.key-missing' })
})

test('before the first answer a watch fails as a call does', async () => {
  const proxy = await startProxy(server.url)
  await proxy[Symbol.asyncDispose]()
  const client = createClient({ url: proxy.url, key: ownerKey, retries: 1 })
  await assert.rejects(client.reminders.list.watch().next(), HearthUnreachable)
  await using refusing = await startProxy(server.url, () => ({ status: 503 }), { upgrades: 'refuse' })
  const other = createClient({ url: refusing.url, key: ownerKey, retries: 1 })
  await assert.rejects(other.reminders.list.watch().next(), { status: 503 })
  await using blocking = await startProxy(server.url, () => 'pass', { upgrades: 'refuse' })
  const blocked = createClient({ url: blocking.url, key: ownerKey, retries: 1 })
  await assert.rejects(blocked.reminders.list.watch().next(), /no WebSocket comes through/)
})

test('a signal, a return and a close end a watch, also while it waits', async () => {
  const stopping = new AbortController()
  const aborted = hearth.reminders.list.watch({ home: 'ends' }, { signal: stopping.signal })
  await aborted.next()
  const waiting = aborted.next()
  stopping.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  assert.equal((await aborted.next()).done, true)
  await assert.rejects(hearth.reminders.list.watch({}, { signal: stopping.signal }).next(), /enough/)
  const left = hearth.reminders.list.watch({ home: 'ends' })
  await left.next()
  const pending = left.next()
  await left.return?.()
  assert.equal((await pending).done, true)
  const closed = hearth.reminders.list.watch({ home: 'ends' })
  await closed.next()
  const last = closed.next()
  hearth.close()
  assert.equal((await last).done, true)
  await until(async () => (await watchers()) === 0, 'nothing is watched any more')
  hearth.reminders.list.watch({ home: 'never iterated' })
  assert.equal(await watchers(), 0)
})

test('where there is no WebSocket, it is said', async () => {
  const { WebSocket: own } = globalThis
  // @ts-expect-error: Node 20 has none
  globalThis.WebSocket = undefined
  const client = createClient({ url: server.url, key: ownerKey })
  globalThis.WebSocket = own
  await assert.rejects(client.reminders.list.watch().next(), /There is no WebSocket here/)
})
