// shows: A5
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { ModelError } from '../../src/failure.ts'
import { batchGround } from '../batches/ground.ts'
import { seeded } from '../catalog/seeded.ts'
import { cacheGround, question, type Told } from './ground.ts'

const ann = { tenant: 't', home: 'ann', kind: 'key', id: '1' }
const texts = ['Who?', 'Where?', 'When?']

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`whoever waits for others is answered, however those fail and leave (${seed})`, async () => {
    const random = seeded(seed)
    const turns = async (most: number): Promise<void> => {
      for (let left = Math.floor(random() * most); left > 0; left -= 1) await turn()
    }
    const ground = cacheGround({
      sets: () => ({ setting: { scope: 'tenant' }, version: 1 }),
      pause: () => Promise.resolve(),
      first: async (signal) => {
        await turns(12)
        signal?.throwIfAborted()
        const chance = random()
        if (chance < 0.3) throw new ModelError({ type: 'refused', detail: 'not this one' })
        if (chance < 0.4) throw new ModelError({ type: 'garbage', detail: 'nonsense' })
      },
    })
    let hits = 0
    for (let wave = 0; wave < 12; wave += 1) {
      const told = await Promise.all(
        Array.from({ length: 25 }, async (): Promise<Told> => {
          const leaving = new AbortController()
          await turns(6)
          const text = `${texts[Math.floor(random() * texts.length)]} ${wave}`
          const use = random() < 0.1 ? 'refresh' : undefined
          const asking = ground.ask(ann, question(text), use, { leaving: leaving.signal })
          if (random() < 0.3) void turns(10).then(() => leaving.abort())
          return asking
        }),
      )
      for (const { status, cache, record } of told) {
        if (status === 200 && cache === 'hit') hits += 1
        // Nobody is told of a failure but by a provider that was asked for them.
        if (record.outcome !== 'done' && record.outcome !== 'stopped') assert.ok(record.tries.length > 0)
        if (record.outcome === 'done') assert.equal(status, 200)
        if (cache === 'hit') assert.deepEqual([record.tries, record.costUsd], [[], '0'])
      }
    }
    assert.ok(hits > 30, String(hits))
  })

test('who lets others go first is not waited for by who does not', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const ground = cacheGround({ sets: () => ({ setting: {}, version: 1 }), first: () => promise })
  const first = ground.ask(ann, question('x'))
  const waits = ground.ask(ann, question('x'))
  const anew = ground.ask(ann, question('x'), 'refresh')
  await turn()
  await turn()
  assert.equal(ground.asked, 2)
  resolve()
  assert.deepEqual(
    (await Promise.all([first, waits, anew])).map(({ cache }) => cache),
    ['miss', 'hit', 'miss'],
  )
})

for (const seed of [1, 2, 3, 4])
  test(`texts that many ask for at once come to all of them, however some fail and leave (${seed})`, async () => {
    const random = seeded(seed)
    const turns = async (most: number): Promise<void> => {
      for (let left = Math.floor(random() * most); left > 0; left -= 1) await turn()
    }
    const ground = batchGround({
      on: seed % 2 === 0,
      caches: { setting: {}, version: 1 },
      pause: () => Promise.resolve(),
      first: async (_texts, signal) => {
        await turns(12)
        signal?.throwIfAborted()
        if (random() < 0.2) throw new ModelError({ type: 'refused', detail: 'not these' })
      },
    })
    let texts = 0
    for (let wave = 0; wave < 8; wave += 1)
      await Promise.all(
        Array.from({ length: 25 }, async () => {
          await turns(8)
          const from = Math.floor(random() * 10)
          // Each overlaps with others, in one order or the other.
          const own = Array.from(
            { length: 1 + Math.floor(random() * 4) },
            (_, at) => `${wave} ${'w'.repeat(from + at + 1)}`,
          )
          if (random() < 0.5) own.reverse()
          texts += own.length
          const leaving = new AbortController()
          const asking = ground.embed(ann, own, leaving.signal)
          if (random() < 0.2) void turns(10).then(() => leaving.abort())
          const { status, vectors, record } = await asking
          if (record.outcome !== 'done' && record.outcome !== 'stopped') assert.ok(record.tries.length > 0)
          if (status !== 200) return
          assert.deepEqual(
            vectors.map(([length]) => length),
            own.map(({ length }) => length),
          )
        }),
      )
    assert.ok(ground.asked.flat().length < texts / 2, `${ground.asked.flat().length} of ${texts}`)
  })
