import assert from 'node:assert/strict'
import type { LogWriter, SlotState } from '@hearth/kernel'
import { casesOf } from '../case.ts'
import {
  addressIn,
  after,
  batchOf,
  effectOf,
  emptyBatch,
  holding,
  numberOf,
  only,
  rowOf,
  type LogSubject,
} from './subject.ts'

const sequenceOf = async (writer: LogWriter, slot: number): Promise<number> =>
  only(await writer.claim([slot], 'take')).sequence

/** Everything a batch can hold, in one. */
const fullBatch = (subject: LogSubject, held: SlotState) => {
  const address = addressIn(subject)
  return {
    address,
    batch: batchOf(held, 1, {
      rows: [rowOf(held, subject)],
      actors: [{ actor: numberOf(held.slot), slot: held.slot, address }],
      asked: [effectOf(held, address)],
      references: [{ tenant: subject.tenant, name: address.home, data: '1' }],
      homeKeys: [{ tenant: subject.tenant, home: address.home, person: 'self', wrapped: Buffer.from('key') }],
    }),
  }
}

const nothingOf = async (subject: LogSubject, writer: LogWriter, slot: number, address: { home: string }) => {
  const full = { tenant: subject.tenant, kind: 'conformance', id: 'one', home: address.home }
  const loaded = await writer.load({ addresses: [full], homes: [full], scopes: [] })
  assert.deepEqual([loaded.actors.size, loaded.homeKeys.length], [0, 0])
  assert.deepEqual(await writer.owed([slot], 'others', null, 10), [])
  const references = await subject.log.references()
  assert.equal(
    references.some(({ name }) => name === address.home),
    false,
  )
}

