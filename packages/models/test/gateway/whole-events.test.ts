// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeEvents } from '../../src/gateway/whole-events.ts'

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
const word = event({
  choices: [{ index: 0, delta: { content: 'a "choices":[] and "usage":{ in words' } }],
  usage: null,
})
const filters = event({ choices: [], prompt_filter_results: [], usage: null })
const usage = event({ choices: [], usage: { prompt_tokens: 3 } })
const done = 'data: [DONE]\n\n'
const stream = Buffer.from(`${filters}${word}: a comment\n\n${word}${usage}${done}`)

/** All that goes on, with this many bytes in each chunk. */
function passed(bytes: Buffer, size: number, hidesUsage: boolean): string {
  const filter = wholeEvents(hidesUsage)
  let text = ''
  for (let at = 0; at < bytes.length; at += size) {
    const piece = filter.push(bytes.subarray(at, at + size)).toString()
    // What has gone on ends with an event, whenever one looks.
    if (piece !== '') assert.match(piece, /\n\r?\n$/)
    text += piece
  }
  return text + (filter.end()?.toString() ?? '')
}

test('the event of usage alone is left out, and nothing else, wherever the stream is cut', () => {
  const crlf = Buffer.from(stream.toString().replaceAll('\n', '\r\n'))
  for (let size = 1; size <= stream.length; size += 1) {
    assert.equal(passed(stream, size, true), stream.toString().replace(usage, ''), String(size))
    assert.equal(passed(stream, size, false), stream.toString())
    assert.equal(passed(crlf, size, true), crlf.toString().replace(usage.replaceAll('\n', '\r\n'), ''))
  }
})

test('half an event at the end comes with the end, and one without end is not kept for ever', () => {
  const filter = wholeEvents(true)
  assert.equal(filter.push(Buffer.from('data: {"half"')).length, 0)
  assert.equal(filter.end()?.toString(), 'data: {"half"')
  const long = wholeEvents(true)
  let length = 0
  for (let times = 0; times < 100; times += 1) length += long.push(Buffer.alloc(4096, 'x')).length
  assert.ok(length > 300_000, String(length))
})
