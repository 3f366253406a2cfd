// shows: A4
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallRecord } from '@hearth/models'
import { HearthError } from '@hearth/protocol'
import type { EffectTools } from '../../src/feature.ts'
import type { LedgerCommand } from '../../src/models/ledger.ts'
import { createRecorder } from '../../src/models/recorder.ts'

const record = (id: string, more: Partial<CallRecord> = {}): CallRecord => ({
  id,
  at: 0,
  asker: { tenant: 'main', home: 'owner', kind: 'owner', id: 'owner' },
  requestId: id,
  door: '/v1/chat/completions',
  asked: 'model',
  provider: 'own',
  model: 'model',
  streamed: false,
  passed: true,
  outcome: 'done',
  tokens: null,
  costUsd: null,
  ms: 1,
  firstMs: null,
  tries: [],
  ...more,
})

/** A ledger that takes each batch of a process once, as its actor does. */
function ledger(refuses: (command: LedgerCommand, times: number) => Error | null) {
  const taken: string[] = []
  const sizes: number[] = []
  let last = 0
  let times = 0
  const decide: EffectTools['decide'] = (_to, told) => {
    const command = told as LedgerCommand
    times += 1
    const refusal = refuses(command, times)
    const isLost = refusal?.message === 'its answer was lost'
    if ((refusal === null || isLost) && command.batch > last) {
      last = command.batch
      taken.push(...command.calls.map(({ id }) => id))
      sizes.push(command.calls.length)
    }
    return refusal === null ? Promise.resolve(null) : Promise.reject(refusal)
  }
  return { taken, sizes, recorder: createRecorder({ decide }, 'process') }
}

const ids = Array.from({ length: 60 }, (_, index) => `call_${String(index).padStart(2, '0')}`)

test('a record that the ledger does not take is given up by itself, and all others are written', async () => {
  const { taken, recorder } = ledger(({ calls }) =>
    calls.some(({ id }) => id === 'call_17') ? new HearthError('command.refused-by-store', 'no') : null,
  )
  await Promise.all(ids.map((id) => recorder.keep(record(id))))
  assert.deepEqual(
    taken.toSorted(),
    ids.filter((id) => id !== 'call_17'),
  )
  assert.equal(recorder.lost, 1)
})

test('while the ledger is away nothing is given up, and what it took before its answer was lost counts once', async () => {
  const { taken, recorder } = ledger((_command, times) => {
    if (times === 1) return new HearthError('store.unavailable', 'away')
    return times === 2 ? new Error('its answer was lost') : null
  })
  await Promise.all(ids.map((id) => recorder.keep(record(id))))
  assert.deepEqual(taken.toSorted(), ids)
  assert.equal(recorder.lost, 0)
})

test('a batch is no larger than an event, and settles with no more accounts than a command may tell', async () => {
  const large = ledger(() => null)
  await Promise.all(ids.map((id) => large.recorder.keep(record(id, { asked: 'x'.repeat(10_000) }))))
  assert.ok(large.sizes.every((size) => size <= 15) && large.taken.length === ids.length, large.sizes.join())
  const many = ledger(() => null)
  const charged = (id: string) => ({ charged: { nano: 1, accounts: [`key:${id}`] } })
  await Promise.all(ids.map((id) => many.recorder.keep(record(id, charged(id)))))
  assert.ok(many.sizes.every((size) => size <= 16) && many.taken.length === ids.length, many.sizes.join())
})
