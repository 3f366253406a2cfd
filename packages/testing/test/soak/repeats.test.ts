import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeStory, types } from './story.ts'
import type { CameOptions, Story } from './story.ts'

/** One reminder whose occurrence comes at 1,000 and again at `again`. */
function comesTwice(again: number, first: CameOptions = {}): Story {
  const story = makeStory()
  story.set('a', [900])
  story.came('a', 900, 1_000, first)
  story.came('a', 900, again)
  return story
}

test('a repeat with no kill about is sent again', () => {
  assert.deepEqual(types(comesTwice(2_000).judge()), ['sent-again'])
})

test('a repeat after an answer that was no whole 2xx is a retry', () => {
  for (const outcome of ['failed', 'reset', 'cut', 'gone'] as const) {
    const verdict = comesTwice(2_000, { outcome }).judge()
    assert.deepEqual(types(verdict), [], outcome)
    assert.deepEqual(
      verdict.repeats.map((repeat) => repeat.cause),
      ['retry'],
    )
  }
})

test('a second delivery while the first is still being answered is sent again', () => {
  assert.deepEqual(types(comesTwice(1_500, { tookMs: 2_000 }).judge()), ['sent-again'])
})

test('a repeat of what was in flight at a kill is counted with how near the answer was', () => {
  const story = comesTwice(3_000, { tookMs: 100 })
  story.outage('server', 1_050, 2_500)
  const verdict = story.judge()
  assert.deepEqual(types(verdict), [])
  assert.deepEqual(
    verdict.repeats.map(({ cause, answeredBeforeKillMs }) => [cause, answeredBeforeKillMs]),
    [['in-flight', -50]],
  )
})

test('a repeat of what was answered shortly before a kill is excused, long before is not', () => {
  const shortly = comesTwice(3_000)
  shortly.outage('postgres', 1_900, 2_500)
  assert.deepEqual(types(shortly.judge()), [])
  const long = comesTwice(4_500)
  long.outage('postgres', 3_000, 3_500)
  assert.deepEqual(types(long.judge()), ['sent-again'])
})

test('what was answered during an outage may repeat after the next kill too, but a kill after the repeat excuses nothing', () => {
  const during = comesTwice(6_000, { tookMs: 100 })
  during.outage('postgres', 1_050, 4_000)
  during.outage('server', 4_010, 5_500)
  assert.deepEqual(types(during.judge()), [])
  const later = comesTwice(1_200)
  later.outage('server', 1_300, 1_800)
  assert.deepEqual(types(later.judge()), ['sent-again'])
})

test('a delivery that a kill of the server cut is tried again within 5 s of ready', () => {
  const late = comesTwice(8_000, { outcome: 'gone', tookMs: 100 })
  late.outage('server', 1_050, 2_000)
  assert.deepEqual(types(late.judge()), [])
  const tooLate = comesTwice(8_000, { outcome: 'gone', tookMs: 1_000 })
  tooLate.outage('server', 1_050, 2_000)
  assert.deepEqual(types(tooLate.judge()), ['retried-late'])
  const otherKill = comesTwice(8_000, { outcome: 'gone', tookMs: 1_000 })
  otherKill.outage('server', 1_050, 2_000)
  otherKill.outage('postgres', 4_000, 5_000)
  assert.deepEqual(types(otherKill.judge()), [])
  const inTime = comesTwice(6_900, { outcome: 'open' })
  inTime.outage('both', 1_050, 2_000)
  assert.deepEqual(types(inTime.judge()), [])
})
