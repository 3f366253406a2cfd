// shows: B10
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { AppendOutcome, EffectKind, Log, LogWriter, Replied } from '@hearth/kernel'
import { emptyBatch } from '@hearth/testing'
import { createPostgresLog } from '../../src/store/log.ts'
import { at, ledger } from './ledger-actor.ts'
import { command, holdLog, nothing, openStore, until, type TestStore } from './store.ts'

let store: TestStore
before(async () => {
  store = await openStore([ledger])
})
after(() => store[Symbol.asyncDispose]())

const linesOf = async (home: string): Promise<number> => {
  const [row] = await store.as('read')<{ lines: string }[]>`select lines from hearth.view_ledger_1 where home = ${home}`
  return Number(row?.lines ?? 0)
}

const write = (home: string, text: string, ask = false) =>
  command(at(home), { type: 'write', text, ask } as { readonly type: string })

test('what a kernel acknowledged is what the next one finds [B10]', async () => {
  const first = store.kernel({ actors: [ledger], effects: [nothing] })
  await first.start()
  const replies = await Promise.all(
    Array.from({ length: 300 }, (_, index) => first.submit(write(`again-${index % 7}`, `line ${index}`))),
  )
  assert.ok(replies.every((reply) => reply.status === 200 && reply.position !== null))
  await first.stop()
  const second = store.kernel({ actors: [ledger], effects: [nothing] })
  await second.start()
  const reply = await second.submit(write('again-0', 'one more'))
  assert.equal(reply.body, '44')
  await second.stop()
})

test('positions of a slot have no gap and no double', async () => {
  const kernel = store.kernel({ actors: [ledger] })
  await kernel.start()
  await Promise.all(Array.from({ length: 500 }, (_, index) => kernel.submit(write(`gap-${index % 20}`, 'x'))))
  await kernel.stop()
  const sql = store.as('read')
  const [row] = await sql<{ broken: string; rows: string }[]>`
    select count(*) as rows, count(*) filter (where sequence <> expected) as broken from (
      select sequence, coalesce(lag(sequence + events) over (partition by slot order by sequence), 1) as expected from hearth.log) l`
  const [behind] = await sql<{ n: string }[]>`
    select count(*) as n from hearth.slots s where s.sequence <> coalesce((select max(sequence + events - 1) from hearth.log l where l.slot = s.slot), 0)`
  assert.ok(Number(row?.rows) >= 500)
  assert.equal(row?.broken, '0')
  assert.equal(behind?.n, '0')
})

test('a server whose slots were taken can never write again', async () => {
  let fenced = 0
  const old = store.kernel({ actors: [ledger], onFenced: () => (fenced += 1) })
  await old.start()
  await old.submit(write('fence', 'mine'))
  const next = store.kernel({ actors: [ledger] })
  await next.start()
  await assert.rejects(old.submit(write('fence', 'too late')), { code: 'store.unavailable' })
  assert.ok(fenced >= 1)
  const reply = await next.submit(write('fence', 'theirs'))
  assert.equal(reply.body, '2')
  await old.stop()
  await next.stop()
})

test('an append with an old epoch changes nothing', async () => {
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const [stale, owner] = [log.writer('stale'), log.writer('owner')]
  const [held] = await stale.claim([9], 'take')
  const [now] = await owner.claim([9], 'take')
  assert.deepEqual(await stale.claim([9], 'keep'), [])
  assert.ok(held !== undefined && now !== undefined)
  const after_ = { ...held, sequence: held.sequence + 1 }
  const row = {
    slot: 9,
    sequence: held.sequence + 1,
    events: 1,
    actor: 9 * 2 ** 40 + 77,
    tenant: 'main',
    version: 1,
    at: 1,
    person: null,
    types: 'x',
    data: Buffer.from('[]'),
  }
  const batch = { ...emptyBatch, slots: [{ before: held, after: after_ }], rows: [row] }
  assert.deepEqual(await stale.append(batch), { type: 'fenced' })
  assert.deepEqual(await owner.claim([9], 'keep').then((states) => states[0]?.sequence), held.sequence)
  await stale[Symbol.asyncDispose]()
  await owner[Symbol.asyncDispose]()
})

