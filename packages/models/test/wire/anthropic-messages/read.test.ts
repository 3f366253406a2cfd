// shows: A8
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { anthropicMessages, readHead, readTokenCount } from '../../../src/wire/anthropic-messages/protocol.ts'
import { cases } from './requests/all.ts'
import { greeting, hello } from './requests/case.ts'
import { sent, sentToCount } from './sent.ts'

suite('what the official client sends is read as the neutral call', () => {
  for (const { what, asked, call, form } of cases) {
    test(what, async () => {
      const request = { ...hello, ...asked }
      assert.deepEqual(anthropicMessages.read(await sent(request)), {
        model: request.model,
        stream: false,
        call: { prompt: [greeting], maxOutputTokens: 4000, ...call },
        form: form ?? { thinking: 'unasked' },
      })
    })
  }

  test('a stream', async () => {
    assert.equal(anthropicMessages.read(await sent({ ...hello, stream: true })).stream, true)
  })

  test('the former name of a form of the answer', async () => {
    const schema = { type: 'object', properties: {} }
    const { call } = anthropicMessages.read({ ...hello, output_format: { type: 'json_schema', schema } })
    assert.deepEqual(call.responseFormat, { type: 'json', schema })
  })
})

test('what tokens are to be counted of', async () => {
  for (const { asked, call } of cases) {
    const { max_tokens: _, ...request } = { ...hello, ...asked }
    assert.deepEqual(readTokenCount(await sentToCount(request)), {
      model: request.model,
      call: { prompt: [greeting], ...call },
    })
  }
})

test('the head of a request is read, whatever else it holds', () => {
  const head = { model: 'm', stream: true, thread: { type: 'continue' }, tools: 7 }
  assert.deepEqual(readHead(head), { model: 'm', stream: true })
  assert.deepEqual(readHead({ model: 'm' }), { model: 'm', stream: false })
  assert.throws(() => readHead({ model: 7 }), { code: 'input.invalid' })
})
