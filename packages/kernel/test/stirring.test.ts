// shows: D13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../src/ports/clock.ts'
import { Stirring } from '../src/stirring.ts'

/** A turn of the event loop that does not end, as under a flood of requests. */
function clockWithoutTurns() {
  const turns: (() => void)[] = []
  return { clock: { ...systemClock, turn: (ended: () => void) => void turns.push(ended) }, turns }
}

test('what is gathered is waited for until the turn ends, and no longer than until there is enough', async () => {
  const { clock, turns } = clockWithoutTurns()
  const stirring = new Stirring(clock)
  let count = 1
  let gathered = false
  const gathering = stirring.gather(() => count >= 3).then(() => (gathered = true))
  const come = async (): Promise<boolean> => {
    count += 1
    stirring.stir()
    await new Promise(setImmediate)
    return gathered
  }
  assert.deepEqual([await come(), await come()], [false, true])
  await gathering
  assert.equal(turns.length, 1)
  // With enough at once there is nothing to wait for.
  await stirring.gather(() => true)
  assert.equal(turns.length, 1)
  const few = stirring.gather(() => false)
  turns[1]?.()
  await few
})

test('who has nothing to do waits until something comes, or its time has', async () => {
  const stirring = new Stirring(systemClock)
  const idle = stirring.idle(60_000)
  stirring.stir()
  await idle
  await stirring.idle(1)
  await stirring.idle(0)
  // Nobody waits: nothing happens, now or later.
  stirring.stir()
})