test('connections cut at random under load: every acknowledged line is there once, in order', async () => {
  const kernel = store.kernel({ actors: [ledger], effects: [nothing], settings: { maxBatch: 16 } })
  await kernel.start()
  const admin = store.as('commit')
  let cutting = true
  let cuts = 0
  const cutter = (async () => {
    // Not for ever: a busy machine may come to nothing between two cuts.
    while (cutting && cuts < 60) {
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hearth-lane' and usename = current_user`
      cuts += 1
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 100))
    }
  })()
  const homes = Array.from({ length: 8 }, (_, index) => `cut-${index}`)
  const written = new Map<string, number>()
  const writing = homes.map(async (home) => {
    // On a quick machine until enough was cut, so that the test always shows something.
    for (let line = 1; line <= 60 || cuts < 8; line += 1) {
      const key = { scope: randomUUID(), hash: randomUUID() }
      let reply: Replied | null = null
      // A lane that is cut off for long refuses for a while; under its key the line is written once all the same.
      while (reply === null)
        reply = await kernel.submit({ ...write(home, `line ${line}`, true), key }).catch(untilAvailable)
      assert.equal(reply.body, String(line), `${home} answered out of turn`)
      written.set(home, line)
    }
  })
  await Promise.all(writing).finally(() => (cutting = false))
  await cutter
  // What runs and what is owed are told apart: tests after this one share the database.
  await until(async () => {
    const [row] = await admin<{ owed: string }[]>`select count(*) as owed from hearth.effects`
    return row?.owed === '0'
  }, 'effects ran')
  await kernel.stop()
  for (const home of homes) assert.equal(await linesOf(home), written.get(home))
})

async function untilAvailable(error: unknown): Promise<null> {
  if ((error as { readonly code?: string }).code !== 'store.unavailable') throw error
  await new Promise((resolve) => setTimeout(resolve, 50))
  return null
}

test('data that the database refuses takes down its own command and no other', async () => {
  const kernel = store.kernel({ actors: [ledger], lanes: 1 })
  await kernel.start()
  const sent = Array.from({ length: 40 }, (_, index) =>
    kernel.submit(write(`poison-${index}`, index === 17 ? 'a\u0000b' : 'fine')),
  )
  const settled = await Promise.allSettled(sent)
  const refused = settled.flatMap((one, index) => (one.status === 'rejected' ? [[index, one.reason.code]] : []))
  assert.deepEqual(refused, [[17, 'command.refused-by-store']])
  assert.equal((await kernel.submit(write('poison-17', 'fine'))).body, '1')
  await kernel.stop()
})

test('what was owed when a kernel ended is done by the next, and a timer that came due meanwhile fires once', async () => {
  let runs = 0
  const never = { ...nothing, run: () => new Promise<never>(() => undefined), timeoutMs: 60_000 }
  const counted: EffectKind = {
    ...nothing,
    run: async (_request, { address }) => {
      runs += address.home === 'owed' ? 1 : 0
      return { type: 'done', value: null }
    },
  }
  const first = store.kernel({ actors: [ledger], effects: [never] })
  await first.start()
  await first.submit(write('owed', 'x', true))
  await first.submit(command(at('owed'), { type: 'remind', due: Date.now() + 50 } as { readonly type: string }))
  await first.stop()
  const second = store.kernel({ actors: [ledger], effects: [counted] })
  await second.start()
  await until(() => runs >= 1, 'the effect ran')
  const sql = store.as('read')
  const settled = async (): Promise<string | undefined> => {
    const [row] = await sql<{ n: string }[]>`
      select count(*) as n from hearth.log join hearth.actors using (actor) where home = 'owed' and types = 'ledger.settled'`
    return row?.n
  }
  await until(async () => (await settled()) === '2', 'both were settled')
  await second.stop()
  assert.equal(runs, 1)
})

test('an epoch that the server itself raised, by a claim carried out late, does not end it', async () => {
  let fenced = 0
  const kernel = store.kernel({ actors: [ledger], onFenced: () => (fenced += 1) })
  await kernel.start()
  await kernel.submit(write('late-claim', 'before'))
  await store.as('commit')`update hearth.slots set epoch = epoch + 1`
  const reply = await kernel.submit(write('late-claim', 'after'))
  assert.deepEqual([reply.body, fenced], ['2', 0])
  await kernel.stop()
})

