// shows: B10, D13
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { postgresLogOf } from './through.ts'
import { ledger } from '../log/ledger-actor.ts'
import { openNetwork } from '../log/network.ts'
import { openStore, until, type TestStore } from '../log/store.ts'
import { audit, homesOf, keepBooks, lanes, troubles, type Books } from './books.ts'
import { gather } from './crowd.ts'
import { configure, needsProc, postmaster, processesOf } from './processes.ts'

let store: TestStore
before(async () => {
  store = await openStore([ledger])
})
after(() => store[Symbol.asyncDispose]())

const patient = { patienceMs: 400 }

interface Running {
  readonly books: Books
  /** Waits until some lane says that it waits for one of these. */
  waits(...troubles: readonly string[]): Promise<void>
}

/** Under all the time of `outage` somebody writes; after it every lane goes on, and the books are audited. */
async function through(
  name: string,
  outage: (running: Running) => Promise<void>,
  host?: string,
): Promise<ReadonlySet<string>> {
  const log = postgresLogOf(store, host)
  const kernel = store.kernel({ actors: [ledger], log, lanes, settings: patient })
  await kernel.start()
  await using undo = new AsyncDisposableStack()
  undo.defer(() => kernel.stop())
  const books = undo.use(keepBooks(kernel, homesOf(name)))
  await books.round()
  const waits: Running['waits'] = (...names) =>
    until(() => troubles(kernel.lanes()).some((trouble) => names.includes(trouble)), `it waits: ${names.join(' or ')}`)
  await outage({ books, waits })
  await books.round()
  const written = await books.close()
  assert.deepEqual(troubles(kernel.lanes()), [], 'nothing is waited for any more')
  await undo.disposeAsync()
  await audit(store, written)
  return books.refusals
}

test('a database that takes no writes: the lanes say so, and go on when it does', async () => {
  const refusals = await through('read-only', async ({ books, waits }) => {
    using _settings = configure(store, 'default_transaction_read_only = on')
    await waits('read-only')
    await until(() => [...books.refusals].some((text) => text.includes('(database.read-only)')), 'callers hear why')
  })
  assert.ok(refusals.size > 0)
})

test('a database with no connection left: the lanes say so, and go on when there is one', async () => {
  await through('crowded', async ({ waits }) => {
    const { host } = store.database.connection('commit')
    const admin = store.as('commit')
    await admin`select 1`
    await using crowd = gather(`${host}/.s.PGSQL.5432`)
    let cutting = true
    const cuts = (async () => {
      while (cutting) {
        await admin`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'hearth-lane' and usename = current_user`
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })()
    await waits('too-many-connections').finally(() => (cutting = false))
    await cuts
    assert.ok(crowd.size > 0)
  })
})

test('a database far away: what is slow is answered, what is too slow is refused, and all goes on when it is near', async () => {
  await using network = await openNetwork(store.database.connection('commit') as never)
  await through(
    'far',
    async ({ books, waits }) => {
      // A question is answered in time, and a batch, which has two, is not: its caller finds the answer under the key.
      network.delay(110)
      await waits('slow')
      await books.round()
      network.delay(1000)
      await waits('slow')
      await until(() => [...books.refusals].some((text) => text.includes('(database.slow)')), 'callers hear why')
      network.delay(0)
      network.cut()
    },
    network.host,
  )
})

test('a database that stands still: the lanes say so, and go on when it goes on', needsProc, async () => {
  await through('still', async ({ waits }) => {
    const stopped = processesOf(store)
    for (const pid of stopped) process.kill(pid, 'SIGSTOP')
    await waits('slow', 'unreachable').finally(() => {
      for (const pid of stopped.toReversed()) process.kill(pid, 'SIGCONT')
    })
  })
})

test('a database that is killed, again and again: the lanes say so, and go on with the next', async () => {
  await through('killed', async ({ books, waits }) => {
    for (let kills = 0; kills < 3; kills += 1) {
      process.kill(postmaster(store), 'SIGKILL')
      await waits('unreachable', 'starting')
      await books.round()
    }
  })
})
