// shows: H1, A13
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '@hearth/testing'
import type { Attempt } from '@hearth/kernel'
import type { StepPart } from '@hearth/protocol'
import { HeardTexts } from './heard-texts.ts'
import { createTurnParts, topicOf, type Told, type TurnPartsOptions } from '../../src/watch/turn-parts.ts'

const address = { tenant: 'main', home: 'ann', kind: 'conversation', id: 'c' }
const topic = topicOf(address)

const attemptOf = (attempt: number, more: Partial<Attempt> = {}): Attempt => ({
  id: '1.1.0',
  attempt,
  address,
  correlation: 'c',
  signal: new AbortController().signal,
  ...more,
})

/** Whoever hears, with what a client makes of it. */
function hearer(room = true) {
  const parts: StepPart[] = []
  const texts = new HeardTexts()
  let text = ''
  const own = { room }
  return {
    own,
    parts,
    types: () => parts.map(({ type }) => type),
    text: () => text,
    hear: (part: StepPart) => {
      parts.push(part)
      const now = texts.take(part)
      if (now !== undefined && !now.ended) ({ text } = now)
      return own.room
    },
  }
}

function begin(options: TurnPartsOptions = {}) {
  const clock = createManualClock(0)
  return { clock, ...createTurnParts({ clock, ...options }) }
}

test('each part says of which turn, step and attempt it is, and where its text begins; small ones are put together', () => {
  const { turn, hear, clock } = begin()
  const one = hearer()
  hear(topic, one)
  {
    using telling = turn(attemptOf(1), 't1')
    telling.text('One ')
    telling.text('two ')
    telling.text('')
    telling.text('three ')
    clock.advance(30)
    telling.part({ type: 'tool-start', name: 'search' })
    telling.text('🙂 four')
    telling.part({ type: 'tool-end', name: 'search' })
  }
  const about = { turn: 't1', step: '1.1.0', attempt: 1 }
  assert.deepEqual(one.parts, [
    { type: 'text-delta', ...about, offset: 0, text: 'One ' },
    { type: 'text-delta', ...about, offset: 4, text: 'two three ' },
    { type: 'tool-start', name: 'search', ...about, offset: 14 },
    { type: 'text-delta', ...about, offset: 14, text: '🙂 four' },
    { type: 'tool-end', name: 'search', ...about, offset: 21 },
    { type: 'text-end', ...about, offset: 21, text: '' },
  ])
})

test('a new attempt begins with a reset, and what the former one says after its end reaches nobody', () => {
  const { turn, hear } = begin({ spacingMs: 0 })
  const one = hearer()
  hear(topic, one)
  const first = turn(attemptOf(1), 't1')
  first.text('This was going to be')
  const second = turn(attemptOf(2), 't1')
  first.text(' wrong')
  first[Symbol.dispose]()
  second.text('Better.')
  first.text('?')
  assert.equal(one.text(), 'Better.')
  assert.deepEqual(one.types(), ['text-delta', 'text-end', 'text-reset', 'text-delta'])
  second[Symbol.dispose]()
  assert.equal(one.types().at(-1), 'text-end')
})

test('an attempt whose time is up has ended for who hears it, though it goes on', () => {
  const { turn, hear, underWay } = begin({ spacingMs: 0 })
  const one = hearer()
  hear(topic, one)
  const cut = new AbortController()
  const telling = turn(attemptOf(1, { signal: cut.signal }), 't1')
  telling.text('a')
  cut.abort()
  telling.text('b')
  assert.deepEqual(one.types(), ['text-delta', 'text-end'])
  assert.deepEqual(underWay(topic), [])
})

test('who comes in the middle is given the text so far, and who comes after the end nothing', () => {
  const { turn, hear, clock } = begin()
  const telling = turn(attemptOf(1), 't1')
  telling.text('Once ')
  telling.text('upon ')
  const late = hearer()
  hear(topic, late)
  assert.deepEqual(
    late.parts.map(({ type, offset, text }) => [type, offset, text]),
    [['text-reset', 0, 'Once ']],
  )
  clock.advance(30)
  telling.text('a time')
  telling[Symbol.dispose]()
  assert.equal(late.text(), 'Once upon a time')
  const later = hearer()
  hear(topic, later)
  assert.deepEqual(later.parts, [])
})

test('who is slow is told the whole of what it missed, or that it has ended, once it has room', () => {
  const { turn, hear } = begin({ spacingMs: 0 })
  const slow = hearer(false)
  const hearing = hear(topic, slow)
  const [ended, open] = [turn(attemptOf(1), 't1'), turn(attemptOf(1, { id: '1.2.0' }), 't2')]
  ended.text('one')
  for (const telling of [ended, open]) telling.text('more')
  ended[Symbol.dispose]()
  assert.equal(slow.parts.length, 1)
  slow.own.room = true
  hearing.drained()
  assert.deepEqual(
    slow.parts.slice(1).map(({ type, step, text }) => [type, step, text]),
    [
      ['text-end', '1.1.0', ''],
      ['text-reset', '1.2.0', 'more'],
    ],
  )
  open.text(' and more')
  assert.equal(slow.parts.at(-1)?.['text'], ' and more')
  hearing.stop()
  open.text('!')
  assert.equal(slow.parts.at(-1)?.['text'], ' and more')
})

