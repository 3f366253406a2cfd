// shows: B10
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fairWeather } from '../../src/simulation/faulty-log.ts'
import { planOf, type Plan } from '../../src/simulation/plan.ts'
import { simulate } from '../../src/simulation/run.ts'

/** .ci/run runs more of them, and a thousand by the command. */
const isLong = process.env['HEARTH_TEST_LONG'] !== undefined
const runs = isLong ? 40 : 15
const everyNth = isLong ? 1 : 4

test(`the kernel keeps its promises under faults of every kind, ${runs} runs`, async () => {
  for (let seed = 1; seed <= runs; seed += 1) {
    const { faults } = await simulate(planOf(String(seed)))
    assert.deepEqual(faults, [], `npm run simulate -- --seed ${seed} --trace`)
  }
})

test('the same seed is the same run, to the byte', async () => {
  for (const seed of ['3', '33', '1785']) {
    const [first, second] = [await simulate(planOf(seed)), await simulate(planOf(seed))]
    assert.equal(first.hash, second.hash)
    assert.notEqual(first.hash, (await simulate(planOf(`${seed}0`))).hash)
  }
})

// What simulation found, and what must not come back.
test('seeds that once failed', async () => {
  for (const seed of ['27', '33', '102', '181', '294', '1785'])
    assert.deepEqual((await simulate(planOf(seed))).faults, [], seed)
})

/** Everything that an actor does, on a day without other troubles. */
function quietDay(): Plan {
  const plan = planOf('a quiet day')
  const settings = { maxBatch: 5, hotBytes: 2000, snapshotAfter: 2, heldEffects: 5, patienceMs: 5000 }
  const said = plan.commands.filter(({ command }) => ['pass', 'ask'].includes(command.type))
  const commands = [...plan.commands.slice(0, 14), ...said.slice(0, 5)].map((one) => ({
    ...one,
    at: one.at / 8,
    ahead: one.ahead === null ? null : Math.round(one.ahead / 8),
  }))
  return {
    ...plan,
    activeMs: 3000,
    lanes: 2,
    settings,
    weather: fairWeather,
    troubles: [],
    commands,
    told: { twice: 0, lateMs: 0 },
  }
}

test('stopped at any boundary, it comes to the same end', async () => {
  const { boundaries, faults } = await simulate(quietDay())
  assert.deepEqual(faults, [])
  assert.ok(boundaries > 40, `${boundaries} boundaries`)
  for (let crashAt = 1; crashAt <= boundaries; crashAt += everyNth)
    assert.deepEqual((await simulate(quietDay(), { crashAt })).faults, [], `stopped at boundary ${crashAt}`)
})
