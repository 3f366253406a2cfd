import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packRequest, unpackRequest } from '../src/index.ts'

// shows: E2

test('what an effect asks for comes back with the correlation that it carries', () => {
  for (const request of [null, 'text', ['~', 1], { webhook: 'wh_1', body: { text: '"~[\n' } }])
    for (const correlation of ['id-1', 'id@trace-span-01', 'a"b'])
      assert.deepEqual(unpackRequest(packRequest(request, correlation)), { request, correlation })
})

test('one that was written before correlations were carries none', () => {
  for (const request of [null, '~text', ['~'], { a: 1 }])
    assert.deepEqual(unpackRequest(JSON.stringify(request)), { request, correlation: null })
})
