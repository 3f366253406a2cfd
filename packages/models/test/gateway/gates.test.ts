// shows: A7
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGates, type Gates, type Permit, type Waiting } from '../../src/gateway/gates.ts'
import type { ProviderEntry } from '../../src/gateway/setting.ts'

const provider = (name: string, concurrency?: number): ProviderEntry => ({
  name,
  kind: 'openai',
  baseUrl: null,
  keys: [],
  allowPrivate: false,
  models: null,
  ...(concurrency === undefined ? {} : { concurrency }),
})

interface Asking {
  readonly home?: string
  readonly entries: readonly ProviderEntry[]
  readonly background?: boolean
  readonly signal?: AbortSignal
}

function wait(gates: Gates, { home = 'ann', entries, background = false, signal }: Asking) {
  let leave = (): void => undefined
  const waiting: Waiting = {
    asker: { tenant: 'main', home, kind: 'key', id: 'k' },
    entries,
    background,
    signal: signal ?? new AbortController().signal,
    onGone: (then) => (leave = then),
  }
  let permit: Permit | null | undefined
  const turn = gates.wait(waiting).then((got) => (permit = got))
  return {
    turn,
    get permit() {
      return permit
    },
    leave: () => leave(),
  }
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('so many are let in, and one more when one leaves, once', async () => {
  const gates = createGates({ processes: () => 1 })
  const two = provider('two', 2)
  const [one, other] = [gates.enter('main', two), gates.enter('main', two)]
  assert.ok(one !== null && other !== null)
  assert.equal(gates.enter('main', two), null)
  assert.ok(gates.enter('other tenant', two) !== null)
  assert.ok(gates.enter('main', provider('without bound')) !== null)
  const waiting = wait(gates, { entries: [two] })
  await settled()
  assert.deepEqual([waiting.permit, gates.waiting], [undefined, 1])
  one.leave()
  one.leave()
  assert.equal((await waiting.turn)?.provider, 'two')
  assert.deepEqual([gates.enter('main', two), gates.waiting], [null, 0])
})

test('homes take turns: one that has many waiting keeps no other from being next', async () => {
  const gates = createGates({ processes: () => 1 })
  const one = provider('one', 1)
  let held = gates.enter('main', one)
  const order: string[] = []
  const come = (home: string, background = false): void => {
    void wait(gates, { home, entries: [one], background }).turn.then((permit) => {
      order.push(background ? `${home} behind` : home)
      held = permit
    })
  }
  for (let call = 0; call < 20; call += 1) come('ann')
  come('ben')
  come('cleo')
  come('dan', true)
  for (let left = 0; left < 10; left += 1) {
    held?.leave()
    await settled()
  }
  assert.deepEqual(order.slice(0, 5), ['ann', 'ben', 'cleo', 'ann', 'ann'])
  // What may wait does, and not for ever.
  assert.equal(order.filter((home) => home === 'dan behind').length, 1)
  assert.ok(order.indexOf('dan behind') > 4)
})

test('whoever waits at several takes the first that is free, and is at the others no more', async () => {
  const gates = createGates({ processes: () => 1 })
  const [a, b] = [provider('a', 1), provider('b', 1)]
  const [inA, inB] = [gates.enter('main', a), gates.enter('main', b)]
  const both = wait(gates, { entries: [a, b] })
  const next = wait(gates, { entries: [b] })
  inB?.leave()
  assert.equal((await both.turn)?.provider, 'b')
  inA?.leave()
  await settled()
  assert.deepEqual([next.permit, gates.waiting], [undefined, 1])
  assert.ok(gates.enter('main', a) !== null)
  both.permit?.leave()
  assert.equal((await next.turn)?.provider, 'b')
})

test('whoever leaves, is cut or waits too long is in nobody’s way, and of too many the last are told at once', async () => {
  const gates = createGates({ processes: () => 1, longestMs: 20, mostWaiting: 3 })
  const one = provider('one', 1)
  const held = gates.enter('main', one)
  const stopping = new AbortController()
  const [left, cut, late] = [
    wait(gates, { entries: [one] }),
    wait(gates, { entries: [one], signal: stopping.signal }),
    wait(gates, { entries: [one] }),
  ]
  assert.equal(await wait(gates, { entries: [one] }).turn, null)
  left.leave()
  stopping.abort()
  assert.deepEqual(await Promise.all([left.turn, cut.turn, late.turn]), [null, null, null])
  assert.equal(gates.waiting, 0)
  held?.leave()
  assert.ok(gates.enter('main', one) !== null)
})

test('several processes share what a provider takes', () => {
  let processes = 2
  const gates = createGates({ processes: () => processes })
  const five = provider('five', 5)
  const enterAll = (): number => Array.from({ length: 10 }, () => gates.enter('main', five)).filter(Boolean).length
  assert.equal(enterAll(), 2)
  processes = 1
  assert.equal(enterAll(), 3)
})

test('whatever comes, leaves and gives up in whatever order: no more are let in, and nobody is forgotten', async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    let state = seed
    const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below
    const gates = createGates({ processes: () => 1 })
    const entries = [provider('a', 1 + random(3)), provider('b', 1 + random(3))]
    const inside = new Map<string, number>()
    const permits: Permit[] = []
    const enter = (permit: Permit | null): void => {
      if (permit === null) return
      permits.push(permit)
      const count = (inside.get(permit.provider) ?? 0) + 1
      inside.set(permit.provider, count)
      assert.ok(count <= (entries.find(({ name }) => name === permit.provider)?.concurrency ?? 0))
    }
    const leave = (): void => {
      const [permit] = permits.splice(random(Math.max(1, permits.length)), 1)
      if (permit === undefined) return
      inside.set(permit.provider, (inside.get(permit.provider) ?? 0) - 1)
      permit.leave()
    }
    const waits: ReturnType<typeof wait>[] = []
    for (let step = 0; step < 200; step += 1) {
      const some = random(2) === 0 ? entries : [entries[random(2)] as ProviderEntry]
      const what = random(4)
      if (what === 0) enter(gates.enter('main', some[0] as ProviderEntry))
      else if (what === 1) {
        const waiting = wait(gates, { home: `h${random(3)}`, entries: some, background: random(3) === 0 })
        void waiting.turn.then(enter)
        waits.push(waiting)
      } else if (what === 2) leave()
      else waits[random(Math.max(1, waits.length))]?.leave()
      await Promise.resolve()
    }
    while (permits.length > 0 || gates.waiting > 0) {
      leave()
      await settled()
    }
    await Promise.all(waits.map(({ turn }) => turn))
  }
})
