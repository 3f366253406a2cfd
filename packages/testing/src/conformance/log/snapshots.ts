import assert from 'node:assert/strict'
import type { LogRow, Snapshot } from '@hearth/kernel'
import { formatAddress } from '@hearth/protocol'
import { casesOf } from '../case.ts'
import { addressIn, batchOf, holding, numberOf, only, rowOf, type LogSubject } from './subject.ts'

const none = { homes: [], scopes: [] }

const snapshotOf = (row: LogRow, more: Partial<Snapshot> = {}): Snapshot => ({
  actor: row.actor,
  tenant: row.tenant,
  sequence: row.sequence,
  version: row.version,
  shape: 1,
  person: 'self',
  data: Buffer.from([0, 255, 10]),
  ...more,
})

export const snapshotCases = casesOf<LogSubject>('snapshots', {
  'an actor is loaded with its snapshot and the rows after it': (subject) =>
    holding(subject, async (writer, held) => {
      const address = addressIn(subject)
      const rows = [1, 2, 3].map((version) => rowOf(held, subject, { sequence: version, version }))
      const [, second, third] = rows as [LogRow, LogRow, LogRow]
      const snapshot = snapshotOf(second)
      const actors = [{ actor: numberOf(held.slot), slot: held.slot, address }]
      const batch = batchOf(held, 3, { rows, actors, snapshots: [snapshot] })
      assert.deepEqual(await writer.append(batch), { type: 'committed' })
      const { actors: found } = await writer.load({ ...none, addresses: [address] })
      assert.deepEqual(found.get(formatAddress(address)), {
        actor: numberOf(held.slot),
        address,
        snapshot,
        rows: [third],
      })
      const { actors: whole } = await writer.load({ ...none, addresses: [address], whole: true })
      assert.deepEqual(whole.get(formatAddress(address)), { actor: numberOf(held.slot), address, snapshot: null, rows })
    }),
  'a later snapshot takes the place of the one before, and an actor without rows after it is there': (subject) =>
    holding(subject, async (writer, held) => {
      const address = addressIn(subject)
      const first = rowOf(held, subject)
      const actors = [{ actor: numberOf(held.slot), slot: held.slot, address }]
      await writer.append(batchOf(held, 1, { rows: [first], actors, snapshots: [snapshotOf(first)] }))
      const now = only(await writer.claim([held.slot], 'keep'))
      const second = rowOf(now, subject, { version: 2 })
      const later = snapshotOf(second, { shape: 2, person: null, data: Buffer.from('{}') })
      await writer.append(batchOf(now, 1, { rows: [second], snapshots: [later] }))
      const { actors: found } = await writer.load({ ...none, addresses: [address] })
      const entry = found.get(formatAddress(address))
      assert.deepEqual([entry?.snapshot, entry?.rows], [later, []])
    }),
  'a snapshot of a batch that is fenced does not stay': (subject) =>
    holding(subject, async (writer, held) => {
      const address = addressIn(subject)
      const row = rowOf(held, subject)
      const actors = [{ actor: numberOf(held.slot), slot: held.slot, address }]
      await writer.append(batchOf(held, 1, { rows: [row], actors }))
      assert.deepEqual(await writer.append(batchOf(held, 1, { snapshots: [snapshotOf(row)] })), { type: 'fenced' })
      const { actors: found } = await writer.load({ ...none, addresses: [address] })
      assert.equal(found.get(formatAddress(address))?.snapshot, null)
    }),
})