export const ownershipCases = casesOf<LogSubject>('ownership', {
  'a slot that nobody wrote to is at 0, its head of 32 zero bytes': (subject) =>
    holding(subject, async (_writer, { slot: _slot, epoch: _epoch, ...held }) => {
      assert.deepEqual(
        { ...held, head: held.head.toString('hex') },
        { sequence: 0, actors: 0, head: '0'.repeat(64), at: 0 },
      )
    }),
  'every claim raises the epoch, also one of the same owner': (subject) =>
    holding(subject, async (writer, held) => {
      const again = only(await writer.claim([held.slot], 'keep'))
      const third = only(await writer.claim([held.slot], 'take'))
      assert.ok(held.epoch < again.epoch && again.epoch < third.epoch)
    }),
  'claiming nothing, or a slot that is not there, brings nothing': (subject) =>
    holding(subject, async (writer) => {
      assert.deepEqual(await writer.claim([], 'take'), [])
      assert.deepEqual(await writer.claim([4000], 'take'), [])
    }),
  'take wins slots from another owner; keep leaves those out that were taken': (subject) =>
    holding(subject, async (writer, held) => {
      const kept = subject.slot()
      await writer.claim([kept], 'take')
      await using other = subject.log.writer('another')
      assert.equal((await other.claim([held.slot], 'keep')).length, 0)
      assert.equal((await other.claim([held.slot], 'take')).length, 1)
      const still = await writer.claim([held.slot, kept], 'keep')
      assert.deepEqual(
        still.map(({ slot }) => slot),
        [kept],
      )
    }),
  'two writers of one owner are told apart by the epoch alone': (subject) =>
    holding(subject, async (writer, held, owner) => {
      await using second = subject.log.writer(owner)
      const now = only(await second.claim([held.slot], 'keep'))
      assert.deepEqual(await writer.append(batchOf(held, 1)), { type: 'fenced' })
      assert.deepEqual(await second.append(batchOf(now, 1)), { type: 'committed' })
    }),
  'a claim tells what was committed': (subject) =>
    holding(subject, async (writer, held) => {
      assert.deepEqual(await writer.append(batchOf(held, 3)), { type: 'committed' })
      const now = only(await writer.claim([held.slot], 'keep'))
      assert.deepEqual(
        { ...now, epoch: 0, head: [...now.head] },
        { ...after(held, 3), epoch: 0, head: Array(32).fill(3) },
      )
    }),
  'a claim tells the time of the last row, also to another owner': (subject) =>
    holding(subject, async (writer, held) => {
      assert.equal(only(await writer.claim([held.slot], 'keep')).at, 0)
      const now = only(await writer.claim([held.slot], 'keep'))
      const rows = [9000, 4000].map((at, index) =>
        rowOf(now, subject, { sequence: now.sequence + 1 + index, version: 1 + index, at }),
      )
      const actors = [{ actor: numberOf(held.slot), slot: held.slot, address: addressIn(subject) }]
      assert.deepEqual(await writer.append(batchOf(now, 2, { rows, actors })), { type: 'committed' })
      await using other = subject.log.writer('another')
      assert.equal(only(await other.claim([held.slot], 'take')).at, 4000)
    }),
  'a batch of an old epoch is fenced, and nothing of it is there': (subject) =>
    holding(subject, async (writer, held) => {
      await using other = subject.log.writer('another')
      await other.claim([held.slot], 'take')
      const { batch, address } = fullBatch(subject, held)
      assert.deepEqual(await writer.append(batch), { type: 'fenced' })
      await nothingOf(subject, other, held.slot, address)
      assert.equal(await sequenceOf(other, held.slot), 0)
    }),
  'a batch that starts at another sequence than the slot is fenced': (subject) =>
    holding(subject, async (writer, held) => {
      assert.deepEqual(await writer.append(batchOf({ ...held, sequence: 5 }, 1)), { type: 'fenced' })
      assert.deepEqual(await writer.append(batchOf(held, 1)), { type: 'committed' })
      assert.deepEqual(await writer.append(batchOf(held, 1)), { type: 'fenced' })
    }),
  'one stale slot of several fences the batch whole': (subject) =>
    holding(subject, async (writer, held) => {
      const beside = only(await writer.claim([subject.slot()], 'take'))
      await using other = subject.log.writer('another')
      await other.claim([beside.slot], 'take')
      const slots = [held, beside].map((one) => ({ before: one, after: after(one, 1) }))
      assert.deepEqual(await writer.append({ ...emptyBatch, slots }), { type: 'fenced' })
      assert.equal(await sequenceOf(writer, held.slot), 0)
    }),
  'a batch that moves no slot is checked all the same': (subject) =>
    holding(subject, async (writer, held) => {
      await using other = subject.log.writer('another')
      assert.deepEqual(await writer.append(batchOf(held, 0)), { type: 'committed' })
      await other.claim([held.slot], 'take')
      assert.deepEqual(await writer.append(batchOf(held, 0)), { type: 'fenced' })
    }),
  'of two writers that race for a slot, one commits': (subject) =>
    holding(subject, async (writer, held, owner) => {
      await using second = subject.log.writer(owner)
      const outcomes = await Promise.all([writer, second].map((one) => one.append(batchOf(held, 1))))
      assert.deepEqual(outcomes.map(({ type }) => type).toSorted(), ['committed', 'fenced'])
    }),
  'calls of one writer are answered in order': (subject) =>
    holding(subject, async (writer, held) => {
      const order: string[] = []
      const note = (name: string) => () => void order.push(name)
      const calls = [
        writer.append(batchOf(held, 1)).then(note('append')),
        writer.claim([held.slot], 'keep').then(([now]) => order.push(`claim at ${now?.sequence}`)),
        writer.load({ addresses: [], homes: [addressIn(subject)], scopes: [] }).then(note('load')),
        writer.owed([held.slot], 'timers', null, 1).then(note('owed')),
      ]
      await Promise.all(calls)
      assert.deepEqual(order, ['append', 'claim at 1', 'load', 'owed'])
    }),
  'a writer that let go of its connection works again, and a claim tells what became of its commit': (subject) =>
    holding(subject, async (writer, held) => {
      const appending = writer.append(batchOf(held, 1))
      const loading = writer.load({ addresses: [], homes: [addressIn(subject)], scopes: [] }).then(
        () => 'answered',
        () => 'rejected',
      )
      writer.interrupt()
      const outcome = await appending
      assert.ok(['committed', 'unknown'].includes(outcome.type), outcome.type)
      await loading
      const now = only(await writer.claim([held.slot], 'keep'))
      if (outcome.type === 'committed') assert.equal(now.sequence, 1)
      assert.deepEqual(await writer.append(batchOf(now, 1)), { type: 'committed' })
      const last = only(await writer.claim([held.slot], 'keep'))
      assert.equal(last.sequence, now.sequence + 1)
    }),
})
