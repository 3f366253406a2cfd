// shows: B10
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { actor, masterKey, type Actor } from '@hearth/kernel'
import type { Principal } from '@hearth/protocol'
import { features, type Caller, type Operation, type Reader } from '@hearth/features'
import { createArchive, noArchive } from '../../src/store/archive/archive.ts'
import { archiveLog } from '../../src/store/archive/archiving.ts'
import { openFileBlob } from '../../src/store/blob/file-blob.ts'
import { createReader } from '../../src/store/reader.ts'
import { command, openStore, type TestStore } from './store.ts'
import { onlyWhenLong } from '@hearth/testing/long'

const reminder = features.flatMap(({ actors }) => actors).find(({ kind }) => kind === 'reminder') as Actor
const rings = 99_999
const begin = Date.UTC(2026, 0, 1)
const place = { tenant: 'main', home: 'owner', kind: 'reminder', id: 'rem_long' }
const name = 'main/owner/reminder/rem_long'
const occurrence = (index: number) => ({ at: begin + index * 1000, local: '', index })
const rang = (index: number) => ({
  type: 'reminder.rang',
  occurrence: occurrence(index),
  rungAt: begin + index * 1000,
  late: false,
  covers: 0,
  next: occurrence(index + 1),
  search: null,
  timer: `1.${index + 2}.0`,
})
const set = {
  type: 'reminder.set',
  text: 'every second',
  plan: { type: 'rule', rule: 'FREQ=SECONDLY', zone: 'UTC', start: '2026-01-01T00:00:00', catchUp: 'once' },
  next: occurrence(0),
  timer: '1.1.0',
}

/** Writes the events that it is given, as the reminder's own code would have in a day. */
const scribe = actor<
  State['state'] | null,
  { readonly type: 'write'; readonly from: number; readonly count: number },
  { type: string }
>({
  kind: 'reminder',
  personal: true,
  initial: reminder.initial as never,
  shape: reminder.shape ?? 1,
  events: reminder.events as never,
  decide: (_state, { from, count }) => ({
    type: 'accept',
    events: Array.from({ length: count }, (_, index) => (from + index === 0 ? set : rang(from + index - 1))),
  }),
  evolve: reminder.evolve as never,
})

const kernelOwner = 'long'
const master = masterKey(randomBytes(32))
let store: TestStore
let archive = noArchive()
before(async () => {
  store = await openStore([reminder])
  const kernel = store.kernel({ actors: [scribe], master, owner: kernelOwner })
  await kernel.start()
  for (let from = 0; from <= rings; from += 10_000)
    await Promise.all(
      Array.from({ length: 1000 }, (_, part) =>
        kernel.submit(command(place, { type: 'write', from: from + part * 10, count: 10 } as never)),
      ),
    )
  await kernel.stop()
})
after(() => store[Symbol.asyncDispose]())

const owner: Principal = { tenant: 'main', kind: 'owner', id: 'owner', home: 'owner', scopes: ['*'] }

let read: string[] = []

async function asked<T>(operation: string, input: object, principal = owner): Promise<T> {
  await using reader = createReader(() => store.database.connection('read'), {
    master,
    archive,
    actors: new Map([['reminder', reminder]]),
  })
  read = []
  const history: Reader['history'] = (query) => {
    read.push(String(query.after?.sequence ?? 0))
    return reader.history(query)
  }
  const operations = features.flatMap((feature) => feature.operations)
  const named = (wanted: string) => operations.find((each) => each.name === wanted)
  const caller: Pick<Caller, 'principal' | 'now' | 'zone' | 'operation' | 'actor' | 'read' | 'assertReachable'> = {
    principal,
    now: begin,
    zone: 'UTC',
    operation: named,
    actor: (kind) => (kind === 'reminder' ? reminder : undefined),
    read: { ...reader, history },
    assertReachable: () => Promise.resolve(),
  }
  const found = named(operation) as Extract<Operation, { type: 'read' }>
  return (await found.read(found.input.parse(input), caller as Caller)) as T
}

interface State {
  readonly state: { readonly rung: number | null; readonly ended: string | null }
  readonly position: string
}

