import assert from 'node:assert/strict'
import { formatEffectId, type EffectChange, type EffectRow, type LogWriter, type SlotState } from '@hearth/kernel'
import { casesOf } from '../case.ts'
import {
  addressIn,
  batchOf,
  effectOf,
  emptyBatch,
  after,
  holding,
  numberOf,
  only,
  rowOf,
  type LogSubject,
} from './subject.ts'

type Which = Parameters<LogWriter['owed']>[1]

/** Reads page by page to the end. */
async function readAll(writer: LogWriter, slots: readonly number[], which: Which, limit: number): Promise<EffectRow[]> {
  const found: EffectRow[] = []
  for (let page = await writer.owed(slots, which, null, limit); ;) {
    found.push(...page)
    const last = page.at(-1)
    if (last === undefined || page.length < limit || found.length > 1000) return found
    page = await writer.owed(slots, which, last, limit)
  }
}

const changeOf = (row: EffectRow, more: Partial<EffectChange>): EffectChange => ({
  slot: row.slot,
  sequence: row.sequence,
  ordinal: row.ordinal,
  tenant: row.address.tenant,
  state: 'owed',
  due: row.due,
  attempt: row.attempt,
  failure: '',
  ...more,
})

/** One actor with a row whose effects are those given. */
async function asking(
  subject: LogSubject,
  writer: LogWriter,
  held: SlotState,
  effects: readonly Partial<EffectRow>[],
): Promise<readonly EffectRow[]> {
  const address = addressIn(subject)
  const asked = effects.map((more, ordinal) => effectOf(held, address, { ordinal, ...more }))
  const actors = [{ actor: numberOf(held.slot), slot: held.slot, address }]
  const outcome = await writer.append(batchOf(held, 1, { rows: [rowOf(held, subject)], actors, asked }))
  assert.deepEqual(outcome, { type: 'committed' })
  return asked
}

const now = async (writer: LogWriter, slot: number): Promise<SlotState> => only(await writer.claim([slot], 'keep'))

