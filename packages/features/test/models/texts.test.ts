// shows: H2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DecideContext, Tagged } from '@hearth/kernel'
import type { Json } from '@hearth/protocol'
import { settingFor, textsSetting, withScope, type TextsDocument } from '../../src/models/texts/setting.ts'
import { callText } from '../../src/models/texts/text.ts'
import { Turns } from '../../src/models/texts/turns.ts'

const asker = { tenant: 'main', home: 'ann', kind: 'key', id: 'key_1' }
const kept = (prompts: 'none' | 'redacted' | 'whole') => ({ prompts, answers: 'none', days: 30 }) as const

test('the narrowest scope counts, and none beside it', () => {
  let document: TextsDocument = { scopes: {}, patterns: [] }
  const now = (): string | undefined => settingFor(document, asker)?.prompts
  assert.equal(settingFor(null, asker), null)
  assert.equal(now(), undefined)
  document = withScope(document, 'tenant', kept('whole'))
  assert.equal(now(), 'whole')
  document = withScope(document, 'home:ann', kept('redacted'))
  assert.equal(now(), 'redacted')
  document = withScope(document, 'key:key_1', kept('none'))
  assert.equal(now(), undefined)
  assert.equal(settingFor(document, { ...asker, id: 'key_2' })?.prompts, 'redacted')
  assert.equal(settingFor(document, { ...asker, kind: 'owner', home: 'owner', id: 'owner' })?.prompts, 'whole')
  // Whoever is called as a scope has none by that.
  assert.equal(settingFor(document, { ...asker, home: '__proto__', id: 'constructor' })?.prompts, 'whole')
  document = withScope(document, 'key:key_1', null)
  assert.equal(now(), 'redacted')
})

test('where nothing is said nothing is published, so that calls look no further', () => {
  assert.equal(textsSetting.reference?.of(textsSetting.initial), null)
})

test('a text is kept once, and not of who was forgotten, nor of a term that was removed, while it was on its way', () => {
  const keep = { type: 'keep', asked: 1000, term: '~texts.2030-01-01.30', sealed: 'sealed' } as Tagged
  const decided = (state: boolean, documents: Readonly<Record<string, Json>>): number => {
    const address = { tenant: 'main', home: 'ann', kind: 'call-text', id: 'call_1' }
    const reference = (name: string): Json | undefined => documents[name]
    const decision = callText.decide(state, keep, { at: 2000, address, reference } as DecideContext)
    return decision.type === 'accept' ? decision.events.length : -1
  }
  assert.equal(decided(false, {}), 1)
  assert.equal(decided(true, {}), 0)
  assert.equal(decided(false, { 'forgotten.ann': 999 }), 1)
  assert.equal(decided(false, { 'forgotten.ann': 1000 }), 0)
  assert.equal(decided(false, { 'forgotten.~texts.2030-01-01.30': 1500 }), 0)
})

test('so many at once, and the others in their order, whatever becomes of them', async () => {
  const turns = new Turns(2)
  const begun: number[] = []
  const ends = new Map<number, () => void>()
  const all = [0, 1, 2, 3].map((number) =>
    turns.take(async () => {
      begun.push(number)
      await new Promise<void>((resolve) => ends.set(number, resolve))
      if (number === 1) throw new Error('it went wrong')
      return number
    }),
  )
  const settled = Promise.allSettled(all)
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(begun, [0, 1])
  ends.get(1)?.()
  await turn()
  assert.deepEqual(begun, [0, 1, 2])
  ends.get(0)?.()
  await turn()
  assert.deepEqual(begun, [0, 1, 2, 3])
  ends.get(2)?.()
  ends.get(3)?.()
  assert.deepEqual(
    (await settled).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
})
