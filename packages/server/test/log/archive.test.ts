// shows: B10
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { masterKey, type Actor, type Blob, type EffectKind, type Kernel } from '@hearth/kernel'
import { createArchive, type Archive } from '../../src/store/archive/archive.ts'
import { archiveLog } from '../../src/store/archive/archiving.ts'
import { openFileBlob } from '../../src/store/blob/file-blob.ts'
import { keepArchive } from '../../src/store/archive/keeping.ts'
import { createManualClock } from '@hearth/testing'
import { createPostgresLog } from '../../src/store/log.ts'
import { createReader } from '../../src/store/reader.ts'
import { verifyLog } from '../../src/store/verify-log.ts'
import { verifyView } from '../../src/store/verify-view.ts'
import { rebuildView } from '../../src/store/views/rebuild.ts'
import { at, ledger, ledgerView } from './ledger-actor.ts'
import { command, nothing, openStore, until, type TestStore } from './store.ts'

const master = masterKey(randomBytes(32))
const owner = randomUUID()
const actors: readonly Actor[] = [{ ...ledger, shape: 1 }]
let store: TestStore
let blob: Blob
let archive: Archive
let kernel: Kernel

const folder = () => join(store.folder, 'archive')
const start = async (effects: readonly EffectKind[] = [nothing]) => {
  archive = createArchive(blob)
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
    undefined,
    archive,
  )
  kernel = store.kernel({ actors, effects, master, owner, log })
  await kernel.start()
}
const restart = async (effects?: readonly EffectKind[]) => {
  await kernel.stop()
  await start(effects)
}

before(async () => {
  store = await openStore(actors)
  blob = await openFileBlob({ folder: folder() })
  await start()
})
after(async () => {
  await kernel.stop()
  await store[Symbol.asyncDispose]()
})

const write = async (home: string, text: string, ask = false) =>
  kernel.submit(command(at(home), { type: 'write', text, ask } as never))
const move = (more: Partial<Parameters<typeof archiveLog>[0]> = {}) =>
  archiveLog({
    connection: store.database.connection('commit'),
    archive,
    owner,
    before: Date.now() + 60_000,
    now: Date.now(),
    ...more,
  })
const rowsLeft = async (): Promise<number> =>
  Number((await store.as('read')`select count(*) as rows from hearth.log`)[0]?.['rows'])
const verified = () => verifyLog({ connection: store.database.connection('commit'), master, archive, now: Date.now() })
const view = () =>
  verifyView({
    connection: store.database.connection('read'),
    master,
    tenant: 'main',
    view: ledgerView as never,
    actors,
    archive,
  })
const history = async (home: string, limit = 100, sequence?: number) => {
  await using reader = createReader(() => store.database.connection('read'), {
    master,
    archive,
    actors: new Map(actors.map((each) => [each.kind, each])),
  })
  const events = await reader.history({
    tenant: 'main',
    home,
    limit,
    ...(sequence === undefined ? {} : { after: { slot: 0, sequence } }),
  })
  return events.map(({ event }) => (event as { readonly text?: string }).text)
}

test('old rows go to files that replay: the log, its views, its actors and their histories are as before', async () => {
  for (let line = 0; line < 30; line += 1) await write(`old-${line % 3}`, `line ${line}`, line % 5 === 0)
  await until(async () => (await rowsLeft()) === 36, 'the effects are settled')
  const told = await history('old-0')
  const { checkpoint } = await verified()
  const dry = await move({ dryRun: true })
  assert.deepEqual([dry.rows, dry.files, await rowsLeft()], [36, 0, 36])
  const moved = await move({ limits: { rows: 4, bytes: 1_000_000 } })
  assert.equal(moved.rows, 36)
  assert.ok(moved.files >= 9)
  assert.equal(await rowsLeft(), 0)
  const check = async (rows: number) => {
    const log = await verifyLog({
      connection: store.database.connection('commit'),
      master,
      archive,
      now: 1,
      checkpoint: checkpoint ?? '',
    })
    assert.deepEqual([log.rows, log.broken], [rows, []])
    assert.deepEqual((await view()).different, 0)
  }
  await check(36)
  assert.deepEqual(await history('old-0'), told)
  await restart()
  for (const home of ['old-0', 'old-1', 'old-2']) assert.equal((await write(home, 'after')).body, '11')
  await check(39)
  assert.deepEqual(await history('old-0'), [...told, 'after'])
  assert.deepEqual((await history('old-0', 3)).slice(0, 3), told.slice(0, 3))
  await move()
  await check(39)
  await restart()
  assert.equal((await write('old-1', 'once more')).body, '12')
  await check(40)
})

