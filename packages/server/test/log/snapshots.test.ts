// shows: B10
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { actor, masterKey, silentMeter, type Actor, type Log, type Meter } from '@hearth/kernel'
import { createPostgresLog } from '../../src/store/log.ts'
import { command, openStore, type TestStore } from './store.ts'

interface Tally {
  readonly count: number
  readonly last: string
}

type Event = { readonly type: 'tally.told'; readonly text: string }

const tallyOf = (shape: number | undefined): Actor =>
  actor<Tally, { readonly type: 'tell'; readonly text: string }, Event>({
    kind: 'tally',
    personal: true,
    initial: { count: 0, last: '' },
    ...(shape === undefined ? {} : { shape }),
    decide: (state, { text }) => ({
      type: 'accept',
      events: [{ type: 'tally.told', text }],
      answer: { before: state.count, last: state.last },
    }),
    evolve: (state, { text }) => ({ count: state.count + 1, last: text }),
  })

const master = masterKey(randomBytes(32))
let store: TestStore
before(async () => {
  store = await openStore([tallyOf(1)])
})
after(() => store[Symbol.asyncDispose]())

const address = (home: string) => ({ tenant: 'main', home, kind: 'tally', id: 'one' })

/** Tells the log's loads how many rows they brought. */
function counting(log: Log, loads: number[]): Log {
  return {
    ...log,
    writer: (owner) => {
      const inner = log.writer(owner)
      return {
        ...inner,
        load: async (request) => {
          const loaded = await inner.load(request)
          for (const { rows } of loaded.actors.values()) loads.push(rows.length)
          return loaded
        },
      }
    },
  }
}

async function tell(home: string, times: number, shape: number | undefined, meter: Meter = silentMeter) {
  const loads: number[] = []
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const kernel = store.kernel({ actors: [tallyOf(shape)], log: counting(log, loads), master, meter })
  await kernel.start()
  const replies = await Promise.all(
    Array.from({ length: times }, (_, index) =>
      kernel.submit(command(address(home), { type: 'tell', text: `word ${index}` } as never)),
    ),
  )
  const damaged = kernel.lanes().reduce((sum, lane) => sum + lane.damagedSnapshots, 0)
  await kernel.stop()
  return { loads, damaged, first: JSON.parse(replies[0]?.body ?? 'null') as { before: number; last: string } }
}

const snapshotIn = async (home: string) => {
  const [row] = await store.as('read')<{ version: number; shape: number; data: Buffer }[]>`
    select s.version, s.shape, s.data from hearth.snapshots s join hearth.actors a on a.actor = s.actor where a.home = ${home}`
  return row
}

test('a long history is loaded from its snapshot on, to the same state', async () => {
  await tell('long', 1050, 1)
  const snapshot = await snapshotIn('long')
  assert.ok((snapshot?.version ?? 0) >= 950, `a snapshot at ${snapshot?.version}`)
  assert.equal(snapshot?.data.includes('word'), false)
  const { loads, first } = await tell('long', 1, 1)
  assert.deepEqual(first, { before: 1050, last: 'word 1049' })
  assert.deepEqual(loads, [1050 - (snapshot?.version ?? 0)])
})

test('without a shape there are no snapshots', async () => {
  await tell('plain', 250, undefined)
  assert.equal(await snapshotIn('plain'), undefined)
  assert.deepEqual((await tell('plain', 1, undefined)).loads, [250])
})

test('a snapshot of another shape is passed over, and replaced in time', async () => {
  await tell('shape', 200, 1)
  const { first, loads } = await tell('shape', 150, 2)
  assert.deepEqual(first, { before: 200, last: 'word 199' })
  assert.equal(loads.at(-1), 200)
  assert.equal((await snapshotIn('shape'))?.shape, 2)
  assert.deepEqual((await tell('shape', 1, 2)).first, { before: 350, last: 'word 149' })
})

test('a damaged snapshot, or one moved from another actor, is passed over and told of', async () => {
  await tell('damaged', 200, 1)
  await tell('other', 300, 1)
  const sql = store.as('commit')
  const damages = [
    () => sql`update hearth.snapshots set data = set_byte(data, 20, 255 - get_byte(data, 20))
      where actor = (select actor from hearth.actors where home = 'damaged')`,
    () => sql`update hearth.snapshots s set data = o.data, version = o.version
      from hearth.snapshots o join hearth.actors a on a.actor = o.actor and a.home = 'other'
      where s.actor = (select actor from hearth.actors where home = 'damaged')`,
  ]
  for (const [index, damage] of damages.entries()) {
    await damage()
    const failures: string[] = []
    const { first, damaged } = await tell('damaged', 1, 1, {
      ...silentMeter,
      storeFailed: (error) => failures.push(String(error)),
    })
    assert.equal(first.before, 200 + index)
    assert.match(failures.join('\n'), /the snapshot of actor \d+ is damaged/)
    // The same command wrote a new one.
    assert.equal(damaged, 0)
    assert.equal((await tell('damaged', 0, 1)).damaged, 0)
  }
})
