// shows: A3
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { learned, mayTake, waitMs, type HeaderValues } from '../../src/health/index.ts'
import { failure, one, start, world } from './world.ts'

const of = (headers: HeaderValues) => learned({}, headers, start)
const openai = (more: Readonly<Record<string, string>> = {}): HeaderValues => ({
  'x-ratelimit-limit-requests': '60',
  'x-ratelimit-remaining-requests': '59',
  'x-ratelimit-reset-requests': '1s',
  'x-ratelimit-limit-tokens': '150000',
  'x-ratelimit-remaining-tokens': '1000',
  'x-ratelimit-reset-tokens': '6m0s',
  ...more,
})

describe('what a provider says of its limits', () => {
  it('is read in the way of OpenAI', () => {
    const limits = of(openai())
    assert.deepEqual(limits.requests, { left: 59, perMs: 1 / 1000, until: start + 1000, at: start })
    assert.deepEqual(limits.tokens, { left: 1000, perMs: 149_000 / 360_000, until: start + 360_000, at: start })
  })

  it('is read in all ways that a time is written', () => {
    for (const [text, ms] of [
      ['20ms', 20],
      ['7.66s', 7660],
      ['1m26.4s', 86_400],
      ['2m', 120_000],
      ['12', 12_000],
      ['0.5', 500],
      ['1h0m0s', 900_000],
      ['1d', 900_000],
      [new Date(start + 5000).toISOString(), 5000],
    ] as const) {
      const { requests } = of(openai({ 'x-ratelimit-reset-requests': text }))
      assert.ok(Math.abs((requests?.until ?? 0) - start - ms) < 1e-6, text)
    }
  })

  it('is read in the way of Anthropic, by the clock of the provider', () => {
    const theirs = start - 40_000
    const limits = of({
      date: new Date(theirs).toUTCString(),
      'anthropic-ratelimit-requests-limit': '1000',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': new Date(theirs + 30_000).toISOString(),
      'anthropic-ratelimit-input-tokens-limit': '50000',
      'anthropic-ratelimit-input-tokens-remaining': '49000',
      'anthropic-ratelimit-input-tokens-reset': new Date(theirs + 2000).toISOString(),
    })
    assert.equal(limits.requests?.until, start + 30_000)
    assert.deepEqual([limits.inputTokens?.left, limits.inputTokens?.until], [49_000, start + 2000])
  })

  it('is passed over where it is nonsense', () => {
    for (const more of [
      { 'x-ratelimit-remaining-requests': '-1' },
      { 'x-ratelimit-remaining-requests': 'many' },
      { 'x-ratelimit-remaining-requests': '9'.repeat(40) },
      { 'x-ratelimit-reset-requests': 'soon' },
      { 'x-ratelimit-reset-requests': '' },
      { 'x-ratelimit-reset-requests': '1x' },
      { 'x-ratelimit-reset-requests': '1s'.repeat(10_000) },
      { 'x-ratelimit-reset-requests': '2026-99-99T00:00:00Z' },
    ])
      assert.equal(of(openai(more)).requests, undefined, JSON.stringify(more).slice(0, 80))
    assert.deepEqual(of({}), {})
    assert.equal(of({ ...openai(), 'x-ratelimit-remaining-requests': ['7', '8'] }).requests?.left, 7)
  })

  it('keeps nobody away for longer than a quarter of an hour', () => {
    const { requests } = of(openai({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '999h' }))
    assert.equal(requests?.until, start + 900_000)
  })
})

describe('a deployment near its limits', () => {
  it('is passed over by the calls that it would refuse, until enough has come back', () => {
    const limits = of(openai())
    assert.ok(mayTake(limits, start, 1000))
    assert.ok(!mayTake(limits, start, 1001))
    const wait = waitMs(limits, start, 75_500)
    assert.ok(Math.abs(wait - 180_000) < 1e-6)
    assert.ok(!mayTake(limits, start + wait - 10, 75_500))
    assert.ok(mayTake(limits, start + wait + 1, 75_500))
    assert.ok(mayTake(limits, start + 360_000, 10_000_000))
  })

  it('waits to the end where the provider does not say how much fits in', () => {
    const { 'x-ratelimit-limit-tokens': _, ...headers } = openai()
    assert.equal(waitMs(learned({}, headers, start), start, 1001), 360_000)
  })

  it('counts what is sent before the next answer comes', () => {
    const it = world()
    it.begin().heard(openai())
    it.begin(one, 600)
    assert.throws(() => it.begin(one, 600), /limit/)
    it.begin(one, 400)
    assert.equal(it.health.view(one, 1).standing.type, 'resting')
  })

  it('has as many requests left as it says', () => {
    const it = world()
    it.begin().heard(openai({ 'x-ratelimit-remaining-requests': '2', 'x-ratelimit-reset-requests': '1m' }))
    it.begin(one, 1)
    it.begin(one, 1)
    assert.throws(() => it.begin(one, 1), /limit/)
    it.clock.now += 60_000
    it.begin(one, 1)
  })

  it('is not taken from by what goes out in the request of another', () => {
    const it = world()
    const two = openai({ 'x-ratelimit-remaining-requests': '2', 'x-ratelimit-reset-requests': '1m' })
    it.begin().heard(two)
    it.clock.now += 1
    const [first, second] = [it.begin(one, 1), it.begin(one, 1)]
    assert.throws(() => it.begin(one, 1), /limit/)
    second.beside()
    second.failed(failure('away'))
    it.begin(one, 1).beside()
    it.clock.now += 1
    first.heard(two)
    const [third, fourth] = [it.begin(one, 1), it.begin(one, 1)]
    it.clock.now += 1
    third.heard(two)
    fourth.beside()
    it.begin(one, 1)
    it.begin(one, 1)
    assert.throws(() => it.begin(one, 1), /limit/)
    assert.equal(it.health.view(one, 1).inFlight, 5)
  })

  it('is believed anew with every answer', () => {
    const it = world()
    const call = it.begin()
    call.heard(openai({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m' }))
    assert.throws(() => it.begin(one, 1), /limit/)
    call.heard(openai())
    it.begin(one, 1)
    call.done(1)
    call.heard(openai({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m' }))
    it.begin(one, 1)
  })

  it('is left alone where it is overloaded and says for how long', () => {
    const it = world()
    it.begin().failed(failure('away', 20_000))
    assert.deepEqual(it.health.view(one, 1).standing, { type: 'resting', why: 'limit', forMs: 20_000 })
    for (const nonsense of [Number.NaN, -5, 0]) {
      const fine = world()
      fine.begin().failed(failure('away', nonsense))
      fine.begin()
    }
    const forever = world()
    forever.begin().failed(failure('away', 1e12))
    assert.deepEqual(forever.health.view(one, 1).standing, { type: 'resting', why: 'limit', forMs: 900_000 })
  })
})