test('rows that owe something stay, and so does what came too late', async () => {
  const [counted] = await store.as('read')`select max(at) as at from hearth.log`
  assert.equal((await move({ before: Number(counted?.['at']) })).rows, 0)
  const gate = Promise.withResolvers<void>()
  const slow: EffectKind = {
    ...nothing,
    timeoutMs: 60_000,
    run: async () => {
      await gate.promise
      return { type: 'done', value: null }
    },
  }
  await restart([slow])
  await write('owes', 'x', true)
  await move()
  assert.equal(await rowsLeft(), 1)
  gate.resolve()
  await until(async () => (await rowsLeft()) === 2, 'it is settled')
  await restart()
  await move()
  assert.equal(await rowsLeft(), 0)
  assert.equal((await write('owes', 'y')).body, '2')
})

test('an actor is loaded from its snapshot and the archived rows after it, and has a new one with its next row', async () => {
  for (const text of ['one', 'two']) await write('saved', text)
  await move()
  await restart()
  assert.equal((await write('saved', 'three')).body, '3')
  const saved = async () => {
    const [row] = await store.as('read')`
      select s.sequence from hearth.snapshots s join hearth.actors a using (actor) where a.home = 'saved'`
    return Number(row?.['sequence'])
  }
  assert.equal(await saved(), 3)
  for (const text of ['four', 'five']) await write('saved', text)
  await move()
  await restart()
  assert.equal((await write('saved', 'six')).body, '6')
  assert.equal(await saved(), 6)
  assert.equal((await write('saved', 'seven')).body, '7')
  assert.deepEqual((await view()).different, 0)
})

test('only who owns a slot moves its rows', async () => {
  await write('owned', 'x')
  assert.equal((await move({ owner: 'somebody else' })).rows, 0)
})

test('rows stay where a file does not hold what was written', async () => {
  await write('held', 'x')
  const left = await rowsLeft()
  const { put, ...rest } = blob
  const forgetful: Blob = {
    ...rest,
    put: async (content) => {
      const entry = await put(content)
      await blob.delete(entry.hash)
      return entry
    },
  }
  await assert.rejects(move({ archive: createArchive(forgetful) }), { code: 'archive.missing' })
  assert.equal(await rowsLeft(), left)
})

test('wherever a run is cut, the rows or their file are there, and the next one moves them', async () => {
  for (let line = 0; line < 6; line += 1) await write('cut', `line ${line}`)
  const { rows } = await verified()
  const left = await rowsLeft()
  const cut = (where: string) => (): never => {
    throw new Error(`cut ${where}`)
  }
  const lost = async (): Promise<void> => {
    await store.as('commit')`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hearth-archive'`
  }
  const boundaries: readonly Blob[] = [
    { ...blob, put: cut('before the file is written') },
    { ...blob, get: cut('before it is read back') },
    {
      ...blob,
      put: async (content) => {
        await blob.put(content)
        return cut('after it was written')()
      },
    },
    {
      ...blob,
      get: async (hash) => {
        const content = await blob.get(hash)
        await lost()
        return content
      },
    },
  ]
  for (const broken of boundaries) {
    await assert.rejects(move({ archive: createArchive(broken) }))
    assert.equal(await rowsLeft(), left)
    assert.deepEqual(await verified().then((found) => [found.rows, found.broken]), [rows, []])
  }
  assert.equal((await move()).rows, left)
  assert.deepEqual(await verified().then((found) => [found.rows, found.broken]), [rows, []])
  await restart()
  assert.equal((await write('cut', 'next')).body, '7')
})

test('a hole in the log is not moved, and is named', async () => {
  const sql = store.as('migrate', { 'hearth.tenants': '{main}' })
  for (let line = 0; line < 3; line += 1) await write('hole', `line ${line}`)
  await sql`alter table hearth.log no force row level security`
  const [taken] = await sql`
    with taken as (delete from hearth.log where actor = (select actor from hearth.log order by at desc, sequence desc limit 1)
      and version = 2 returning *) select * from taken`
  await assert.rejects(move(), { code: 'archive.log-broken' })
  await sql`insert into hearth.log ${sql(taken ?? {})}`
  await sql`alter table hearth.log force row level security`
  await move()
  assert.deepEqual((await verified()).broken, [])
})

