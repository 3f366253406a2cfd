// shows: B10, D13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ledger } from '../log/ledger-actor.ts'
import { openStore, until } from '../log/store.ts'
import { processesOf } from './processes.ts'
import { openSmallDisk } from './small-disk.ts'
import { through } from './through.ts'

const disk = openSmallDisk(300)
const needsDisk = { skip: disk === null ? 'only root may mount a small disk, on Linux' : false }

// Without room for its own log PostgreSQL ends, and does not come back before there is some.
const whenFull = ['full', 'unreachable', 'starting']

test('a full disk, and one that takes no writes: the lanes say so, and go on', needsDisk, async () => {
  assert.ok(disk !== null)
  using small = disk
  await using store = await openStore([ledger], { machineFolder: small.path })
  await through(store, 'full', async ({ books, waits }) => {
    for (let times = 0; times < 2; times += 1) {
      small.fill()
      await waits(...whenFull).finally(() => small.free())
      await books.round()
    }
  })
  await through(store, 'read-only-disk', async ({ waits }) => {
    // A disk that is written to cannot be made so: PostgreSQL is killed, and finds it so.
    const makeReadOnly = (): boolean => {
      for (const pid of processesOf(store)) end(pid)
      return small.mount('ro')
    }
    await until(makeReadOnly, 'the disk takes no writes')
    await waits('unreachable').finally(() => until(() => small.mount('rw'), 'it takes writes again'))
  })
})

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
