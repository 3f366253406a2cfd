import assert from 'node:assert/strict'
import type { EffectRow, LogWriter, SlotState } from '@hearth/kernel'
import { casesOf } from '../case.ts'
import {
  addressIn,
  after,
  batchOf,
  effectOf,
  emptyBatch,
  holding,
  numberOf,
  rowOf,
  type LogSubject,
} from './subject.ts'

/** One row of an actor whose effects stand in the lines given; null stands in none. */
async function lined(
  subject: LogSubject,
  writer: LogWriter,
  held: SlotState,
  orders: readonly (string | null)[],
): Promise<readonly EffectRow[]> {
  const address = addressIn(subject)
  const asked = orders.map((order, ordinal) =>
    effectOf(held, address, { ordinal, attempt: 0, due: 100 - ordinal, ...(order === null ? {} : { order }) }),
  )
  const actors = [{ actor: numberOf(held.slot), slot: held.slot, address }]
  const outcome = await writer.append(batchOf(held, 1, { rows: [rowOf(held, subject)], actors, asked }))
  assert.deepEqual(outcome, { type: 'committed' })
  return asked
}

const ending = (held: SlotState, { slot, sequence, ordinal, address }: EffectRow) => ({
  ...emptyBatch,
  slots: [{ before: held, after: held }],
  settled: [{ slot, sequence, ordinal, tenant: address.tenant }],
})

export const lineCases = casesOf<LogSubject>('lines', {
  'the first of each line that is owed is given, in order of asking and not of time': (subject) =>
    holding(subject, async (writer, held) => {
      const asked = await lined(subject, writer, held, ['b', null, 'a', 'b', 'a'])
      const { slot } = held
      const wanted = [
        { slot, order: 'a' },
        { slot, order: 'b' },
        { slot, order: 'none' },
      ]
      const found = [...(await writer.firsts(wanted))].toSorted((one, two) => one.ordinal - two.ordinal)
      assert.deepEqual(found, [asked[0], asked[2]])
      assert.deepEqual(await writer.firsts([]), [])
    }),
  'when the first has ended or was set aside the next one is first': (subject) =>
    holding(subject, async (writer, held) => {
      const [one, two, three] = (await lined(subject, writer, held, ['a', 'a', 'a'])) as [
        EffectRow,
        EffectRow,
        EffectRow,
      ]
      const first = async () => (await writer.firsts([{ slot: held.slot, order: 'a' }])).map(({ ordinal }) => ordinal)
      const now = after(held, 1)
      await writer.append(ending(now, one))
      assert.deepEqual(await first(), [1])
      const { slot, sequence, ordinal, due } = two
      const changed = [
        { slot, sequence, ordinal, tenant: subject.tenant, state: 'dead', due, attempt: 1, failure: '' },
      ] as const
      await writer.append(batchOf(now, 0, { changed }))
      assert.deepEqual(await first(), [2])
      await writer.append(batchOf(now, 0, { changed: [{ ...changed[0], state: 'owed' }] }))
      assert.deepEqual(await first(), [1])
      await writer.append(ending(now, three))
      await writer.append(ending(now, two))
      assert.deepEqual(await first(), [])
    }),
  'lines of other slots are others': (subject) =>
    holding(subject, async (writer, held) => {
      await lined(subject, writer, held, ['a'])
      assert.deepEqual(await writer.firsts([{ slot: subject.slot(), order: 'a' }]), [])
    }),
  'what stands in a line is owed like the rest, and says where it stands': (subject) =>
    holding(subject, async (writer, held) => {
      const asked = await lined(subject, writer, held, ['a', null])
      assert.deepEqual(await writer.owed([held.slot], 'others', null, 10), [...asked].reverse())
    }),
})
