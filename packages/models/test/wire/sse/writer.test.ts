// shows: A8
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createSseReader } from '../../../src/wire/sse/reader.ts'
import { sseEvent } from '../../../src/wire/sse/writer.ts'

it('an event is written as its readers expect it', () => {
  assert.equal(sseEvent('{"a":1}'), 'data: {"a":1}\n\n')
  assert.equal(sseEvent('{}', 'delta'), 'event: delta\ndata: {}\n\n')
  assert.equal(sseEvent('a\nb\r\nc\rd'), 'data: a\ndata: b\ndata: c\ndata: d\n\n')
})

it('what is written is read again', () => {
  for (const data of ['', ' ', 'x', '[DONE]', 'a\nb', '\n', ': no comment', 'data: x', 'é\n𝄞']) {
    const events: unknown[] = []
    const reader = createSseReader((event, read) => events.push([event, read]))
    reader.push(Buffer.from(sseEvent(data, 'name') + sseEvent(data)))
    assert.deepEqual(events, [
      ['name', data],
      [undefined, data],
    ])
  }
})
