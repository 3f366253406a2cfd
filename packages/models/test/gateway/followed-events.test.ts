// shows: A3
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { followedEvents } from '../../src/gateway/followed-events.ts'
import { wholeEvents } from '../../src/gateway/whole-events.ts'
import { wires } from '../../src/wire/index.ts'

const { follow } = await wires.openaiChat.load()
const chunk = (content: string): string =>
  `data: {"id":"c","choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`

test('what is followed is what went on, wherever the stream is cut, and with whichever line ends', () => {
  for (const lines of ['\n', '\r\n']) {
    const text = `${chunk('Good')}: a word between\n\n${chunk(' morning')}data: {"error":{"message":"no"}}\n\n${chunk('!')}`
    const bytes = Buffer.from(text.replaceAll('\n', lines))
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const follower = follow?.() ?? assert.fail('it can be followed')
      const filter = followedEvents(wholeEvents(false), follower)
      const passed = `${filter.push(bytes.subarray(0, cut))}${filter.push(bytes.subarray(cut))}`
      assert.ok(!passed.includes('error') && !passed.includes('!'))
      assert.deepEqual(
        [follower.hasFailed(), follower.followed()?.text, filter.isWhole()],
        [true, 'Good morning', true],
      )
    }
  }
})

test('behind half an event that had to go on nobody can say anything', () => {
  const follower = follow?.() ?? assert.fail('it can be followed')
  const filter = followedEvents(wholeEvents(false), follower)
  filter.push(Buffer.from(chunk('Good')))
  assert.equal(filter.isWhole(), true)
  assert.ok(filter.push(Buffer.from(`data: ${'x'.repeat(70_000)}`)).length > 0)
  assert.equal(filter.isWhole(), false)
})
