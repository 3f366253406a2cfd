// shows: A7
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { sharesOf } from '../../src/batches/members.ts'
import { parseUsd } from '../../src/catalog/money.ts'
import { ModelError } from '../../src/failure.ts'
import type { Budget } from '../../src/gateway/budget.ts'
import { seeded } from '../catalog/seeded.ts'
import { batchGround, picosOfToken } from './ground.ts'

const ann = { tenant: 't', home: 'ann', kind: 'key', id: '1' }
const usdOf = (text: string | null): bigint => parseUsd(text ?? '0') ?? 0n

/** The provider answers nothing before it is let go. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { first: () => promise, go: resolve }
}

test('whoever comes alone goes at once, and those that come meanwhile go together', async () => {
  const { first, go } = held()
  const ground = batchGround({ first })
  const calls = ['a', 'bb', 'ccc', 'dddd'].map((text) => ground.embed(ann, [text, 'x']))
  while (ground.asked.length < 2) await turn()
  go()
  const answers = await Promise.all(calls)
  assert.deepEqual(ground.asked, [
    ['a', 'x'],
    ['bb', 'x', 'ccc', 'x', 'dddd', 'x'],
  ])
  assert.deepEqual(
    answers.map(({ vectors }) => vectors.map(([length]) => length)),
    [1, 2, 3, 4].map((length) => [length, 1]),
  )
  assert.deepEqual(
    answers.map(({ record }) => record.tries.map(({ together }) => together)),
    [[undefined], [3], [3], [3]],
  )
  await ground.embed(ann, ['alone again'])
  assert.equal(ground.asked.length, 3)
})

test('unless the policy says so each goes out by itself, and never with what is not the same', async () => {
  const { first, go } = held()
  const off = batchGround({ first, on: false })
  const on = batchGround({ first })
  const calls = [
    ...[1, 2, 3].map(() => off.embed(ann, ['x'])),
    ...['t', 'other'].flatMap((tenant) => [1, 2].map(() => on.embed({ ...ann, tenant }, [tenant]))),
  ]
  while (off.asked.length < 3 || on.asked.length < 4) await turn()
  go()
  await Promise.all(calls)
  assert.deepEqual(
    on.asked.map((texts) => new Set(texts).size),
    [1, 1, 1, 1],
  )
})

test('a request holds no more than the provider takes', async () => {
  const { first, go } = held()
  const ground = batchGround({ first, batch: { inputs: 4, tokens: 40 } })
  const calls = Array.from({ length: 9 }, (_, at) => ground.embed(ann, [`text ${at}`]))
  calls.push(ground.embed(ann, ['a', 'b', 'c']))
  const long = 'some words of which there are twelve or so in this one text'
  calls.push(...[1, 2, 3].map(() => ground.embed(ann, [long])))
  while (ground.asked.flat().length < 15) await turn()
  go()
  await Promise.all(calls)
  const sizes = ground.asked.map((texts) => texts.length)
  assert.deepEqual(sizes.toSorted(), [1, 1, 2, 3, 4, 4], JSON.stringify(ground.asked))
})

test('one that the provider refuses fails alone, in its own words', async () => {
  const ground = batchGround({
    first: async (texts) => {
      await turn()
      const bad = texts.find((text) => text.startsWith('bad'))
      if (bad !== undefined)
        throw new ModelError({ type: 'refused', detail: `not ${texts.length} of them`, status: 400 })
    },
  })
  const words = ['first', 'a', 'bad 1', 'b', 'c', 'd', 'bad 2', 'e', 'f']
  const answers = await Promise.all(words.map((word) => ground.embed(ann, [word])))
  assert.deepEqual(
    answers.map(({ status }) => status),
    words.map((word) => (word.startsWith('bad') ? 400 : 200)),
  )
  for (const { status, record, vectors } of answers)
    if (status === 400) assert.deepEqual([record.outcome, record.detail], ['refused', 'not 1 of them'])
    else assert.equal(vectors.length, 1)
})

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`everybody hears of their own, and what it cost is what they paid together (${seed})`, async () => {
    const random = seeded(seed)
    const turns = async (most: number): Promise<void> => {
      for (let left = Math.floor(random() * most); left > 0; left -= 1) await turn()
    }
    let paid = 0
    let open = 0
    const budget: Budget = {
      limits: () => true,
      reserve: async () => {
        open += 1
        return {
          most: 1,
          accounts: ['a'],
          nano: 0,
          token: 0,
          release: (nano) => {
            open -= 1
            paid += nano
          },
        }
      },
    }
    const ground = batchGround({
      budget,
      pause: () => turn(),
      batch: { inputs: 12, tokens: 1000 },
      first: async (texts, signal) => {
        await turns(10)
        signal?.throwIfAborted()
        if (texts.some((text) => text.startsWith('bad'))) throw new ModelError({ type: 'refused', detail: 'no' })
        if (random() < 0.1) throw new ModelError({ type: 'away', detail: 'busy' })
      },
    })
    let [tokens, cost, together] = [0, 0n, 0]
    for (let wave = 0; wave < 10; wave += 1) {
      const told = await Promise.all(
        Array.from({ length: 20 }, async (_, at) => {
          const leaving = new AbortController()
          await turns(8)
          const size = 1 + Math.floor(random() * 3)
          const word = random() < 0.05 ? 'bad' : 'w'.repeat(1 + Math.floor(random() * 20))
          const texts = Array.from({ length: size }, (_none, index) => `${word}${at}${index}`)
          const asking = ground.embed(ann, texts, leaving.signal)
          if (random() < 0.15) void turns(8).then(() => leaving.abort())
          return { texts, ...(await asking) }
        }),
      )
      for (const { texts, status, vectors, record } of told) {
        if (status === 200)
          assert.deepEqual(
            vectors.map(([length]) => length),
            texts.map(({ length }) => length),
          )
        tokens += record.tokens?.input ?? 0
        cost += usdOf(record.costUsd)
        together += record.tries.filter(({ together: of = 1 }) => of > 1).length
        if (texts.some((text) => text.startsWith('bad'))) assert.notEqual(record.outcome, 'done')
      }
    }
    assert.equal(tokens, ground.told)
    assert.equal(cost, BigInt(ground.told) * picosOfToken)
    // Each call is paid in whole billionths of a dollar, rounded up.
    const exact = Number(cost) / 1000
    assert.ok(paid >= exact && paid < exact + 200, `${paid} ${exact}`)
    assert.equal(open, 0)
    assert.ok(together > 20, String(together))
  })

test('shares are whole numbers whose sum is the whole', () => {
  const random = seeded(7)
  for (let turns = 0; turns < 500; turns += 1) {
    const weights = Array.from({ length: 1 + Math.floor(random() * 20) }, () => 1 + Math.floor(random() * 50))
    const total = Math.floor(random() * 1000)
    const shares = sharesOf(total, weights)
    assert.equal(
      shares.reduce((sum, share) => sum + share, 0),
      total,
    )
    const all = weights.reduce((sum, weight) => sum + weight, 0)
    for (const [at, share] of shares.entries())
      assert.ok(share >= 0 && Math.abs(share - (total * (weights[at] ?? 0)) / all) <= 1)
  }
})
