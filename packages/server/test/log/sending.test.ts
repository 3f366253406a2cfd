// shows: B2, B10
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { features } from '@hearth/features'
import { systemClock, type Actor, type Clock, type Kernel } from '@hearth/kernel'
import { listEffects } from '../../src/store/effect-list.ts'
import { createPostgresLog } from '../../src/store/log.ts'
import { stoppingLog, type Stop, type StoppingLog } from './stopping-log.ts'
import { command, openStore, until, type TestStore } from './store.ts'

const actors: readonly Actor[] = features
  .filter(({ name }) => name === 'reminders')
  .flatMap((feature) => feature.actors)
const hourMs = 3_600_000
const due = Date.UTC(2090, 0, 1)
const next = { index: 0, local: '2090-01-01T00:00:00', at: due }
const plan = { type: 'once', at: due, zone: 'UTC', catchUp: 'once' }

let store: TestStore
let sql: ReturnType<TestStore['as']>
before(async () => {
  store = await openStore(actors)
  sql = store.as('read')
})
after(() => store[Symbol.asyncDispose]())

let aheadBy = 0

/** So much later than the last one: the time of a log never goes back. */
function later(ms: number): Clock {
  aheadBy += ms
  const ahead = aheadBy
  return { ...systemClock, now: () => systemClock.now() + ahead }
}

interface Opened extends AsyncDisposable {
  readonly kernel: Kernel
  readonly log: StoppingLog
}

async function open(stop: Stop | null, laterMs = 0): Promise<Opened> {
  const log = stoppingLog(
    createPostgresLog(
      () => store.database.connection('commit'),
      () => ['main'],
    ),
    stop,
  )
  const kernel = store.kernel({ actors, log, clock: later(laterMs) })
  const started = kernel.start()
  // What is owed is done from the first lane on: it may be told to stop before the last one is there.
  if (stop === null) await started
  else await Promise.race([started, log.stopped])
  started.catch(() => undefined)
  const close = async (): Promise<void> => {
    await Promise.allSettled([started])
    await kernel.stop()
  }
  return { kernel, log, [Symbol.asyncDispose]: close }
}

const at = (home: string, kind: string, id = 'all') => ({ tenant: 'main', home, kind, id })
const rule = (home: string, sender: string, may = true) =>
  command(at(home, 'reminder-senders'), { type: 'rule', sender, may } as { readonly type: string })
const sending = (name: string, to = `${name}-anna`) =>
  command(at(`${name}-ben`, 'sent-reminder', 'one'), {
    type: 'send',
    to,
    reminder: `rem-${name}`,
    text: 'call your mother',
    plan,
    next,
    timeoutMs: 60_000,
  } as { readonly type: string })

const keyed = (name: string, number: number): ReturnType<typeof command> => {
  const digits = String(number).padStart(12, '0')
  return {
    ...sending(name),
    key: { scope: `00000000-0000-4000-8000-${digits}`, hash: `00000000-0000-4000-9000-${digits}` },
  }
}

async function sentOf(name: string): Promise<{ state: string; reason: string | null } | undefined> {
  const [row] = await sql<{ state: string; reason: string | null }[]>`
    select state, reason from hearth.view_sent_reminders_1 where home = ${`${name}-ben`}`
  return row
}

async function atTarget(home: string): Promise<string | null> {
  const rows = await sql<{ state: string }[]>`select state from hearth.view_reminders_2 where home = ${home}`
  assert.ok(rows.length <= 1, `${rows.length} reminders in ${home}`)
  return rows[0]?.state ?? null
}

/** The events of an actor's home, as the log has them. */
async function typesIn(home: string): Promise<readonly string[]> {
  const rows = await sql<{ types: string }[]>`select l.types from hearth.log l
    join hearth.actors a on a.actor = l.actor where a.home = ${home} order by l.sequence`
  return rows.map(({ types }) => types)
}

const ends = async (name: string, state: string): Promise<void> => {
  await until(async () => (await sentOf(name))?.state === state, `${name} is ${state}`)
  await until(async () => {
    const owed = await listEffects(sql, { tenant: 'main', state: 'owed', limit: 500 })
    return !owed.some((effect) => effect.address.startsWith(`main/${name}-`) && effect.due < due)
  }, `nothing is owed for ${name}`)
}

test('a reminder for somebody else is set in their home when they let its sender [B2]', async () => {
  await using opened = await open(null)
  const { kernel } = opened
  await kernel.submit(rule('plain-anna', 'plain-ben'))
  const reply = await kernel.submit(sending('plain'))
  assert.deepEqual(JSON.parse(reply.body), { id: 'one', state: 'sent' })
  await ends('plain', 'accepted')
  assert.equal(await atTarget('plain-anna'), 'scheduled')
  assert.deepEqual(await typesIn('plain-ben'), ['sending.sent', 'sending.accepted'])
  assert.deepEqual(await typesIn('plain-anna'), ['senders.ruled', 'senders.received', 'reminder.set'])
})

