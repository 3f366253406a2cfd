// shows: A13, H1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '@hearth/sdk'
import { ownerKey, startHearth } from './hearth.ts'
import { startProxy, type Treatment } from './proxy.ts'

const at = '2040-01-01T00:00:00Z'
const wanted = 100

/** Of a hundred requests fourteen are carried out without an answer, and five never arrive. */
function bad(count: number): Treatment {
  if (count % 7 === 3) return 'cut'
  return count % 20 === 11 ? { status: 502 } : 'pass'
}

const skip = process.env['HEARTH_TEST_LONG'] === undefined ? 'HEARTH_TEST_LONG is not set, as .ci/run does' : false

test(
  'behind a network that breaks all the time, with two workers: each call once, own writes seen, a watch that misses nothing',
  { skip },
  async () => {
    await using server = await startHearth({ HEARTH_WORKERS: '2' })
    await using proxy = await startProxy(server.url, (_seen, count) => bad(count))
    const client = createClient({ url: proxy.url, key: ownerKey, retries: 20 })
    const sizes: number[] = []
    const watching = (async () => {
      for await (const { value } of client.reminders.list.watch({ limit: 500 })) {
        const ids = new Set(value.items.map(({ id }) => id))
        assert.equal(ids.size, value.items.length)
        sizes.push(ids.size)
        if (ids.size >= wanted) return
      }
    })()
    const unseen: string[] = []
    const one = async (text: string): Promise<void> => {
      const { id } = await client.reminders.set({ text, at })
      const { items } = await client.reminders.list({ limit: 500 })
      if (!items.some((item) => item.id === id)) unseen.push(id)
    }
    for (let round = 0; round < wanted; round += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, index) => one(`${round + index}`)))
      proxy.cutUpgrades()
    }
    await watching
    assert.deepEqual(unseen, [])
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => a - b),
      'it never goes back',
    )
    const { items } = await client.reminders.list({ limit: 500 })
    assert.deepEqual(
      items.map(({ text }) => Number(text)).toSorted((a, b) => a - b),
      Array.from({ length: wanted }, (_, index) => index),
    )
  },
)