/** A writer whose next appends end as told, without the database hearing of them. */
function failing(log: Log, outcomes: (() => Promise<AppendOutcome>)[]): Log {
  return {
    ...log,
    writer: (owner) => {
      const inner = log.writer(owner)
      return { ...inner, append: (batch) => outcomes.shift()?.() ?? inner.append(batch) }
    },
  }
}

test('a database that takes no commits for a while: callers wait or are told, nothing is lost, and stopping works', async () => {
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const full = async (): Promise<AppendOutcome> => ({ type: 'unavailable', reason: '53100 the disk is full' })
  const outcomes = Array.from({ length: 4 }, () => full)
  const kernel = store.kernel({ actors: [ledger], log: failing(log, outcomes), lanes: 1 })
  await kernel.start()
  assert.equal((await kernel.submit(write('full', 'waited'))).body, '1')
  outcomes.push(...Array.from({ length: 100_000 }, () => full))
  const before_ = outcomes.length
  const refused = assert.rejects(kernel.submit(write('full', 'in vain')), { code: 'store.unavailable' })
  await until(() => kernel.lanes().every((lane) => !lane.available), 'the lane says that it waits')
  await kernel.stop()
  await refused
  assert.ok(before_ - outcomes.length < 20, 'it pauses between tries')
})

test('a database that hangs: callers are told after a while, and the lane goes on once it is let go of', async () => {
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const kernel = store.kernel({ actors: [ledger], log, lanes: 1, settings: { patienceMs: 300 } })
  await kernel.start()
  const release = await holdLog(store)
  await assert.rejects(kernel.submit(write('hang', 'in vain')), { code: 'store.unavailable' })
  await release()
  await until(async () => {
    const reply = await kernel.submit(write('hang', 'again')).catch(() => null)
    return reply !== null
  }, 'it takes commands again')
  await kernel.stop()
})

test('a command whose caller was told to try again before it was decided is not decided any more', async () => {
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const kernel = store.kernel({ actors: [ledger], log: slowAtFirst(log), lanes: 1, settings: { patienceMs: 100 } })
  await kernel.start()
  await assert.rejects(kernel.submit(write('refused', 'in vain')), { code: 'store.unavailable' })
  const bodies: string[] = []
  await until(async () => {
    const reply = await kernel.submit(write('refused', 'again')).catch(() => null)
    if (reply !== null) bodies.push(reply.body)
    return bodies.length > 0
  }, 'it takes commands again')
  assert.deepEqual(bodies, ['1'])
  await kernel.stop()
})

/** The first question for actors is answered when its callers have lost patience. */
function slowAtFirst(log: Log): Log {
  let asked = 0
  return {
    ...log,
    writer: (owner) => {
      const inner = log.writer(owner)
      const load: LogWriter['load'] = async (request) => {
        if (asked++ === 0) await new Promise((resolve) => setTimeout(resolve, 150))
        return await inner.load(request)
      }
      return { ...inner, load }
    },
  }
}

test('a lane whose first questions were slow takes commands once they are answered', async () => {
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const slow: Log = {
    ...log,
    writer: (owner) => {
      const inner = log.writer(owner)
      const late = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1100))
      return { ...inner, claim: async (...words) => (await late(), await inner.claim(...words)) }
    },
  }
  const kernel = store.kernel({ actors: [ledger], log: slow, lanes: 1, settings: { patienceMs: 1000 } })
  await kernel.start()
  assert.ok(kernel.lanes().every((lane) => lane.available))
  await kernel.submit(write('slow-start', 'taken'))
  await kernel.stop()
})

test('a question that hangs outside a batch is let go of too, and again when the next one hangs', async () => {
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const kernel = store.kernel({ actors: [ledger], log, lanes: 1, settings: { patienceMs: 500 } })
  const locker = store.as('migrate')
  const [release, locked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = locker.begin(async (sql) => {
    await sql`lock table hearth.slots in access exclusive mode`
    locked.resolve()
    await release.promise
  })
  await locked.promise
  await assert.rejects(kernel.start(), /closed/)
  await assert.rejects(kernel.start(), /closed/)
  release.resolve()
  await holding
  await kernel.start()
  await kernel.submit(write('after', 'it goes on'))
  await kernel.stop()
})