export const owedCases = casesOf<LogSubject>('effects', {
  'what is owed is given back as it was asked for': (subject) =>
    holding(subject, async (writer, held) => {
      const asked = await asking(subject, writer, held, [
        { request: Buffer.from([0, 255]), attempt: 3, person: 'self' },
      ])
      assert.deepEqual(await writer.owed([held.slot], 'others', null, 10), asked)
    }),
  'page by page in order of due time, then slot, sequence and ordinal, each once': (subject) =>
    holding(subject, async (writer, held) => {
      const beside = only(await writer.claim([subject.slot()], 'take'))
      const dues = [50, 10, 30, 10, 10, 2 ** 45, 30, 0]
      const asked = [
        ...(await asking(
          subject,
          writer,
          held,
          dues.map((due) => ({ due })),
        )),
        ...(await asking(
          subject,
          writer,
          beside,
          dues.map((due) => ({ due })),
        )),
      ]
      const expected = asked
        .toSorted((a, b) => a.due - b.due || a.slot - b.slot || a.sequence - b.sequence || a.ordinal - b.ordinal)
        .map(formatEffectId)
      for (const limit of [1, 3, 16, 100]) {
        const found = await readAll(writer, [beside.slot, held.slot], 'others', limit)
        assert.deepEqual(found.map(formatEffectId), expected, `pages of ${limit}`)
      }
    }),
  'timers and the rest are asked for apart': (subject) =>
    holding(subject, async (writer, held) => {
      await asking(subject, writer, held, [{ kind: 'timer' }, { kind: 'call' }, { kind: 'timers' }])
      const kinds = async (which: Which) => (await writer.owed([held.slot], which, null, 10)).map(({ kind }) => kind)
      assert.deepEqual([await kinds('timers'), await kinds('others')], [['timer'], ['call', 'timers']])
    }),
  'only the slots asked for take part, whoever owns them': (subject) =>
    holding(subject, async (writer, held) => {
      await asking(subject, writer, held, [{}])
      await using other = subject.log.writer('another')
      assert.deepEqual(await writer.owed([subject.slot()], 'others', null, 10), [])
      assert.deepEqual(await writer.owed([], 'others', null, 10), [])
      assert.equal((await other.owed([held.slot], 'others', null, 10)).length, 1)
    }),
  'what is settled is owed no more; settling it again does no harm': (subject) =>
    holding(subject, async (writer, held) => {
      const [first, second] = await asking(subject, writer, held, [{}, {}])
      for (let time = 0; time < 2; time += 1) {
        const settled = [{ ...(first as EffectRow), tenant: subject.tenant }]
        const outcome = await writer.append(batchOf(await now(writer, held.slot), 0, { settled }))
        assert.deepEqual(outcome, { type: 'committed' })
      }
      assert.deepEqual(await writer.owed([held.slot], 'others', null, 10), [second])
    }),
  'what is cancelled is owed no more where no attempt is recorded; elsewhere it stays': (subject) =>
    holding(subject, async (writer, held) => {
      const attempts = [0, 1, -2, 3]
      const asked = await asking(subject, writer, held, [
        ...attempts.map((attempt) => ({ attempt, due: attempt === 0 ? 2 ** 45 : 0 })),
        { kind: 'timer', attempt: 1 },
      ])
      const gone = effectOf(held, addressIn(subject), { sequence: 99 })
      const cancelled = [...asked, gone].map((row) => ({ ...row, tenant: subject.tenant }))
      const outcome = await writer.append(batchOf(await now(writer, held.slot), 0, { cancelled }))
      assert.deepEqual(outcome, { type: 'committed' })
      assert.deepEqual(await writer.owed([held.slot], 'others', null, 10), [asked[1], asked[3]])
      assert.deepEqual(await writer.owed([held.slot], 'timers', null, 10), [])
    }),
  'a change without a reason leaves the one that is there': (subject) =>
    holding(subject, async (writer, held) => {
      const [row] = await asking(subject, writer, held, [{}])
      const changes = [
        { attempt: 2, failure: 'it was busy' },
        { attempt: -2, failure: null },
      ]
      for (const more of changes) {
        const changed = [changeOf(row as EffectRow, more)]
        const outcome = await writer.append(batchOf(await now(writer, held.slot), 0, { changed }))
        assert.deepEqual(outcome, { type: 'committed' })
      }
      const found = await writer.owed([held.slot], 'others', null, 10)
      assert.deepEqual(
        found.map(({ attempt }) => attempt),
        [-2],
      )
    }),
  'a change moves an effect to its new time and attempt': (subject) =>
    holding(subject, async (writer, held) => {
      const [first, second] = await asking(subject, writer, held, [{ due: 1 }, { due: 2 }])
      const changed = [changeOf(first as EffectRow, { due: 3, attempt: 2, failure: 'a\u0000b' })]
      await writer.append(batchOf(await now(writer, held.slot), 0, { changed }))
      const found = await writer.owed([held.slot], 'others', null, 10)
      assert.deepEqual(found, [second, { ...(first as EffectRow), due: 3, attempt: 2 }])
    }),
  'what is dead or stuck is not owed, and may be owed again': (subject) =>
    holding(subject, async (writer, held) => {
      const asked = await asking(subject, writer, held, [{}, {}, {}])
      const change = async (states: readonly EffectChange['state'][]) => {
        const changed = states.map((state, index) => changeOf(asked[index] as EffectRow, { state }))
        assert.equal((await writer.append(batchOf(await now(writer, held.slot), 0, { changed }))).type, 'committed')
      }
      await change(['dead', 'stuck'])
      assert.deepEqual(await writer.owed([held.slot], 'others', null, 10), asked.slice(2))
      await change(['owed', 'owed'])
      assert.deepEqual(await writer.owed([held.slot], 'others', null, 10), asked)
    }),
  'what waits is not owed until what it waits for is there, and then as it stood': (subject) =>
    holding(subject, async (writer, held, owner) => {
      const asked = await asking(subject, writer, held, [{ due: 5, attempt: 3 }, {}, { kind: 'timer' }, {}])
      const [first, second, third, fourth] = asked as [EffectRow, EffectRow, EffectRow, EffectRow]
      const changed = [
        changeOf(first, { state: 'waiting', failure: 'kind a', attempt: 3 }),
        changeOf(second, { state: 'waiting', failure: 'kind b' }),
        changeOf(third, { state: 'waiting', failure: 'kind a' }),
        changeOf(fourth, { state: 'stuck', failure: 'kind a' }),
      ]
      await writer.append(batchOf(await now(writer, held.slot), 0, { changed }))
      const owed = async () => [
        ...(await writer.owed([held.slot], 'timers', null, 10)),
        ...(await writer.owed([held.slot], 'others', null, 10)),
      ]
      assert.deepEqual(await owed(), [])
      assert.deepEqual(await writer.wake([held.slot], ['kind c'], 10), [])
      assert.deepEqual(await writer.wake([subject.slot()], ['kind a'], 10), [])
      await using other = subject.log.writer(`not ${owner}`)
      assert.deepEqual(await other.wake([held.slot], ['kind a'], 10), [])
      const woken = [
        ...(await writer.wake([held.slot], ['kind c', 'kind a'], 1)),
        ...(await writer.wake([held.slot], ['kind c', 'kind a'], 10)),
      ]
      assert.deepEqual(woken.map(formatEffectId).toSorted(), [first, third].map(formatEffectId).toSorted())
      assert.deepEqual(await owed(), [third, first])
      assert.deepEqual(await writer.wake([held.slot], ['kind a'], 10), [])
    }),
  'changing what is not there does nothing': (subject) =>
    holding(subject, async (writer, held) => {
      const gone = effectOf(held, addressIn(subject), { sequence: 99 })
      const changed = [changeOf(gone, { state: 'stuck' })]
      assert.deepEqual(await writer.append(batchOf(held, 0, { changed })), { type: 'committed' })
    }),
  'an effect is asked for once': (subject) =>
    holding(subject, async (writer, held) => {
      const asked = await asking(subject, writer, held, [{}])
      const outcome = await writer.append(batchOf(await now(writer, held.slot), 0, { asked }))
      assert.equal(outcome.type, 'refused')
    }),
  'settling one and asking for another happen in one commit': (subject) =>
    holding(subject, async (writer, held) => {
      const [first] = (await asking(subject, writer, held, [{}])) as [EffectRow]
      const at = await now(writer, held.slot)
      const next = effectOf(at, first.address)
      const settled = [{ ...first, tenant: subject.tenant }]
      const slots = [{ before: at, after: after(at, 1) }]
      await writer.append({ ...emptyBatch, slots, settled, asked: [next], rows: [rowOf(at, subject, { version: 2 })] })
      assert.deepEqual(await writer.owed([held.slot], 'others', null, 10), [next])
    }),
})