test('of a text that grows without bound the end is kept, with where it begins', () => {
  const { turn, hear, underWay } = begin({ spacingMs: 0 })
  const telling = turn(attemptOf(1), 't1')
  const piece = 'x'.repeat(1000)
  for (let count = 0; count < 5_000; count += 1) telling.text(piece)
  const [whole] = underWay(topic)
  assert.ok(whole !== undefined)
  const kept = String(whole['text']).length
  assert.ok(kept <= 2 * 1024 * 1024)
  assert.equal(whole.offset + kept, 5_000_000)
  const late = hearer()
  hear(topic, late)
  telling.text('end')
  assert.equal(late.text().length, kept + 3)
})

test('of what is under way in the home of somebody who is forgotten nothing more is told', () => {
  const { turn, hear, forget } = begin({ spacingMs: 0 })
  const [one, other] = [hearer(), hearer()]
  hear(topic, one)
  hear(topicOf({ ...address, home: 'ann2' }), other)
  const telling = turn(attemptOf(1), 't1')
  const silent = turn(attemptOf(1, { id: '1.2.0' }), 't2')
  const theirs = turn(attemptOf(1, { id: '2.1.0', address: { ...address, home: 'ann2' } }), 't1')
  telling.text('secret')
  theirs.text('kept')
  forget('main', 'ann')
  telling.text(' and more of it')
  silent.text('this neither')
  silent.part({ type: 'tool-start', name: 'nor this' })
  theirs.text(' on')
  assert.equal(one.text(), '')
  assert.deepEqual(one.types(), ['text-delta', 'text-reset'])
  const late = hearer()
  hear(topic, late)
  assert.equal(late.text(), '')
  assert.equal(other.text(), 'kept on')
})

/** Two processes: what one tells the other hears, unless it is lost on the way. */
function twoProcesses() {
  const way = { lost: false, told: [] as Told[] }
  const here = begin({
    spacingMs: 0,
    relay: (told) => {
      way.told.push(told)
      if (!way.lost) there.take(JSON.parse(JSON.stringify(told)) as Told)
    },
  })
  const there = begin({ spacingMs: 0, silenceMs: 1000, ask: (name) => Promise.resolve(here.underWay(name)) })
  return { way, here, there }
}

test('another process hears what is told here, from the middle too, and finds what was lost on the way', async () => {
  const { way, here, there } = twoProcesses()
  const telling = here.turn(attemptOf(1), 't1')
  telling.text('One ')
  const one = hearer()
  there.hear(topic, one)
  await new Promise(setImmediate)
  assert.equal(one.text(), 'One ')
  telling.text('two ')
  way.lost = true
  telling.text('three ')
  way.lost = false
  telling.text('four ')
  await new Promise(setImmediate)
  assert.equal(one.text(), 'One two three four ')
  telling.text('five')
  assert.equal(one.text(), 'One two three four five')
  const later = hearer()
  there.hear(topic, later)
  assert.equal(later.text(), 'One two three four five')
  telling[Symbol.dispose]()
  assert.equal(one.types().at(-1), 'text-end')
  assert.deepEqual(there.underWay(topic), [])
})

test('a step whose process died is begun anew by the next one, or forgotten after a while', async () => {
  const { here, there } = twoProcesses()
  const one = hearer()
  there.hear(topic, one)
  here.turn(attemptOf(1), 't1').text('It died while it sai')
  await new Promise(setImmediate)
  const next = begin({ spacingMs: 0, relay: (told) => there.take(told) })
  const telling = next.turn(attemptOf(1), 't1')
  telling.text('It ')
  telling.text('lives')
  assert.equal(one.text(), 'It lives')
  assert.equal(there.underWay(topic).length, 1)
  there.clock.advance(1000)
  assert.deepEqual(there.underWay(topic), [])
})

test('a step that another process began is begun anew here, and is not forgotten as what the other told', async () => {
  const { here, there } = twoProcesses()
  const one = hearer()
  there.hear(topic, one)
  here.turn(attemptOf(1), 't1').text('It was mov')
  await new Promise(setImmediate)
  const telling = there.turn(attemptOf(1), 't1')
  telling.text('It is here')
  there.clock.advance(1000)
  telling.text(' now')
  assert.equal(one.text(), 'It is here now')
  assert.equal(there.underWay(topic).length, 1)
})

test('what others tell and nobody hears here is not kept', () => {
  const { here, there } = twoProcesses()
  here.turn(attemptOf(1), 't1').text('x')
  assert.deepEqual(there.underWay(topic), [])
})
