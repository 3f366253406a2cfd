// shows: A2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHealth, type Health } from '@hearth/models'
import type { Json } from '../../src/feature.ts'
import { shareHealth } from '../../src/models/sharing.ts'

const used = { deployment: 'own/model', key: 'own' }

/** Two processes that hear one another, through the same text that goes over the wire. */
function twoProcesses() {
  const heard: ((body: Json) => void)[] = []
  const processes = ['one', 'two'].map((worker, index) => {
    const health = createHealth({ worker, now: Date.now, random: () => 0.5 })
    const healthOf = (): Health => health
    const news = {
      hear: (_topic: string, listen: (body: Json) => void) => void (heard[index] = listen),
      tell: (_topic: string, body: Json) => heard[1 - index]?.(JSON.parse(JSON.stringify(body)) as Json),
    }
    return { health, sharing: shareHealth({ news }, () => ({ healthOf }), worker) }
  })
  return processes as [(typeof processes)[number], (typeof processes)[number]]
}

const untilTold = async (holds: () => boolean): Promise<void> => {
  for (let turns = 0; turns < 400 && !holds(); turns += 1) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('what fails in one process rests in the other, and what a provider said it still takes is known there', async () => {
  const [one, two] = twoProcesses()
  assert.equal(two.health.view(used, 1).standing.type, 'ready')
  for (let times = 0; times < 5; times += 1) {
    const begun = one.health.begin(used, 1)
    if (begun.type === 'begun') begun.call.failed({ type: 'away', detail: 'it is not reached' })
  }
  assert.equal(two.sharing.processes(), 1)
  one.sharing.saw('main')
  await untilTold(() => two.health.view(used, 1).standing.type === 'resting')
  assert.equal(two.health.view(used, 1).standing.type, 'resting')
  assert.deepEqual([one.sharing.processes(), two.sharing.processes()], [1, 2])

  const other = { deployment: 'other/model', key: 'other' }
  const begun = one.health.begin(other, 1)
  assert.equal(begun.type, 'begun')
  if (begun.type === 'begun') {
    begun.call.heard({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '30s' })
    begun.call.done(1)
  }
  one.sharing.saw('main')
  await untilTold(() => two.health.view(other, 1).standing.type === 'resting')
  assert.equal(two.health.view(other, 1).standing.type, 'resting')
})
