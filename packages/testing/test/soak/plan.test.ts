import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planReminder } from '../../src/soak/plan.ts'
import { chance } from '../../src/soak/random.ts'

test('the same seed plans the same reminders, another seed others', () => {
  const plans = (seed: string) =>
    Array.from({ length: 50 }, (_, number) => planReminder(seed, number, 1_000_000, [null, 'a']))
  assert.deepEqual(plans('one'), plans('one'))
  assert.notDeepEqual(
    plans('one').map(({ occurrences }) => occurrences),
    plans('two').map(({ occurrences }) => occurrences),
  )
})

test('a load has every kind of reminder, in every home, with keys and texts of their own', () => {
  const now = 1_000_000
  const plans = Array.from({ length: 2_000 }, (_, number) => planReminder('kinds', number, now, [null, 'a', 'b']))
  assert.equal(new Set(plans.map((plan) => plan.text)).size, plans.length)
  assert.equal(new Set(plans.map((plan) => plan.key)).size, plans.length)
  assert.deepEqual(new Set(plans.map((plan) => plan.home)), new Set([null, 'a', 'b']))
  const count = (wanted: (plan: (typeof plans)[number]) => boolean): number => plans.filter(wanted).length
  assert.ok(count((plan) => plan.input.rule !== undefined) > 100)
  assert.ok(count((plan) => plan.cancelAfterMs !== null && plan.input.rule === undefined) > 100)
  assert.ok(count((plan) => (plan.occurrences[0] ?? 0) < now) > 20)
  assert.ok(count((plan) => plan.twiceAtOnce) > 100)
  assert.ok(count((plan) => plan.otherBody) > 20)
  assert.ok(count((plan) => plan.replayAfterMs !== null) > 20)
  for (const { input, occurrences } of plans) {
    assert.equal(Date.parse(input.at ?? input.start ?? ''), occurrences[0])
    assert.ok(occurrences.every((due) => due <= now + 35_000))
  }
})

test('chance stays in its bounds and follows its weights', () => {
  const luck = chance('bounds', 'x')
  const drawn = Array.from({ length: 4_000 }, () => luck.whole(1, 3))
  assert.deepEqual(new Set(drawn), new Set([1, 2, 3]))
  const picked = Array.from({ length: 4_000 }, () =>
    luck.pick([
      [3, 'often'],
      [1, 'seldom'],
    ]),
  )
  const often = picked.filter((value) => value === 'often').length
  assert.ok(often > 2_700 && often < 3_300)
})
