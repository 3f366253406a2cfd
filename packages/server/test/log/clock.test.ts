// shows: B10, B2
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Kernel } from '@hearth/kernel'
import { createManualClock, type ManualClock } from '@hearth/testing'
import { at, ledger } from './ledger-actor.ts'
import { command, openStore, until, type TestStore } from './store.ts'
import { isLong, onlyWhenLong } from '@hearth/testing/long'

let store: TestStore
let reading: ReturnType<TestStore['as']>
before(async () => {
  if (!isLong) return
  store = await openStore([ledger])
  reading = store.as('read')
})
after(() => (isLong ? store[Symbol.asyncDispose]() : undefined))

const day = 86_400_000
const hour = 3_600_000
const noon = Date.UTC(2026, 4, 1, 12)

/** Lets time pass by small steps, beside the database, until it holds. */
const passing = (clock: ManualClock, holds: () => boolean | Promise<boolean>, what: string): Promise<void> =>
  until(() => {
    clock.advance(5)
    return holds()
  }, what)

async function during<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let ended = false
  const ending = work.finally(() => (ended = true))
  await passing(clock, () => ended, 'it ended')
  return await ending
}

const startAt = async (clock: ManualClock): Promise<Kernel> => {
  const kernel = store.kernel({ actors: [ledger], clock, lanes: 1 })
  await during(clock, kernel.start())
  return kernel
}

const tell = (kernel: Kernel, clock: ManualClock, home: string, inner: object) =>
  during(clock, kernel.submit(command(at(home), inner as { readonly type: string })))

const write = (kernel: Kernel, clock: ManualClock, home: string) =>
  tell(kernel, clock, home, { type: 'write', text: 'x' })

const rings = async (home: string): Promise<number> => {
  const [row] = await reading<{ n: string }[]>`
    select count(*) as n from hearth.log join hearth.actors using (actor) where home = ${home} and types = 'ledger.settled'`
  return Number(row?.n)
}

const times = async (home: string): Promise<readonly number[]> => {
  const rows = await reading<{ at: string }[]>`
    select l.at from hearth.log l join hearth.actors using (actor) where home = ${home} order by l.sequence`
  return rows.map((row) => Number(row.at))
}

test(
  'the time of a lane does not go back, also not over a restart with a clock that was set back',
  onlyWhenLong,
  async () => {
    const ahead = createManualClock(noon + day)
    const first = await startAt(ahead)
    await write(first, ahead, 'back')
    ahead.set(noon)
    await write(first, ahead, 'back')
    await during(ahead, first.stop())
    const right = createManualClock(noon)
    const second = await startAt(right)
    await write(second, right, 'back')
    await write(second, right, 'new-home')
    const written = await times('back')
    assert.equal(written.length, 3)
    assert.ok(written.every((time) => time >= noon + day))
    assert.deepEqual(written, written.toSorted())
    assert.ok((await times('new-home')).every((time) => time >= (written.at(-1) ?? Infinity)))

    // What is due is measured by the machine's clock all the same.
    await tell(second, right, 'back', { type: 'remind', due: right.now() + 2000 })
    assert.equal(await rings('back'), 0)
    await passing(right, async () => (await rings('back')) === 1, 'it rang')
    assert.ok(right.now() < noon + hour)
    await during(right, second.stop())
  },
)

test(
  'a clock that is a day ahead for a while rings what came due by it, once, and nothing else',
  onlyWhenLong,
  async () => {
    const clock = createManualClock(noon)
    const kernel = await startAt(clock)
    await tell(kernel, clock, 'soon', { type: 'remind', due: noon + hour })
    await tell(kernel, clock, 'later', { type: 'remind', due: noon + 2 * day })
    clock.set(noon + day)
    await passing(clock, async () => (await rings('soon')) === 1, 'it rang')
    await tell(kernel, clock, 'set-ahead', { type: 'remind', due: clock.now() + hour })
    clock.set(noon)
    clock.advance(5000)
    await write(kernel, clock, 'soon')
    assert.deepEqual([await rings('soon'), await rings('later'), await rings('set-ahead')], [1, 0, 0])
    clock.set(noon + day + 2 * hour)
    await passing(clock, async () => (await rings('set-ahead')) === 1, 'it rang when the clock came there')
    clock.set(noon + 2 * day)
    await passing(clock, async () => (await rings('later')) === 1, 'it rang in its time')
    assert.equal(await rings('soon'), 1)
    await during(clock, kernel.stop())
  },
)

test('a clock that is set back a day rings nothing early, and nothing twice', onlyWhenLong, async () => {
  const clock = createManualClock(noon)
  const kernel = await startAt(clock)
  await tell(kernel, clock, 'rung', { type: 'remind', due: noon + 1000 })
  await passing(clock, async () => (await rings('rung')) === 1, 'it rang')
  await tell(kernel, clock, 'waits', { type: 'remind', due: noon + hour })
  clock.set(noon - day)
  clock.advance(5000)
  await write(kernel, clock, 'rung')
  assert.deepEqual([await rings('rung'), await rings('waits')], [1, 0])
  clock.set(noon + hour)
  await passing(clock, async () => (await rings('waits')) === 1, 'it rang in its time')
  assert.equal(await rings('rung'), 1)
  await during(clock, kernel.stop())
})
