// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeter } from '../../src/wire/openai-chat/meter.ts'
import { anywhere } from './conformance/cutting.ts'
import { expectedOf } from './conformance/expected.ts'
import { recorded } from './conformance/subject.ts'
import { presetSubjects } from './preset-subjects.ts'

function followed(body: Buffer, cuts: readonly number[]) {
  const meter = createMeter()
  for (const [place, from] of [0, ...cuts].entries()) meter.push(body.subarray(from, cuts[place] ?? body.length))
  return meter.read()
}

const passedOn = presetSubjects.filter(({ manifest }) => manifest.speaks['openai-chat'] !== undefined)

test('what answers otherwise than the protocol says is not passed on', () => {
  const kinds = presetSubjects.filter((one) => !passedOn.includes(one)).map(({ manifest }) => manifest.kind)
  assert.deepEqual(kinds.toSorted(), ['deepseek', 'mistral', 'tabbyapi', 'tgi'])
})

for (const subject of passedOn)
  test(`${subject.name}: what is passed on is counted, whole and as a stream`, () => {
    const { usageCounts } = expectedOf(subject)
    const body = recorded(subject, 'usage.sse')
    const metered = [
      createMeter().whole(recorded(subject, 'usage.json')),
      ...[[], [...body.keys()].slice(1), anywhere(3, 20)(body)].map((cuts) => followed(body, cuts)),
    ]
    for (const { usage, ended, began, error } of metered) {
      assert.deepEqual([ended, began, error], [true, true, undefined])
      const { total, noCache, cacheRead } = usage?.inputTokens ?? {}
      assert.deepEqual(
        { input: total, fresh: noCache, cached: cacheRead, output: usage?.outputTokens.total },
        usageCounts,
      )
      const counts = subject.abilities.has('reasoning-count') ? [64, 32] : [0, usageCounts.output]
      assert.deepEqual([usage?.outputTokens.reasoning, usage?.outputTokens.text], counts)
    }
  })

for (const subject of passedOn)
  test(`${subject.name}: an error in what is passed on is seen, and no end where none came`, () => {
    for (const file of ['error-first.sse', 'error-later.sse']) {
      const { error, ended } = followed(recorded(subject, file), [])
      const isSaid = expectedOf(subject).errorInStream === 'away'
      assert.deepEqual([error?.type, ended], [isSaid ? 'away' : undefined, false], file)
    }
    assert.equal(createMeter().whole(recorded(subject, 'error-whole.json')).error?.type, 'away')
  })
