import assert from 'node:assert/strict'
import type { DeadLetter, LoadRequest, SlotState } from '@hearth/kernel'
import { casesOf } from '../case.ts'
import { addressIn, after, batchOf, effectOf, holding, numberOf, rowOf, type LogSubject } from './subject.ts'

const asked = (aside: NonNullable<LoadRequest['aside']>): LoadRequest => ({
  addresses: [],
  homes: [],
  scopes: [],
  aside,
})

const letterOf = (subject: LogSubject, held: SlotState, command: string): DeadLetter => ({
  tenant: subject.tenant,
  slot: held.slot,
  at: 1_700_000_000_000,
  command,
  address: 'not looked at',
  home: addressIn(subject).home,
  person: null,
  failure: 'TypeError',
  body: Buffer.from([0, 255]),
})

export const asideCases = casesOf<LogSubject>('what was set aside', {
  'an effect that is dead or stuck is found by its id, with its state, and one that is owed is not': (subject) =>
    holding(subject, async (writer, held) => {
      const address = addressIn(subject)
      const rows = [0, 1, 2].map((ordinal) =>
        effectOf(held, address, { ordinal, attempt: 3, person: 'self', request: Buffer.from([0, 255]) }),
      )
      const actors = [{ actor: numberOf(held.slot), slot: held.slot, address }]
      await writer.append(batchOf(held, 1, { rows: [rowOf(held, subject)], actors, asked: rows }))
      const states = ['dead', 'stuck'] as const
      const changed = states.map((state, ordinal) => {
        const { slot, sequence, due } = rows[ordinal] ?? effectOf(held, address)
        return { slot, sequence, ordinal, tenant: subject.tenant, state, due, attempt: 3, failure: 'x' }
      })
      const held1 = after(held, 1)
      assert.deepEqual(await writer.append(batchOf(held1, 0, { changed })), { type: 'committed' })
      const absent = { ...effectOf(held, address), sequence: held.sequence + 9 }
      const { aside } = await writer.load(asked({ effects: [...rows, absent], letters: [] }))
      const found = [...(aside?.effects ?? [])].toSorted((a, b) => a.ordinal - b.ordinal)
      assert.deepEqual(
        found,
        states.map((state, index) => ({ ...rows[index], state })),
      )
      assert.deepEqual(aside?.letters, [])
    }),
  'a letter is found by its command until it is mended': (subject) =>
    holding(subject, async (writer, held) => {
      const names = ['a', 'b'].map((name) => `letter-${held.slot}-${name}`)
      const dead = names.map((name) => letterOf(subject, held, name))
      assert.deepEqual(await writer.append(batchOf(held, 0, { dead })), { type: 'committed' })
      const read = async () => (await writer.load(asked({ effects: [], letters: [...names, 'never-was'] }))).aside
      const found = [...((await read())?.letters ?? [])].toSorted((a, b) => a.command.localeCompare(b.command))
      assert.deepEqual(found, dead)
      const mended = [{ tenant: subject.tenant, command: names[0] ?? '' }]
      assert.deepEqual(await writer.append(batchOf(held, 0, { mended })), { type: 'committed' })
      assert.deepEqual(await read(), { effects: [], letters: dead.slice(1) })
    }),
  'what is mended by a writer that lost its slot stays': (subject) =>
    holding(subject, async (writer, held) => {
      const letter = letterOf(subject, held, `letter-${held.slot}-kept`)
      await writer.append(batchOf(held, 0, { dead: [letter] }))
      await using other = subject.log.writer('another')
      await other.claim([held.slot], 'take')
      const mended = [{ tenant: subject.tenant, command: letter.command }]
      assert.deepEqual(await writer.append(batchOf(held, 0, { mended })), { type: 'fenced' })
      const { aside } = await other.load(asked({ effects: [], letters: [letter.command] }))
      assert.deepEqual(aside?.letters, [letter])
    }),
})
