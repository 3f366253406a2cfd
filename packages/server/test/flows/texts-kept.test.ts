// shows: H2
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { beginning, day, hour, pass, type Step } from './flow.ts'
import { play } from './play.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
before(async () => {
  stage = await openStage()
})
after(() => stage?.[Symbol.asyncDispose]())

const home = '~texts.2030-01-01.2'
const command = { type: 'open', day: Math.floor(beginning / day), days: 2, key: 'sealed' }
const opened: Step = { type: 'command', name: 'opened', home, kind: 'text-term', id: 'term', command }

const endAfter = async (ms: number) => {
  const { end, course } = await play(stage, { name: 'kept', steps: [opened, pass(ms)] }, null)
  assert.deepEqual([course.faults, end.aside], [[], []])
  return end
}

test('the key of a term is there for all its days, and is destroyed when the last of them is over', async () => {
  // It begins at eight o'clock of its first day.
  const kept = await endAfter(3 * day - 9 * hour)
  assert.equal(kept.views['text_terms']?.length, 1)
  assert.deepEqual([kept.owed.length, kept.tombstones], [1, []])
  const gone = await endAfter(3 * day - 8 * hour)
  assert.deepEqual([gone.views['text_terms'], gone.owed], [[], []])
  assert.equal(gone.tombstones.length, 1)
  assert.ok(gone.events.some((line) => line.includes(`${home}/person/self`) && line.includes('person.forgotten')))
})
