import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HearthProblem, HearthUnreachable } from '../src/errors.ts'
import { newKey } from '../src/idempotency-key.ts'
import { Positions } from '../src/positions.ts'
import { mayPass, retryAfterOf, waitBefore } from '../src/retry.ts'

test('of each slot the highest position is kept, and the slots written to last', () => {
  const positions = new Positions()
  assert.equal(positions.text(), undefined)
  assert.equal(positions.text('1.2'), '1.2')
  for (const text of ['1.5', '2.1', '1.3', null, undefined, 'nonsense']) positions.note(text)
  assert.equal(positions.text(), '2.1,1.5')
  assert.equal(positions.text('1.9, 3.1'), '2.1,1.9,3.1')
  assert.equal(positions.text('x'), 'x', 'the server says what is wrong with it')
  for (let slot = 100; slot < 164; slot += 1) positions.note(`${slot}.1`)
  assert.equal(positions.text()?.split(',').length, 64)
  assert.ok(!positions.text()?.split(',').includes('2.1'))
})

test('what was written long ago is not waited for: the server may have gone back to a backup', (context) => {
  context.mock.timers.enable({ apis: ['Date'] })
  const positions = new Positions()
  positions.note('1.5')
  context.mock.timers.tick(9 * 60_000)
  positions.note('2.5')
  assert.equal(positions.text(), '1.5,2.5')
  context.mock.timers.tick(2 * 60_000)
  assert.equal(positions.text(), '2.5')
})

test('waits grow, differ, and are never shorter than the server asked for', () => {
  const away = new HearthUnreachable('http://x', 'y')
  const problem = (status: number, retryAfter?: number) =>
    new HearthProblem({ code: 'a.b', status, title: '', detail: '', requestId: undefined, issues: [], retryAfter })
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((retry) => waitBefore(retry, away))
  waits.forEach((wait, index) => {
    const whole = Math.min(200 * 2 ** index, 10_000)
    assert.ok(wait >= whole / 2 && wait <= whole, `${wait}`)
  })
  assert.ok(new Set(Array.from({ length: 20 }, () => waitBefore(3, away))).size > 1)
  assert.ok(waitBefore(1, problem(429, 7)) >= 7000)
  assert.deepEqual(
    [429, 500, 502, 503, 504, 409, 400].map((status) => mayPass(problem(status))),
    [true, false, true, true, true, false, false],
  )
  assert.ok(!mayPass(problem(503, 3600)))
})

test('the server says in either form of the header when it wants to be asked again', (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2030, 0, 1) })
  const cases = [
    ['5', 5],
    ['Tue, 01 Jan 2030 00:00:07 GMT', 7],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ] as const
  for (const [header, seconds] of cases) assert.equal(retryAfterOf(header), seconds)
})

test('keys are made without a secure context too', (context) => {
  const random = crypto.randomUUID.bind(crypto)
  context.after(() => Object.defineProperty(crypto, 'randomUUID', { value: random, configurable: true }))
  Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true })
  assert.match(newKey(), /^[0-9a-f]{32}$/)
  assert.notEqual(newKey(), newKey())
})
