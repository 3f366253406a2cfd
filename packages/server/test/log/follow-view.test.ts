// shows: B10
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { masterKey, type Actor, type Kernel, type View } from '@hearth/kernel'
import { features } from '@hearth/features'
import { noArchive } from '../../src/store/archive/archive.ts'
import { createRenewingClient } from '../../src/store/renewing.ts'
import { verifyView } from '../../src/store/verify-view.ts'
import { createFollower } from '../../src/store/views/follow.ts'
import { rebuildView } from '../../src/store/views/rebuild.ts'
import { at, ledger } from './ledger-actor.ts'
import { command, openStore, type TestStore } from './store.ts'

type Written = { readonly type: 'ledger.written'; readonly text: string }

const view: View<unknown, Written> = {
  name: 'written',
  version: 1,
  columns: { text: 'text' },
  trailing: ['ledger.written'],
  project: (_state, { text }) => [{ type: 'put', key: text, row: { text } }],
}
const person = features.flatMap(({ actors }) => actors).find(({ kind }) => kind === 'person') as Actor
const actors = [{ ...ledger, views: [...(ledger.views ?? []), view as unknown as View] }, person]
const master = masterKey(randomBytes(32))
let store: TestStore
let kernel: Kernel
before(async () => {
  store = await openStore(actors)
  kernel = store.kernel({ actors, master })
  await kernel.start()
})
after(async () => {
  await kernel.stop()
  await store[Symbol.asyncDispose]()
})

const write = (home: string, text: string) => kernel.submit(command(at(home), { type: 'write', text } as never))
const sequences = () => new Map(kernel.lanes().flatMap((lane) => [...lane.sequences]))

/** As after a start: it knows only what the database does. */
async function following<T>(work: (pass: () => Promise<void>, behind: () => number) => Promise<T>): Promise<T> {
  await using client = createRenewingClient(() => store.database.connection('commit'), {
    max: 1,
    connection: { application_name: 'hearth-follow', 'hearth.tenants': '{main}' },
  })
  const options = { client, archive: noArchive(), master, view: view as unknown as View, actors, sequences }
  const follower = createFollower(options)
  return await work(
    () => follower.pass(),
    () => follower.behind(),
  )
}

const listed = async (home: string) =>
  (await store.as('read')`select text from hearth.view_written_1 where home = ${home} order by text`).map(
    ({ text }) => text as string,
  )
const verify = () =>
  verifyView({
    connection: store.database.connection('read'),
    master,
    tenant: 'main',
    view: view as unknown as View,
    actors,
  })

test('it is not written in the commit, but behind it, and says how far behind', async () => {
  await write('ann', 'one')
  await write('ann', 'two')
  assert.deepEqual(await listed('ann'), [])
  assert.deepEqual(await verify(), { rows: 0, different: 0 })
  await following(async (pass, behind) => {
    await pass()
    assert.deepEqual([await listed('ann'), behind()], [['one', 'two'], 0])
    await write('ann', 'three')
    assert.equal(behind(), 1)
    await pass()
    assert.equal(behind(), 0)
  })
  assert.deepEqual(await verify(), { rows: 3, different: 0 })
})

/** The statement that a pass ends in: whatever had been done before it goes with it. */
const boundaries = {
  'its rows': `before insert on hearth.view_written_1`,
  'its position': `before insert or update on hearth.view_positions`,
}

for (const [boundary, when] of Object.entries(boundaries))
  test(`a pass that ends at ${boundary} is done again whole, also by the next start`, async () => {
    const owner = store.as('migrate')
    await owner.unsafe(`
      create function hearth.stop_here() returns trigger language plpgsql as $$ begin raise exception 'stopped'; end $$;
      create trigger stop_here ${when} for each row execute function hearth.stop_here()`)
    await write('ben', `before ${boundary}`)
    await following(async (pass) => {
      await assert.rejects(pass(), /stopped/)
      await assert.rejects(pass(), /stopped/)
    })
    await owner`drop function hearth.stop_here cascade`
    await following(async (pass) => {
      await pass()
    })
    assert.ok((await listed('ben')).includes(`before ${boundary}`))
    assert.equal((await verify()).different, 0)
  })

test('a pass whose connection is cut before its commit has written nothing, and the next goes on', async () => {
  await write('cut', 'one')
  await following(async (pass, behind) => {
    const owner = store.as('migrate')
    await owner.unsafe(`
      create function hearth.cut_here() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
      create trigger cut_here after insert or update on hearth.view_positions for each row execute function hearth.cut_here()`)
    await assert.rejects(pass())
    assert.deepEqual([await listed('cut'), behind()], [[], 1])
    await owner`drop function hearth.cut_here cascade`
    await pass()
    assert.deepEqual([await listed('cut'), behind()], [['one'], 0])
  })
})

test('two who follow at once do no more than one', async () => {
  await Promise.all(Array.from({ length: 300 }, (_, index) => write(`home ${index % 20}`, `line ${index}`)))
  await Promise.all([following((pass) => pass()), following((pass) => pass())])
  assert.equal((await verify()).different, 0)
  assert.equal((await listed('home 3')).length, 15)
})

test('whoever is forgotten while it follows is not in it', async () => {
  await following(async (pass) => {
    await write('gone', 'secret')
    const forgetting = kernel.submit(
      command({ tenant: 'main', home: 'gone', kind: 'person', id: 'self' }, { type: 'forget' }, { alone: true }),
    )
    await Promise.all([pass(), forgetting, pass()])
    await write('gone', 'anew')
    await pass()
    assert.deepEqual(await listed('gone'), ['anew'])
  })
  assert.equal((await verify()).different, 0)
})

test('it is rebuilt while it follows, and goes on from there', async () => {
  await store.as('commit')`delete from hearth.view_written_1 where home = 'ann'`
  await following(async (pass) => {
    await rebuildView({
      connection: store.database.connection('commit'),
      tenants: ['main'],
      master,
      view: view as unknown as View,
      actors,
      at: async (boundary) => {
        if (boundary === 'filled') {
          await write('ann', 'meanwhile')
          await pass()
          await write('ann', 'and then')
        }
      },
    })
    await write('ann', 'afterwards')
    await pass()
  })
  assert.deepEqual(await listed('ann'), ['afterwards', 'and then', 'meanwhile', 'one', 'three', 'two'])
  assert.equal((await verify()).different, 0)
})
