import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeAnswerReader } from '../src/load/answer.ts'
import { begunIn, isAnswer } from '../src/load/completion.ts'
import { makeHistogram, record, slowerThan } from '../src/load/histogram.ts'
import { ProtocolFault } from '../src/load/response.ts'

const head = 'HTTP/1.1 200 OK\r\nDate: x\r\n'
const chunked = `${head}Transfer-Encoding: chunked\r\nTrailer: x-cost\r\n\r\n5\r\nhello\r\nA;name=value\r\n, everyone\r\n0\r\nx-cost: 1\r\n\r\n`
const sized = `${head}content-length: 15\r\n\r\nhello, everyone`

for (const [name, text] of Object.entries({ chunked, sized }))
  test(`a ${name} answer is read in whatever pieces it comes, and its parts are told as they come`, () => {
    const bytes = Buffer.from(text)
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const parts: string[] = []
      const reader = makeAnswerReader((part) => parts.push(part.toString()), true)
      for (let turn = 0; turn < 2; turn += 1) {
        parts.length = 0
        assert.equal(reader.take(Buffer.from(bytes.subarray(0, cut))), null)
        const answer = reader.take(Buffer.from(bytes.subarray(cut)))
        assert.deepEqual([answer?.status, answer?.body.toString()], [200, 'hello, everyone'])
        assert.equal(parts.join(''), 'hello, everyone')
      }
    }
  })

test('what is read is not what the buffer holds later, and is not kept where nobody wants it', () => {
  const buffer = Buffer.from(chunked)
  const reader = makeAnswerReader(() => undefined, true)
  assert.equal(reader.take(buffer.subarray(0, 70)), null)
  const rest = Buffer.from(buffer.subarray(70))
  buffer.fill(0)
  assert.equal(reader.take(rest)?.body.toString(), 'hello, everyone')
  assert.equal(makeAnswerReader(() => undefined, false).take(Buffer.from(chunked))?.body.length, 0)
})

test('an answer that says not where it ends, or goes on behind its end, is refused', () => {
  const refused = [
    `${head}\r\n`,
    `${head}connection: close\r\n\r\nhello`,
    `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${head}transfer-encoding: chunked\r\n\r\nxyz\r\n`,
    `${head}transfer-encoding: chunked\r\n\r\n-1\r\n`,
    `${head}transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n`,
    `${chunked}HTTP/1.1`,
    `${sized}!`,
    `${head}transfer-encoding: chunked\r\n\r\n${'0'.repeat(5_000)}`,
  ]
  for (const text of refused)
    assert.throws(() => makeAnswerReader(() => undefined, true).take(Buffer.from(text)), ProtocolFault, text)
})

const event = (delta: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`
const stream = [event({ role: 'assistant', content: '' }), event({ content: 'Good' }), event({ content: ' day' })]

test('a completion is right when it says what was to be said, to its end', () => {
  const told = (form: 'whole' | 'stream', body: string): boolean =>
    isAnswer({ form, text: 'Good day' }, Buffer.from(body))
  const whole = (content: unknown): string => JSON.stringify({ choices: [{ message: { content } }] })
  assert.ok(told('whole', whole('Good day')))
  for (const wrong of [whole('Good'), whole(null), '{}', '', '[]', stream.join('')])
    assert.ok(!told('whole', wrong), wrong)
  const end = 'data: [DONE]\n\n'
  const usage = 'data: {"choices":[],"usage":{"total_tokens":3}}\n\n'
  assert.ok(told('stream', [': a comment\n\n', ...stream, event({}), usage, end].join('')))
  assert.ok(told('stream', [...stream, end].join('').replaceAll('\n', '\r\n')))
  for (const wrong of [
    stream,
    [...stream, usage],
    [stream[0], stream[2], stream[1], end],
    [...stream, 'data: {\n\n', end],
    [end],
  ])
    assert.ok(!told('stream', wrong.join('')), wrong.join(''))
})

test('a stream has begun with the first token that says something', () => {
  assert.ok(!begunIn(stream[0] ?? ''))
  assert.ok(begunIn(stream.slice(0, 2).join('')))
  assert.ok(begunIn('data: {"choices": [{"delta": {"content": "Good"}}]}'))
})

test('those that took longer are counted', () => {
  const histogram = makeHistogram()
  for (const milliseconds of [0.5, 999, 1_050, 60_000]) record(histogram, milliseconds)
  assert.equal(slowerThan(histogram, 1_000), 2)
})
