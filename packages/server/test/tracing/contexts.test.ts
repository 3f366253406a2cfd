import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callersTraceIn, correlationOf, requestIdIn } from '../../src/correlation.ts'
import { createContexts } from '../../src/tracing/contexts.ts'
import { samplerNamed } from '../../src/tracing/sampler.ts'

// shows: H2, E2

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const span = '00f067aa0ba902b7'

test('a correlation holds the call’s id and the place in the caller’s trace', () => {
  const correlation = correlationOf('id-1', `00-${trace}-${span}-01`)
  assert.equal(requestIdIn(correlation), 'id-1')
  assert.deepEqual(callersTraceIn(correlation), { traceId: trace, spanId: span, isSampled: true })
  assert.equal(requestIdIn('id-1'), 'id-1')
  assert.equal(callersTraceIn('id-1'), null)
  assert.equal(callersTraceIn('17.4711.0'), null)
})

test('what is no traceparent of W3C is passed over', () => {
  const bad = [
    undefined,
    '',
    'x',
    [`00-${trace}-${span}-01`],
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01-more`,
    `ff-${trace}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace}-${span}-01\n`,
  ]
  for (const given of bad) assert.equal(correlationOf('id', given), 'id', String(given))
  // A version to come may say more.
  assert.equal(correlationOf('id', `01-${trace}-${span}-03-more`), `id@${trace}-${span}-03`)
})

test('ids are the same at every time, and others in another server', () => {
  const always = samplerNamed() ?? assert.fail()
  const [one, again, other] = ['a', 'a', 'b'].map((salt) => createContexts(salt, always))
  assert.deepEqual(one?.contextOf('x'), again?.contextOf('x'))
  assert.equal(one?.spanId('x'), again?.spanId('x'))
  assert.notEqual(one?.contextOf('x').traceId, other?.contextOf('x').traceId)
  assert.match(one?.contextOf('x').traceId ?? '', /^[0-9a-f]{32}$/)
  assert.match(one?.spanId('x') ?? '', /^[0-9a-f]{16}$/)
})

test('samplers are those of OpenTelemetry', () => {
  const sampled = (name: string, argument: string | undefined, caller: boolean | undefined): number => {
    const sampler = samplerNamed(name, argument) ?? assert.fail(name)
    const { contextOf } = createContexts('salt', sampler)
    let count = 0
    for (let number = 0; number < 1000; number += 1) if (sampler(contextOf(String(number)).traceId, caller)) count += 1
    return count
  }
  assert.equal(sampled('always_on', undefined, false), 1000)
  assert.equal(sampled('always_off', undefined, true), 0)
  assert.equal(sampled('parentbased_always_on', undefined, false), 0)
  assert.equal(sampled('parentbased_always_off', undefined, undefined), 0)
  assert.equal(sampled('parentbased_always_off', undefined, true), 1000)
  assert.equal(sampled('parentbased_traceidratio', '0.25', true), 1000)
  const quarter = sampled('traceidratio', '0.25', undefined)
  assert.ok(quarter > 180 && quarter < 320, String(quarter))
  assert.equal(sampled('traceidratio', 'nonsense', undefined), 1000)
  assert.equal(samplerNamed('xray'), null)
})