test('nobody may send until they are let, nor after they are not any more; a home that never was answers the same', async () => {
  await using opened = await open(null)
  const { kernel } = opened
  await kernel.submit(rule('shy-anna', 'shy-ben'))
  await kernel.submit(rule('shy-anna', 'shy-ben', false))
  await kernel.submit(sending('shy'))
  await kernel.submit(sending('new', 'nobody-was-ever-here'))
  await Promise.all([ends('shy', 'refused'), ends('new', 'refused')])
  assert.deepEqual(await sentOf('shy'), { state: 'refused', reason: 'reminders.sender-refused' })
  assert.deepEqual(await sentOf('new'), await sentOf('shy'))
  assert.deepEqual([await atTarget('shy-anna'), await typesIn('nobody-was-ever-here')], [null, []])
})

test('only the home that sent a reminder can have it withdrawn, and nobody by a call', async () => {
  await using opened = await open(null)
  const { kernel } = opened
  await kernel.submit(rule('mine-anna', 'mine-ben'))
  await kernel.submit(sending('mine'))
  await ends('mine', 'accepted')
  const address = at('mine-anna', 'reminder', 'rem-mine')
  const asking = (home: string) => ({ asker: at(home, 'sent-reminder', 'x'), hops: 1, deadline: null })
  const withdraw = (more: object) => kernel.submit(command(address, { type: 'withdraw' }, more))
  assert.equal((await withdraw({})).body, 'reminders.unknown')
  assert.equal((await withdraw({ asked: asking('eve') })).body, 'reminders.unknown')
  assert.equal(await atTarget('mine-anna'), 'scheduled')
  assert.equal((await withdraw({ asked: asking('mine-ben') })).status, 200)
  assert.equal(await atTarget('mine-anna'), 'cancelled')
})

/** Runs until the process stops where it is told to; the caller tries again at the next one, under its key. */
async function interrupted(name: string, number: number, stop: Stop): Promise<readonly string[]> {
  const opened = await open(stop)
  opened.kernel.submit(keyed(name, number)).catch(() => undefined)
  await opened.log.stopped
  await opened[Symbol.asyncDispose]()
  return opened.log.commits
}

let number = 0
for (const when of ['before', 'after'] as const)
  for (const commit of [1, 2, 3])
    test(`stopped ${when} commit ${commit} of a sending, it comes to the same end [B10]`, async () => {
      const name = `stop-${when}-${commit}`
      number += 1
      const key = number
      {
        await using allowing = await open(null)
        await allowing.kernel.submit(rule(`${name}-anna`, `${name}-ben`))
      }
      const commits = await interrupted(name, key, { commit, when })
      assert.equal(commits.at(-1), ['', 'sending.sent', 'senders.received reminder.set', 'sending.accepted'][commit])
      await using opened = await open(null)
      const reply = await opened.kernel.submit(keyed(name, key))
      assert.deepEqual(JSON.parse(reply.body), { id: 'one', state: 'sent' })
      await ends(name, 'accepted')
      assert.equal(await atTarget(`${name}-anna`), 'scheduled')
      assert.deepEqual(await typesIn(`${name}-ben`), ['sending.sent', 'sending.accepted'])
      assert.deepEqual(await typesIn(`${name}-anna`), ['senders.ruled', 'senders.received', 'reminder.set'])
    })

test('what was not asked before its time was up is not set any more', async () => {
  {
    await using allowing = await open(null)
    await allowing.kernel.submit(rule('slow-anna', 'slow-ben'))
  }
  await interrupted('slow', 50, { commit: 2, when: 'before' })
  await using opened = await open(null, hourMs)
  await ends('slow', 'timed-out')
  assert.deepEqual(await sentOf('slow'), { state: 'timed-out', reason: 'ask.expired' })
  assert.equal(await atTarget('slow-anna'), null)
  assert.deepEqual(await typesIn('slow-ben'), ['sending.sent', 'sending.timed-out', 'sending.refused-late'])
  assert.ok(opened)
})

const late = ['sending.sent', 'sending.timed-out', 'sending.accepted-late', 'sending.withdrawn']

test('what was accepted and became known too late is withdrawn [B10]', async () => {
  {
    await using allowing = await open(null)
    await allowing.kernel.submit(rule('late-anna', 'late-ben'))
  }
  await interrupted('late', 60, { commit: 2, when: 'after' })
  assert.equal(await atTarget('late-anna'), 'scheduled')
  await using opened = await open(null, hourMs)
  await ends('late', 'withdrawn')
  assert.equal(await atTarget('late-anna'), 'cancelled')
  assert.deepEqual(await typesIn('late-ben'), late)
  assert.ok(opened)
})

for (const when of ['before', 'after'] as const)
  for (const commit of [1, 2, 3, 4])
    test(`stopped ${when} commit ${commit} of a withdrawal, it comes to the same end [B10]`, async () => {
      const name = `undo-${when}-${commit}`
      number += 1
      {
        await using allowing = await open(null)
        await allowing.kernel.submit(rule(`${name}-anna`, `${name}-ben`))
      }
      await interrupted(name, 100 + number, { commit: 2, when: 'after' })
      const second = await open({ commit, when }, hourMs)
      await second.log.stopped
      await second[Symbol.asyncDispose]()
      await using third = await open(null, hourMs)
      await ends(name, 'withdrawn')
      assert.equal(await atTarget(`${name}-anna`), 'cancelled')
      assert.deepEqual(await typesIn(`${name}-ben`), late)
      assert.ok(third)
    })
