import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Leases } from '../src/effects/leases.ts'
import type { EffectId, EffectRow } from '../src/ports/log.ts'

const row = (sequence: number, due: number): EffectRow => ({
  slot: 1,
  sequence,
  ordinal: 0,
  actor: 1,
  address: { tenant: 'main', home: 'h', kind: 'k', id: 'i' },
  kind: 'long',
  due,
  attempt: 1,
  person: null,
  request: Buffer.from('null'),
})
const sequences = (rows: readonly EffectId[]) => rows.map(({ sequence }) => sequence)

test('leases are renewed every ten seconds while their attempts run, all at once', () => {
  const rows = new Map([1, 2, 3].map((sequence) => [sequence, row(sequence, 30_000)]))
  const find = ({ sequence }: EffectId) => rows.get(sequence)
  const leases = new Leases()
  assert.equal(leases.waitMs(0), null)
  for (const one of rows.values()) leases.add(one, 100)
  assert.equal(leases.waitMs(2100), 8000)
  assert.deepEqual(leases.take({ elapsed: 10_099, now: 10_099 }, find), { renew: [], over: [] })
  leases.remove(row(2, 0))
  rows.delete(3)
  const { renew, over } = leases.take({ elapsed: 10_100, now: 10_100 }, find)
  assert.deepEqual([sequences(renew), sequences(over)], [[1], []])
  assert.equal(leases.waitMs(10_100), 10_000)
})

test('one that could not be renewed is over, and told of once', () => {
  const leases = new Leases()
  leases.add(row(1, 30_000), 0)
  const take = (time: number) => leases.take({ elapsed: time, now: time }, () => row(1, 30_000))
  assert.deepEqual(sequences(take(29_999).renew), [1])
  assert.deepEqual(sequences(take(40_000).over), [1])
  assert.deepEqual(take(60_000), { renew: [], over: [] })
  assert.equal(leases.waitMs(60_000), null)
})
