// shows: D13
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { masterKey, type Actor } from '@hearth/kernel'
import { features } from '@hearth/features'
import { createPostgresLog } from '../../src/store/log.ts'
import { createReader } from '../../src/store/reader.ts'
import { applyTombstones, createTombstones } from '../../src/store/tombstones.ts'
import { at, ledger } from './ledger-actor.ts'
import { command, openStore, type TestStore } from './store.ts'

const person = features.flatMap(({ actors }) => actors).find(({ kind }) => kind === 'person') as Actor
const master = masterKey(randomBytes(32))
const actors = [ledger, person]
let store: TestStore
before(async () => {
  store = await openStore(actors)
})
after(() => store[Symbol.asyncDispose]())

test('a tombstone is kept beside the database, whatever a crash left of its file', async () => {
  const tombstones = createTombstones(store.folder)
  assert.deepEqual(await tombstones.all(), [])
  await tombstones.keep({ tenant: 'main', home: 'ann', at: 5 })
  await appendFile(join(store.folder, 'forgotten.jsonl'), '{"tenant":"main","ho')
  await tombstones.keep({ tenant: 'main', home: 'ben', at: 6 })
  await tombstones.keep({ tenant: 'main', home: 'ann', at: 7 })
  await tombstones.keep({ tenant: 'main', home: 'ann', at: 7 })
  assert.deepEqual(await tombstones.all(), [
    { tenant: 'main', home: 'ann', at: 7 },
    { tenant: 'main', home: 'ben', at: 6 },
  ])
})

test('a database from before a person was forgotten forgets them before it serves, and rings nothing of theirs', async () => {
  const kernel = store.kernel({ actors, master })
  await kernel.start()
  const due = Date.now() - 1000
  for (const home of ['restored', 'other']) {
    await kernel.submit(command(at(home), { type: 'write', text: 'before' } as never))
    await kernel.submit(command(at(home), { type: 'remind', due: due + 10_000_000 } as never))
  }
  await kernel.stop()
  await using reader = createReader(() => store.database.connection('read'), {
    master,
    actors: new Map(actors.map((actor) => [actor.kind, actor])),
  })
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const apply = () =>
    applyTombstones({
      tombstones: [{ tenant: 'main', home: 'restored', at: Date.now() - 500 }],
      log,
      actors,
      master,
      reader,
    })
  assert.equal(await apply(), 1)
  const sql = store.as('read')
  const homes = async (question: string) => (await sql.unsafe(question)).map(({ home }) => home as string)
  assert.deepEqual(await homes('select home from hearth.view_ledger_1'), ['other'])
  assert.deepEqual(
    await homes(`select a.home from hearth.effects e join hearth.actors a using (actor) where e.kind = 'timer'`),
    ['other'],
  )
  const events = await reader.history({ tenant: 'main', home: 'restored', limit: 10 })
  assert.deepEqual(
    events.map(({ event }) => event.type),
    ['ledger.written', 'ledger.reminded', 'person.forgotten'],
  )
})

test('whom the database has forgotten is not forgotten again', async () => {
  await using reader = createReader(() => store.database.connection('read'), { master, actors: new Map() })
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const kernel = store.kernel({ actors, master })
  await kernel.start()
  const before = Date.now()
  await kernel.submit(
    command({ tenant: 'main', home: 'gone', kind: 'person', id: 'self' }, { type: 'forget' }, { alone: true }),
  )
  await kernel.stop()
  const tombstones = [{ tenant: 'main', home: 'gone', at: before }]
  assert.equal(await applyTombstones({ tombstones, log, actors, master, reader }), 0)
})
