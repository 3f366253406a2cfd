import assert from 'node:assert/strict'
import { cp, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { slotOf } from '@hearth/kernel'
import { formatAddress } from '@hearth/protocol'
import { openWith } from '../end-to-end/former-backup.ts'
import { startHearth, startReceiver, until, type RunningHearth } from '../end-to-end/hearth.ts'
import { HeardTexts } from '../watch/heard-texts.ts'
import { held, openSocket, type LiveSocket, type Received } from '../end-to-end/live-socket.ts'
import { callOnce, startLoad, type Load } from './load.ts'
import { onlyWhenLong } from '@hearth/testing/long'

// shows: H1

interface Worker {
  readonly id: string
  readonly pid: number
  readonly shares: readonly number[]
}

const start = (): Promise<RunningHearth> => startHearth({ HEARTH_WORKERS: '2', HEARTH_FEATURES: 'probe' })

let shared: RunningHearth
before(async () => {
  shared = await start()
})
after(() => shared[Symbol.asyncDispose]())

async function workersOf(hearth: RunningHearth): Promise<readonly Worker[]> {
  const { text, status } = await callOnce(hearth.url, '/api/v1/status')
  assert.equal(status, 200, text)
  return (JSON.parse(text) as { readonly workers: readonly Worker[] }).workers
}

/** Every share has one owner, and there are as many workers as there were. */
async function isWhole(hearth: RunningHearth): Promise<readonly Worker[] | null> {
  const workers = await workersOf(hearth).catch(() => [])
  const shares = workers.flatMap((worker) => worker.shares).toSorted((a, b) => a - b)
  return workers.length === 2 && workers.every((worker) => worker.shares.length === 1) && shares.join() === '0,1'
    ? workers
    : null
}

async function whole(hearth: RunningHearth, but: readonly string[]): Promise<readonly Worker[]> {
  let workers: readonly Worker[] | null = null
  await until(async () => {
    workers = await isWhole(hearth)
    return workers?.every(({ id }) => !but.includes(id)) === true
  }, `two workers, none of them ${but.join()}`)
  return workers ?? []
}

/** What was acknowledged is there, once. */
async function assertKept(hearth: RunningHearth, load: Load): Promise<void> {
  for (const [stream, count] of load.acknowledged) {
    const { text } = await callOnce(hearth.url, '/api/v1/call/probe.read', { body: { stream } })
    assert.equal((JSON.parse(text) as { count: number }).count, count, stream)
  }
  const verified = await hearth.call('log.verify', {})
  assert.deepEqual(verified.json.broken, [])
}

const say = (context: TestContext, load: Load): void =>
  context.diagnostic(`${load.calls()} calls, the longest ${load.longestMs()} ms, troubles ${load.troubles.length}`)

test('a backup is made by whoever owns the tables, and what is refused keeps its code on the way', async () => {
  await whole(shared, [])
  const to = join(shared.data, 'a-backup')
  const made = await shared.call('backup.make', { to })
  assert.deepEqual([made.status, made.json.folder, made.json.missing], [200, to, 0], made.text)
  const { tables } = await openWith(shared.data, to)
  assert.equal(tables.find(({ name }) => name === 'slots')?.rows, 256)
  for (let tries = 0; tries < 4; tries += 1) {
    const again = await shared.call('backup.make', { to })
    assert.deepEqual([again.status, again.json.code], [409, 'backup.folder-used'])
  }
})

test('workers answer for one another’s homes, and under one key once', async () => {
  const hearth = shared
  const [one, other] = await whole(hearth, [])
  assert.notEqual(one?.pid, other?.pid)
  const { pid } = await hearth.serverFile()
  assert.ok(![one?.pid, other?.pid].includes(pid), 'the server is the supervisor')
  const record = (stream: string, key: string) =>
    callOnce(hearth.url, '/api/v1/call/probe.record', {
      body: { stream, events: 1 },
      headers: { 'idempotency-key': key },
    })
  for (let stream = 0; stream < 16; stream += 1) {
    const told = await Promise.all(Array.from({ length: 6 }, () => record(`k${stream}`, `key ${stream}`)))
    assert.deepEqual(
      told.map(({ status, text }) => [status, text]),
      told.map(() => [200, '{"count":1}']),
    )
    assert.equal(told.filter(({ headers }) => headers['idempotency-replayed'] !== 'true').length, 1)
    assert.equal((await record(`another than ${stream}`, `key ${stream}`)).status, 422)
  }
  // The same key for several homes at once, over all workers: one of them has it.
  const raced = await Promise.all(Array.from({ length: 12 }, (_, index) => record(`race${index}`, 'the same')))
  assert.deepEqual(raced.map(({ status }) => status).toSorted(), [200, ...Array.from({ length: 11 }, () => 422)])
  await assert.rejects(fetch(`http://127.0.0.1:${new URL(hearth.url).port}/links`).then(({ ok }) => assert.ok(ok)))
})

test('what one worker forgets is kept by no other for who comes back', async () => {
  const hearth = shared
  await whole(hearth, [])
  // One of each share: whoever serves one of them watches the other from elsewhere.
  const homes = [0, 1].map((share) => homeIn(share))
  for (const home of homes) {
    await using undo = new AsyncDisposableStack()
    const openAll = async (from?: string): Promise<readonly LiveSocket[]> => {
      const sockets = await Promise.all(Array.from({ length: 8 }, () => openSocket(hearth.url)))
      for (const socket of sockets) {
        undo.use(socket)
        socket.send({ id: 1, watch: 'reminders.list', input: { home }, ...(from === undefined ? {} : { from }) })
      }
      await until(() => sockets.every(({ frames }) => frames.length > 0), 'all are open')
      return sockets
    }
    const staying = await openAll()
    const { position } = staying[0]?.frames[0] ?? {}
    const set = await hearth.call('reminders.set', { text: 'a secret', at: '2040-01-01T00:00:00Z', home })
    assert.equal(set.status, 200, set.text)
    await until(() => staying.every(({ frames }) => held(frames).items.length === 1), 'all have it')
    assert.equal((await hearth.call('people.forget', { person: home })).status, 200)
    await until(() => staying.every(({ frames }) => frames.at(-1).reset !== undefined), 'all are told anew')
    for (const { frames } of await openAll(position)) {
      assert.deepEqual(frames[0].reset.items, [])
      assert.doesNotMatch(JSON.stringify(frames), /secret/)
    }
  }
})

const homeIn = (share: number): string => {
  for (let index = 0; ; index += 1) if (slotOf('main', `forgotten-${index}`) % 2 === share) return `forgotten-${index}`
}

test(
  'each worker moves the old rows of its own slots to files, and every one reads on through them',
  onlyWhenLong,
  async () => {
    const hearth = shared
    await whole(hearth, [])
    const streams = Array.from({ length: 24 }, (_, index) => `old-${index}`)
    for (const stream of streams) assert.equal((await hearth.call('probe.record', { stream, events: 2 })).status, 200)
    const home = (stream: string) => `probe:${stream}`
    const actorOf = (stream: string) => formatAddress({ tenant: 'main', home: home(stream), kind: 'probe', id: stream })
    // One call comes to this worker and the next to that one.
    const eventsOf = async (stream: string): Promise<readonly string[]> => {
      const told = Array.from({ length: 4 }, () =>
        callOnce(hearth.url, '/api/v1/call/events.list', { body: { actor: actorOf(stream) } }),
      )
      return [...new Set((await Promise.all(told)).map(({ text }) => text))]
    }
    await until(async () => {
      const read = await Promise.all(streams.map((stream) => hearth.call('probe.read', { stream })))
      return read.every(({ json }) => json.settled === 1)
    }, 'all are settled')
    const before = await Promise.all(streams.map(eventsOf))
    const slots = new Set(streams.map((stream) => slotOf('main', home(stream))))
    assert.equal(new Set([...slots].map((slot) => slot % 2)).size, 2)

    const moved = await hearth.call('log.archive', { days: 0 })
    assert.equal(moved.status, 200, moved.text)
    assert.ok(moved.json.files >= slots.size && moved.json.rows >= 2 * streams.length, moved.text)
    assert.equal((await hearth.call('log.archive', { days: 0, dryRun: true })).json.rows, 0)
    assert.deepEqual(await Promise.all(streams.map(eventsOf)), before)
    assert.deepEqual((await hearth.call('log.verify', {})).json.broken, [])
    assert.equal((await hearth.request('GET', '/api/v1/status')).json.archive.rows, moved.json.rows)

    // One that is not there is missing once, whoever has met it, and not any more once one of them has read it.
    const missing = async () => (await hearth.request('GET', '/api/v1/status')).json.archive.unreadable
    const folder = join(hearth.data, 'archive')
    await rename(folder, `${folder} away`)
    let former = (await workersOf(hearth)).map(({ id }) => id)
    process.kill((await hearth.serverFile()).pid, 'SIGUSR2')
    await whole(hearth, former)
    await until(async () => (await missing()) === moved.json.files, 'every file is missed once')
    await cp(`${folder} away`, folder, { recursive: true })
    assert.deepEqual((await hearth.call('log.checkArchive', {})).json.unreadable, [])
    assert.equal(await missing(), 0)

    // Who takes the slots over finds the files.
    former = (await workersOf(hearth)).map(({ id }) => id)
    process.kill((await hearth.serverFile()).pid, 'SIGUSR2')
    await whole(hearth, former)
    for (const stream of streams)
      assert.equal((await hearth.call('probe.record', { stream, events: 1 })).json.count, 3, stream)
    for (const view of ['probe', 'reminders'])
      assert.equal((await hearth.call('views.verify', { view })).json.different, 0)
  },
)

test('what one worker publishes is known to all when it is answered', async () => {
  const hearth = shared
  await using receiver = await startReceiver()
  const created = await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
  assert.equal(created.status, 200, created.text)
  const homes = Array.from({ length: 24 }, (_, index) => `home-${index}`)
  const set = homes.map((home) =>
    callOnce(hearth.url, '/api/v1/call/reminders.set', { body: { text: home, at: '2020-01-01T00:00:00Z', home } }),
  )
  for (const { status, text } of await Promise.all(set)) assert.equal(status, 200, text)
  await until(() => receiver.deliveries.length >= homes.length, 'every reminder was delivered')
  const texts = receiver.deliveries.map(({ body }) => (JSON.parse(body) as { data: { text: string } }).data.text)
  assert.deepEqual(texts.toSorted(), homes.toSorted())
  for (let look = 0; look < 6; look += 1) {
    const { text } = await callOnce(hearth.url, '/api/v1/call/webhooks.list', { body: {} })
    assert.equal((JSON.parse(text) as { items: unknown[] }).items.length, 1)
  }
  assert.equal((await hearth.call('webhooks.remove', { id: created.json.id })).status, 200)
})

test('a rolling restart loses no call and no reminder', onlyWhenLong, async (context) => {
  const hearth = shared
  await using receiver = await startReceiver()
  await hearth.call('webhooks.create', { url: receiver.url, events: ['reminder.rang'] })
  const former = await whole(hearth, [])
  const soon = Date.now() + 3000
  const reminders = Array.from({ length: 40 }, (_, index) => ({
    text: `r${index}`,
    at: new Date(soon + index * 150).toISOString(),
    home: `home-${index}`,
  }))
  for (const reminder of reminders) assert.equal((await hearth.call('reminders.set', reminder)).status, 200)
  const load = startLoad({ urls: () => [hearth.url] })
  const { pid } = await hearth.serverFile()
  process.kill(pid, 'SIGUSR2')
  await whole(
    hearth,
    former.map(({ id }) => id),
  )
  await until(() => receiver.deliveries.length >= reminders.length, 'every reminder rang')
  await load.stop()
  say(context, load)
  assert.deepEqual(load.troubles, [])
  const rung = receiver.deliveries.map(({ body }) => JSON.parse(body) as { data: { text: string; late: boolean } })
  assert.deepEqual(new Set(rung.map(({ data }) => data.text)), new Set(reminders.map(({ text }) => text)))
  context.diagnostic(`${rung.length} rang, ${rung.filter(({ data }) => data.late).length} more than 1 s late`)
  assert.equal((await hearth.serverFile()).pid, pid)
  await assertKept(hearth, load)
})

test('a worker that is killed is replaced, and what was acknowledged is there once', async (context) => {
  const hearth = shared
  const [victim, survivor] = await whole(hearth, [])
  const load = startLoad({ urls: () => [hearth.url], insists: true })
  await until(() => load.calls() > 100, 'there is load')
  const before = countOf((await callOnce(hearth.url, '/metrics')).text)
  assert.ok(victim !== undefined && survivor !== undefined)
  process.kill(victim.pid, 'SIGKILL')
  const after = await whole(hearth, [victim.id])
  assert.ok(after.some(({ id }) => id === survivor.id))
  await load.stop()
  say(context, load)
  await assertKept(hearth, load)
  // The sums of all workers, with what is known of those that are gone.
  const { text } = await callOnce(hearth.url, '/metrics')
  assert.ok(countOf(text) >= before, 'the count did not go back')
  for (const { id } of after) assert.match(text, new RegExp(`process_resident_memory_bytes\\{worker="${id}"\\}`))
  assert.equal(text.match(/^hearth_inbox_bytes /gm)?.length, 1)
  assert.match(text, /^hearth_effects_owed\{kind="timer"\} 0$/m)
})

const countOf = (metrics: string): number =>
  Number(/^hearth_commands_total\{outcome="accepted"\} (\d+)$/m.exec(metrics)?.[1] ?? Number.NaN)

test('a worker that hangs is ended and replaced', onlyWhenLong, async (context) => {
  const hearth = shared
  const [victim] = await whole(hearth, [])
  const load = startLoad({ urls: () => [hearth.url], insists: true, clients: 4 })
  await until(() => load.calls() > 20, 'there is load')
  assert.ok(victim !== undefined)
  process.kill(victim.pid, 'SIGSTOP')
  await whole(hearth, [victim.id])
  await load.stop()
  say(context, load)
  await assertKept(hearth, load)
})

test('a session holds at every worker, and a link signs in once', async () => {
  const hearth = shared
  const { status } = await callOnce(hearth.url, '/sign-in?token=none', { headers: { authorization: '' } })
  assert.equal(status, 401)
  const signedIn = await fetch(`${hearth.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ key: 'owner-key-of-a-test' }),
  })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  for (let look = 0; look < 6; look += 1) {
    const seen = await fetch(`${hearth.url}/api/v1/reminders`, { headers: { cookie } })
    assert.equal(seen.status, 200)
  }
})

test('a key is good at every worker at once, revoked at every worker at once, and its rate is one for all', async () => {
  const hearth = shared
  await whole(hearth, [])
  const bearer = (key: string) => ({ authorization: `Bearer ${key}`, connection: 'close' })
  const statuses = async (key: string, count: number): Promise<readonly number[]> => {
    const answers = Array.from({ length: count }, () => hearth.call('reminders.list', {}, bearer(key)))
    return (await Promise.all(answers)).map(({ status }) => status)
  }
  for (let round = 0; round < 3; round += 1) {
    const { id, key } = (await hearth.call('keys.create', { name: 'of all', scopes: ['reminders.read'] })).json
    assert.deepEqual(new Set(await statuses(key, 12)), new Set([200]))
    await hearth.call('keys.revoke', { id })
    // One worker may be asked all of them, and takes 30 unknown keys a minute from one address.
    assert.deepEqual(new Set(await statuses(key, 9)), new Set([401]))
  }
  const rate = { requests: 7, per: 'hour' }
  const { key } = (await hearth.call('keys.create', { name: 'slow', scopes: ['reminders.read'], rate })).json
  const answered = await statuses(key, 24)
  assert.equal(answered.filter((status) => status === 200).length, 7)
  assert.equal(answered.filter((status) => status === 429).length, 17)
})

test('a turn is heard wherever it is watched, whichever worker runs it', onlyWhenLong, async () => {
  await using hearth = await start()
  await whole(hearth, [])
  const words = 120
  const said = Array.from({ length: words }, (_, word) => `word${word} `).join('')
  const streams = Array.from({ length: 8 }, (_, index) => `speech-${index}`)
  assert.equal(new Set(streams.map((stream) => slotOf('main', `probe:${stream}`) % 2)).size, 2)
  const sockets = await Promise.all(streams.map(() => openSocket(hearth.url)))
  try {
    for (const socket of sockets)
      for (const [id, stream] of streams.entries())
        socket.send({ id, watch: 'probe.spoken', input: { home: `probe:${stream}`, stream } })
    await until(() => sockets.every(({ frames }) => frames.length === streams.length), 'all are watching')
    for (const stream of streams) await hearth.call('probe.speak', { stream, words, perSecond: 60 })
    await until(() => sockets.every(({ frames }) => frames.some((frame) => frame.part !== undefined)), 'they speak')
    const late = await openSocket(hearth.url)
    sockets.push(late)
    for (const [id, stream] of streams.entries())
      late.send({ id, watch: 'probe.spoken', input: { home: `probe:${stream}`, stream } })
    const isEnd = (frame: Received): boolean => frame.part?.type === 'text-end'
    await until(() => sockets.every(({ frames }) => frames.filter(isEnd).length >= streams.length), 'all have spoken')
    for (const socket of sockets)
      for (const id of streams.keys()) {
        const texts = new HeardTexts()
        const [ended] = socket.frames.flatMap((frame) => {
          const now = frame.id === id ? texts.take(frame.part) : undefined
          return now?.ended === true ? [now.text] : []
        })
        assert.equal(ended, said)
      }
  } finally {
    for (const socket of sockets) await socket[Symbol.asyncDispose]()
  }
})
