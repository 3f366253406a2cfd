import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRequests } from '../src/load/request.ts'
import { atLeast, atMost, figureOf, figuresOf } from '../src/result.ts'

test('a figure is the least, the middle and the greatest of its rounds', () => {
  assert.deepEqual(figureOf([300, 100, 200]), { min: 100, median: 200, max: 300 })
  assert.deepEqual(figureOf([400, 100, 200, 300]), { min: 100, median: 250, max: 400 })
  assert.deepEqual(figureOf([1.2345]), { min: 1.23, median: 1.23, max: 1.23 })
})

test('a round that lacks a figure is left out of it', () => {
  assert.deepEqual(figuresOf([{ a: 1, b: null }, { a: 3 }]), { a: { min: 1, median: 2, max: 3 } })
})

test('aims say whether they are met, and no value meets none', () => {
  assert.equal(atLeast('x', 10, 10).met, true)
  assert.equal(atMost('x', 10, 11).met, false)
  assert.equal(atMost('x', 10, NaN).met, false)
})

test('requests of a template differ in what they must and are equally long', () => {
  const next = makeRequests({
    host: '127.0.0.1',
    port: 1,
    method: 'POST',
    path: '/x',
    headers: { 'idempotency-key': 'k-{{serial}}' },
    body: '{"s":"{{stream}}"}',
    streams: 5,
    order: 'random',
    firstSerial: 7,
  })
  const [first, second] = [next(), next()]
  assert.match(
    first,
    /^POST \/x HTTP\/1\.1\r\nhost: 127\.0\.0\.1:1\r\nidempotency-key: k-000000000008\r\ncontent-length: 14\r\n\r\n\{"s":"00000[0-4]"\}$/,
  )
  assert.match(second, /k-000000000009/)
  assert.equal(first.length, second.length)
})
