// shows: A3
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clients } from './clients.ts'
import { startGround, type Ground } from './ground.ts'
import type { Asked, Told } from './mortal.ts'
import { speeches, type Protocol } from './speech.ts'

let ground: Ground
before(async () => {
  ground = await startGround()
})
after(() => ground[Symbol.asyncDispose]())

const text = 'High tide is at 06:14 — 高潮.\n\nBring boots.'

/** Goes on exactly where it stopped, or as it was asked to, from the last words. */
const goesOn = (asked: Asked): Told => {
  const { said, anchor } = asked
  if (said === null) return { text }
  assert.ok(text.startsWith(said), `it is told what was said: ${JSON.stringify(said)}`)
  if (anchor === null) return { text: text.slice(said.length) }
  const from = said.lastIndexOf(anchor)
  assert.ok(from >= 0, `the last words are such: ${anchor}`)
  return { text: text.slice(from) }
}
const exactly = (asked: Asked): Told => (asked.said === null ? { text } : { text: text.slice(asked.said.length) })

/** At the end of every event but the last, and within some. */
function cutsOf(protocol: Protocol): readonly number[] {
  let end = 0
  const ends = speeches[protocol](text, 'first').map((event) => (end += Buffer.byteLength(event)))
  const within = ends.map((at) => at - 3).filter((_at, index) => index % 3 === 0)
  return [...ends.slice(0, -1), ...within]
}

const ways = [
  { client: 'chat', kinds: ['openai', 'openai'], first: 'chat' },
  { client: 'chat', kinds: ['openai-compatible', 'anthropic'], first: 'chat' },
  { client: 'chat', kinds: ['anthropic', 'google'], first: 'messages' },
  { client: 'responses', kinds: ['openai', 'openai'], first: 'responses' },
  { client: 'responses', kinds: ['openai', 'anthropic'], first: 'responses' },
  { client: 'responses', kinds: ['google', 'openai-compatible'], first: 'google' },
  { client: 'responses', kinds: ['openai-compatible', 'openai'], first: 'chat' },
  { client: 'messages', kinds: ['anthropic', 'anthropic'], first: 'messages' },
  { client: 'messages', kinds: ['anthropic', 'anthropic'], first: 'messages', model: 'claude-haiku-4-5' },
  { client: 'messages', kinds: ['anthropic', 'openai'], first: 'messages' },
  { client: 'messages', kinds: ['openai', 'anthropic'], first: 'responses', model: 'codex' },
  { client: 'messages', kinds: ['openai-compatible', 'google'], first: 'chat' },
] as const

for (const way of ways) {
  const { client, kinds, first } = way
  const model = 'model' in way ? way.model : 'm'
  test(`wherever ${kinds[0]} is lost, ${kinds[1]} goes on, and a client of ${client} hears one whole answer (${model})`, async () => {
    ground.kinds = kinds
    ground.model = model
    let continued = 0
    let again = 0
    const cuts = cutsOf(first)
    for (const [index, cut] of cuts.entries()) {
      // Its connection dies, or it ends as if nothing were missing.
      ground.first.answer = () => (index % 4 < 2 ? { text, cut } : { text, cut, instead: '' })
      ground.second.answer = index % 2 === 0 ? goesOn : exactly
      ground.second.asked.length = 0
      const heard = await clients[client](ground)
      assert.equal(heard.text, text, `cut after ${cut} bytes`)
      assert.match(String(heard.finish), /^(stop|completed|end_turn)$/)
      const { outcome, continued: times, tries } = await ground.record()
      assert.equal(outcome, 'done')
      // The models that go on by themselves are not asked to.
      const asked = ground.second.asked[0]
      if (asked?.said != null) assert.equal(asked.anchor === null, model.startsWith('claude'))
      continued += times ?? 0
      if (times === undefined && tries.length > 1) again += 1
    }
    // The others had evidently come to their end.
    assert.ok(continued + again >= cuts.length - 4 && again < 9, `${continued} and ${again} of ${cuts.length}`)
  })
}
