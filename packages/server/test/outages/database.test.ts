// long: a run of everything that npm alone tests has five minutes
// shows: B10, D13
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ledger } from '../log/ledger-actor.ts'
import { openNetwork } from '../log/network.ts'
import { openStore, until, type TestStore } from '../log/store.ts'
import { gather } from './crowd.ts'
import { configure, needsProc, postmaster, processesOf } from './processes.ts'
import { through } from './through.ts'
import { onlyWhenLong } from '@hearth/testing/long'

let store: TestStore
before(async () => {
  store = await openStore([ledger])
})
after(() => store[Symbol.asyncDispose]())

test('a database that takes no writes: the lanes say so, and go on when it does', async () => {
  const refusals = await through(store, 'read-only', async ({ books, waits }) => {
    using _settings = configure(store, 'default_transaction_read_only = on')
    await waits('read-only')
    await until(() => [...books.refusals].some((text) => text.includes('(database.read-only)')), 'callers hear why')
  })
  assert.ok(refusals.size > 0)
})

test('a database with no connection left: the lanes say so, and go on when there is one', async () => {
  await through(store, 'crowded', async ({ waits }) => {
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

test(
  'a database far away: what is slow is answered, what is too slow is refused, and all goes on when it is near',
  onlyWhenLong,
  async () => {
    await using network = await openNetwork(store.database.connection('commit') as never)
    await through(
      store,
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
  },
)

test('a database that stands still: the lanes say so, and go on when it goes on', needsProc, async () => {
  await through(store, 'still', async ({ waits }) => {
    const stopped = processesOf(store)
    for (const pid of stopped) process.kill(pid, 'SIGSTOP')
    await waits('slow', 'unreachable').finally(() => {
      for (const pid of stopped.toReversed()) process.kill(pid, 'SIGCONT')
    })
  })
})

test('a database that is killed, again and again: the lanes say so, and go on with the next', async () => {
  await through(store, 'killed', async ({ books, waits }) => {
    for (let kills = 0; kills < 3; kills += 1) {
      process.kill(postmaster(store), 'SIGKILL')
      await waits('unreachable', 'starting')
      await books.round()
    }
  })
})