test('once a day what is old enough is moved by itself, where it is worth a file', async () => {
  const clock = createManualClock(Date.now())
  await using reader = createReader(() => store.database.connection('read'), { master, archive, actors: new Map() })
  using keeping = keepArchive({
    connection: () => store.database.connection('commit'),
    reader,
    archive,
    owner,
    kernel,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    afterDays: 3,
    clock,
  })
  await Promise.all(Array.from({ length: 1001 }, (_, line) => write('daily', `line ${line}`)))
  await write('seldom', 'one')
  const left = await rowsLeft()
  clock.advance(60_000)
  await keeping.check()
  await keeping.move({ before: 0 })
  assert.equal(await rowsLeft(), left)
  for (let day = 0; day < 4; day += 1) {
    clock.advance(86_400_000)
    await keeping.move({ before: 0 })
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(await rowsLeft(), left - 1001)
  assert.equal((await keeping.status())['unreadable'], 0)
})

test('a file that is gone or damaged sets its actors aside with a stable code; put back, all goes on', async () => {
  await write('lost', 'one')
  await write('lost', 'two')
  await move()
  const [file] = await store.as('read')`
    select r.hash from hearth.actors a join hearth.archived h using (actor)
      join hearth.archives r on r.slot = a.slot and r.first = h.first where a.home = 'lost'`
  const hash = String(file?.['hash'])
  const path = join(folder(), hash.slice(0, 2), hash)
  const content = await readFile(path)
  for (const [code, spoil] of [
    ['archive.missing', () => rm(path)],
    ['archive.damaged', () => writeFile(path, content.subarray(1))],
  ] as const) {
    await spoil()
    await restart()
    const refused = await write('lost', 'three')
    assert.equal(refused.body, code)
    assert.equal((await write('elsewhere', 'goes on')).status, 200)
    assert.deepEqual(
      kernel.lanes().flatMap(({ aside }) => [...aside]),
      [[`archive ${hash}`, 1]],
    )
    assert.deepEqual(
      archive.unreadable().map((each) => each.hash),
      [hash],
    )
    const broken = await verified()
    assert.equal(broken.broken.length, 1)
    assert.equal(broken.checkpoint, null)
    await assert.rejects(view(), { code })
    await assert.rejects(history('lost'), { code })
    await writeFile(path, content)
    archive = createArchive(blob)
    assert.deepEqual((await verified()).broken, [])
    assert.equal((await history('lost')).length, 2)
  }
  assert.equal((await write('lost', 'three')).body, '3')
})

test('no file is left of a run that ended before it named it', async () => {
  const before = (await readdir(folder(), { recursive: true })).length
  const { hash } = await blob.put([Buffer.from('half a run')])
  await move({ now: Date.now() + 2 * 86_400_000 })
  assert.equal(await blob.find(hash), null)
  assert.ok((await readdir(folder(), { recursive: true })).length >= before)
})

test('a view is rebuilt from files and log, also while rows go to files, and what cannot be read keeps what it has', async () => {
  await Promise.all(Array.from({ length: 60 }, (_, index) => write(`rebuilt ${index % 6}`, `line ${index}`)))
  await move()
  await Promise.all(Array.from({ length: 60 }, (_, index) => write(`rebuilt ${index % 6}`, `later ${index}`)))
  await store.as('commit')`update hearth.view_ledger_1 set lines = 0 where home = 'rebuilt 1'`
  const rebuild = (at: (boundary: string) => Promise<unknown> = () => Promise.resolve()) =>
    rebuildView({
      connection: store.database.connection('commit'),
      tenants: ['main'],
      master,
      view: ledgerView as never,
      actors,
      archive,
      at: async (boundary) => void (await at(boundary)),
    })
  await rebuild(async (boundary) => {
    if (boundary !== 'filled') return
    await move()
    await write('rebuilt 2', 'meanwhile')
    await move()
  })
  assert.equal((await view()).different, 0)
  const [{ hash } = { hash: '' }] = await store.as('read')<{ hash: string }[]>`
    select r.hash from hearth.actors a join hearth.archived h using (actor)
      join hearth.archives r on r.slot = a.slot and r.first = h.first where a.home = 'rebuilt 3'`
  const file = join(folder(), hash.slice(0, 2), hash)
  const content = await readFile(file)
  await rm(file)
  archive = createArchive(blob)
  const { kept } = await rebuild()
  assert.ok(kept >= 1)
  await writeFile(file, content)
  archive = createArchive(blob)
  assert.equal((await view()).different, 0)
  assert.equal((await rebuild()).kept, 0)
})
