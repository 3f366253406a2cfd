// shows: A8
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { ModelError } from '../../src/failure.ts'
import type { Claims } from '../../src/repeats/claims.ts'
import { cacheGround, question, type CacheGround } from '../caches/ground.ts'
import { seeded } from '../catalog/seeded.ts'

const ann = { tenant: 't', home: 'ann', kind: 'key', id: '1' }

/** Of two processes. */
function claimsOfBoth(): Claims {
  const taken = new Set<string>()
  return {
    take: async (name) => {
      await turn()
      if (taken.has(name)) return null
      taken.add(name)
      return { leave: () => void taken.delete(name) }
    },
  }
}

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`a key has one answer in all processes, however calls fail and clients leave (${seed})`, async () => {
    const random = seeded(seed)
    const turns = async (most: number): Promise<void> => {
      for (let left = Math.floor(random() * most); left > 0; left -= 1) await turn()
    }
    let answered = 0
    const claims = claimsOfBoth()
    const options = {
      sets: () => undefined,
      claims,
      pause: () => turn(),
      first: async (signal: AbortSignal | undefined) => {
        await turns(12)
        signal?.throwIfAborted()
        if (random() < 0.4) throw new ModelError({ type: 'refused', detail: 'not this one' })
        answered += 1
      },
    }
    const grounds = [0, 1_000_000].map((before) => cacheGround({ ...options, before }))
    const heard = [0, 0]
    const tell = (): void => {
      for (const [at, ground] of grounds.entries()) {
        const other = grounds[1 - at] as CacheGround
        ground.gateway.absorb(structuredClone(other.shared.slice(heard[at])))
        heard[at] = other.shared.length
      }
    }
    const keys = 12
    for (let number = 0; number < keys; number += 1) {
      const once = { key: `key ${number}`, sent: { number } }
      const ask = async (leaves: boolean) => {
        const ground = grounds[random() < 0.5 ? 0 : 1] as CacheGround
        const leaving = new AbortController()
        const asking = ground.ask(ann, question('x'), undefined, { leaving: leaving.signal, once })
        if (leaves) void turns(8).then(() => leaving.abort())
        const told = await asking
        tell()
        return told
      }
      const told = await Promise.all(
        Array.from({ length: 8 }, async () => {
          await turns(10)
          return ask(random() < 0.3)
        }),
      )
      // Until it is answered, it is asked again.
      let last = await ask(false)
      while (last.status !== 200) last = await ask(false)
      const texts = [...told, last].flatMap(({ status, text }) => (status === 200 ? [text] : []))
      assert.equal(new Set(texts).size, 1, texts.join())
      for (const { record, cache } of [...told, last])
        if (cache === 'replay') assert.deepEqual([record.tries, record.costUsd, record.cache], [[], '0', 'replay'])
    }
    assert.equal(answered, keys)
  })

test('a day later it is another call', async () => {
  const ground = cacheGround({ sets: () => undefined })
  const ask = () => ground.ask(ann, question('x'), undefined, { once: { key: 'k', sent: {} } })
  const first = await ask()
  ground.now += 86_399_999
  assert.deepEqual([(await ask()).text, ground.asked], [first.text, 1])
  ground.now += 1
  assert.notEqual((await ask()).text, first.text)
})
