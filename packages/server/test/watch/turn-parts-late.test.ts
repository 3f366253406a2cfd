// shows: A13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StepPart } from '@hearth/protocol'
import { createTurnParts } from '../../src/watch/turn-parts.ts'

test('of a turn of another process that is heard from its middle on, nothing is told before its whole text is known', async () => {
  const answer = Promise.withResolvers<readonly StepPart[]>()
  using parts = createTurnParts({ ask: () => answer.promise })
  const about = { turn: 't', step: 's', attempt: 1 }
  const heard: (readonly unknown[])[] = []
  parts.hear('topic', {
    hear: ({ type, offset, ...part }) => {
      heard.push([type, offset, part['text']])
      return true
    },
  })
  parts.take({ topic: 'topic', part: { ...about, type: 'text-delta', offset: 6, text: 'and ' } })
  assert.deepEqual(heard, [])
  answer.resolve([{ ...about, type: 'text-reset', offset: 0, text: 'first and ' }])
  await new Promise((resolve) => setImmediate(resolve))
  parts.take({ topic: 'topic', part: { ...about, type: 'text-delta', offset: 10, text: 'then' } })
  assert.deepEqual(heard, [
    ['text-reset', 0, 'first and '],
    ['text-delta', 10, 'then'],
  ])
})