const positionOf = async (index: number): Promise<string> => {
  const { position } = await asked<State>('actors.state', { actor: name })
  const [slot, last] = position.split('.')
  return `${slot}.${Number(last) - rings + index}`
}

test('of 100,000 events the state after any of them is told', async () => {
  const now = await asked<State>('actors.state', { actor: name })
  assert.equal(now.state.rung, begin + (rings - 1) * 1000)
  for (const index of [0, 1, 4999, 50_000, rings]) {
    const position = await positionOf(index)
    const found = await asked<State>('actors.state', { actor: name, position })
    assert.deepEqual([found.position, found.state.rung], [position, index === 0 ? null : begin + (index - 1) * 1000])
  }
})

test('of 100,000 events the difference between two moments is told', async () => {
  const [from, to] = [await positionOf(10), await positionOf(90_000)]
  const { changes } = await asked<{ changes: readonly { path: string; value: unknown; was: unknown }[] }>(
    'actors.diff',
    { actor: name, fromPosition: from, toPosition: to },
  )
  const rung = changes.find(({ path }) => path === '/rung')
  assert.deepEqual([rung?.was, rung?.value], [begin + 9 * 1000, begin + 89_999 * 1000])
  assert.deepEqual(
    changes.map(({ path }) => path),
    ['/next/at', '/next/index', '/open/occurrence/at', '/open/occurrence/index', '/rung', '/timer'],
  )
})

test('a fork in the middle of 100,000 events goes on from there, and adds nothing to them', async () => {
  const position = await positionOf(60_000)
  const calls = [{ operation: 'reminders.cancel', input: { id: place.id } }]
  const forked = await asked<{ state: State['state']; events: readonly { position: string; type: string }[] }>(
    'actors.fork',
    { actor: name, position, calls },
  )
  assert.deepEqual([forked.state.rung, forked.state.ended], [begin + 59_999 * 1000, 'cancelled'])
  const [slot, sequence] = position.split('.')
  assert.deepEqual(
    forked.events.map((event) => [event.position, event.type]),
    [[`${slot}.${Number(sequence) + 1}`, 'reminder.cancelled']],
  )
  const [counted] = await store.as('read')`select sum(events)::integer as events from hearth.log`
  assert.equal(counted?.['events'], rings + 1)
})

test('who may look may not command, not even a fork', async () => {
  const reading = { ...owner, scopes: ['events.read'] }
  const calls = [{ operation: 'reminders.cancel', input: { id: place.id } }]
  await assert.rejects(asked('actors.fork', { actor: name, calls }, reading), { code: 'auth.permission-missing' })
})

test('a state after the snapshot is told from there, one before it from the first event', async () => {
  const [saved] = await store.as('read')`select sequence::integer from hearth.snapshots`
  const { position } = await asked<State>('actors.state', { actor: name })
  assert.equal(read[0], String(Number(saved?.['sequence']) - 1))
  assert.ok(read.length < 100)
  const at = new Date(begin).toISOString()
  await assert.rejects(asked('actors.state', { actor: name, at, position }), { code: 'input.invalid' })
  const early = await positionOf(3)
  const found = await asked<State>('actors.state', { actor: name, position: early })
  assert.deepEqual([found.position, found.state.rung, read[0]], [early, begin + 2 * 1000, '0'])
})

test('of 100,000 events that went to files the state after any of them is told as before', onlyWhenLong, async () => {
  const moments = [0, 4999, 50_000, 99_500, rings]
  const told = async () => {
    const states: State[] = []
    for (const index of moments)
      states.push(await asked<State>('actors.state', { actor: name, position: await positionOf(index) }))
    return states
  }
  const before = await told()
  archive = createArchive(await openFileBlob({ folder: join(store.folder, 'archive') }))
  const moved = await archiveLog({
    connection: store.database.connection('commit'),
    archive,
    owner: kernelOwner,
    before: Date.now() + 60_000,
    now: Date.now(),
  })
  assert.deepEqual([moved.rows, (await store.as('read')`select from hearth.log`).length], [10_000, 0])
  assert.deepEqual(await told(), before)
})
