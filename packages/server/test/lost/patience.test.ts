// long: a run of everything that npm alone tests has five minutes
// shows: A3
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { clients } from './clients.ts'
import { startGround, type Ground } from './ground.ts'
import type { Asked, Told } from './mortal.ts'
import { speeches } from './speech.ts'

let ground: Ground
before(async () => {
  ground = await startGround()
})
after(() => ground[Symbol.asyncDispose]())
beforeEach(() => {
  ground.first.asked.length = ground.second.asked.length = 0
  ground.kinds = ['openai', 'openai']
  ground.policy = { patience: { headMs: 150 } }
  ground.patience = undefined
  ground.tenant = undefined
  ground.first.answer = () => 'nothing'
  ground.second.answer = rest
})

const text = 'High tide is at 06:14. Bring boots, and mind the wet stones.'
const rest = ({ said }: Asked): Told => ({ text: said === null ? text : text.slice(said.length) })
const outcomes = async (): Promise<readonly string[]> =>
  (await ground.record()).tries.map(({ provider, outcome }) => `${provider} ${outcome}`)
const whole = (told: object): Told => ({ text: '', events: [JSON.stringify(told)] })

const answer = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 4, completion_tokens: 4, total_tokens: 8 },
}

test('a provider that does not begin in time is left for the next, whatever it speaks', async () => {
  for (const kind of ['openai', 'anthropic'] as const) {
    ground.kinds = [kind, 'openai']
    assert.equal((await clients.chat(ground)).text, text)
    assert.deepEqual(await outcomes(), ['first late', 'second ok'])
    ground.second.answer = () => whole(answer)
    const { choices } = await ground.openai.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: 'Tides?' }],
    })
    assert.equal(choices[0]?.message.content, text)
    assert.deepEqual(await outcomes(), ['first late', 'second ok'])
    ground.second.answer = rest
  }
})

test('what a provider says of itself counts before the policy', async () => {
  ground.policy = { patience: { headMs: 200_000 } }
  ground.patience = { headMs: 150 }
  assert.equal((await clients.chat(ground)).text, text)
  assert.deepEqual(await outcomes(), ['first late', 'second ok'])
})

test('the last that is left is waited for, and so is one that has begun to answer', async () => {
  for (const [kinds, cut] of [
    [['openai', null], 0],
    [['openai', 'openai'], 10],
    [['anthropic', 'openai'], 10],
  ] as const) {
    ground.kinds = kinds
    ground.first.answer = () => ({ text, cut, restAfterMs: 500 })
    assert.equal((await clients.chat(ground)).text, text)
    assert.deepEqual(await outcomes(), ['first ok'])
  }
})

test('to hold the connection with comments is not to begin to answer', async () => {
  for (const kind of ['openai', 'anthropic'] as const) {
    ground.kinds = [kind, 'openai']
    ground.first.answer = () => ({ text, cut: 0, holds: true })
    assert.equal((await clients.chat(ground)).text, text)
    assert.deepEqual(await outcomes(), ['first late', 'second ok'])
  }
})

test('one that falls silent in the middle is lost, and gone on with', async () => {
  ground.policy = { patience: { idleMs: 300 }, lost: 'continue' }
  for (const [kind, protocol] of [
    ['openai', 'chat'],
    ['anthropic', 'messages'],
  ] as const) {
    ground.kinds = [kind, 'openai']
    const cut = Buffer.byteLength(speeches[protocol](text, 'first').slice(0, 8).join(''))
    for (const how of [{ restAfterMs: null }, { holds: true }]) {
      ground.first.answer = () => ({ text, cut, ...how })
      assert.equal((await clients.chat(ground)).text, text)
      assert.deepEqual(await outcomes(), ['first late', 'second ok'])
    }
  }
})

test('one that falls silent behind the head of its answer is left for the next', async () => {
  ground.policy = { patience: { idleMs: 300 } }
  for (const kind of ['openai', 'anthropic'] as const) {
    ground.kinds = [kind, 'openai']
    ground.first.answer = () => ({ text, cut: 0, restAfterMs: null })
    assert.equal((await clients.chat(ground)).text, text)
    assert.deepEqual(await outcomes(), ['first late', 'second ok'])
  }
})

test('where all who ask a place hear nothing any more, it is left long before the time of one', async () => {
  ground.policy = { patience: { headMs: 120_000 } }
  ground.tenant = 'one'
  ground.first.answer = rest
  for (let times = 0; times < 8; times += 1) await clients.chat(ground)
  ground.first.answer = () => 'nothing'
  const heard = await Promise.all(Array.from({ length: 10 }, () => clients.chat(ground)))
  assert.deepEqual(new Set(heard.map((one) => one.text)), new Set([text]))
  await ground.record()
  const late = ground.records.slice(-10).flatMap(({ tries }) => tries.filter(({ outcome }) => outcome === 'late'))
  assert.ok(late.length >= 3, `${late.length}`)
})

test('long answers that come whole are no silence, though short ones came a moment before', async () => {
  ground.policy = {}
  ground.tenant = 'two'
  const ask = async (most: number): Promise<void> => {
    const messages = [{ role: 'user' as const, content: 'Tides?' }]
    await ground.openai.chat.completions.create({ model: 'm', max_tokens: most, messages })
  }
  const askAll = (most: number) => Promise.all(Array.from({ length: 10 }, () => ask(most)))
  const answers = (afterMs: number): void => {
    ground.first.answer = () => ({ ...whole(answer), beginsAfterMs: afterMs })
  }
  answers(50)
  await askAll(4)
  answers(2500)
  await askAll(500)
  await ground.record()
  assert.deepEqual(
    new Set(ground.records.slice(-20).flatMap(({ tries }) => tries.map(({ provider }) => provider))),
    new Set(['first']),
  )
})
