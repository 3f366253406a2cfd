import assert from 'node:assert/strict'
import type { LogRow } from '@hearth/kernel'
import { formatAddress } from '@hearth/protocol'
import { casesOf } from '../case.ts'
import { addressIn, batchOf, effectOf, holding, logView, numberOf, only, rowOf, type LogSubject } from './subject.ts'

const none = { addresses: [], homes: [], scopes: [] }
const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
const hard = `quote " apostrophe ' comma , brace {} backslash \\ NULL null é 日本 😀 line\nbreak`

export const contentCases = casesOf<LogSubject>('content', {
  'an actor is loaded with its rows, in order, as they were written': (subject) =>
    holding(subject, async (writer, held) => {
      const address = addressIn(subject)
      const first: LogRow = rowOf(held, subject, { events: 3, version: 3, types: 'a,b', data: allBytes })
      const second = rowOf(held, subject, {
        sequence: 4,
        version: 4,
        person: 'self',
        at: 2 ** 45,
        data: Buffer.alloc(0),
      })
      const actor = numberOf(held.slot)
      const batch = batchOf(held, 4, { rows: [first, second], actors: [{ actor, slot: held.slot, address }] })
      assert.deepEqual(await writer.append(batch), { type: 'committed' })
      const loaded = await writer.load({ ...none, addresses: [address, addressIn(subject)] })
      assert.deepEqual([...loaded.actors.keys()], [formatAddress(address)])
      const found = loaded.actors.get(formatAddress(address))
      assert.deepEqual([found?.actor, found?.address], [actor, address])
      assert.deepEqual(found?.rows, [first, second])
    }),
  'rows of later batches come after those of earlier ones, and other actors stay apart': (subject) =>
    holding(subject, async (writer, held) => {
      const [one, two] = [addressIn(subject, 'one'), addressIn(subject, 'two')]
      const actors = [one, two].map((address, index) => ({
        actor: numberOf(held.slot, index + 1),
        slot: held.slot,
        address,
      }))
      const rows = [rowOf(held, subject), rowOf(held, subject, { sequence: 2, actor: numberOf(held.slot, 2) })]
      await writer.append(batchOf(held, 2, { actors, rows }))
      const now = only(await writer.claim([held.slot], 'keep'))
      await writer.append(batchOf(now, 1, { rows: [rowOf(now, subject, { version: 2 })] }))
      const { actors: found } = await writer.load({ ...none, addresses: [two, one] })
      const sequences = [one, two].map((address) =>
        found.get(formatAddress(address))?.rows.map(({ sequence }) => sequence),
      )
      assert.deepEqual(sequences, [[1, 3], [2]])
    }),
  'texts are kept to the letter, wherever they stand': (subject) =>
    holding(subject, async (writer, held) => {
      const address = { ...addressIn(subject), id: hard, kind: 'NULL' }
      const effect = effectOf(held, address, { kind: hard, request: allBytes, person: hard })
      const batch = batchOf(held, 1, {
        rows: [rowOf(held, subject, { types: hard, person: hard })],
        actors: [{ actor: numberOf(held.slot), slot: held.slot, address }],
        asked: [effect],
        references: [{ tenant: subject.tenant, name: `${address.home} ${hard}`, data: hard }],
        homeKeys: [{ tenant: subject.tenant, home: address.home, person: hard, wrapped: allBytes }],
      })
      assert.deepEqual(await writer.append(batch), { type: 'committed' })
      const loaded = await writer.load({ ...none, addresses: [address], homes: [address] })
      const found = loaded.actors.get(formatAddress(address))
      assert.deepEqual([found?.address, found?.rows[0]?.types, found?.rows[0]?.person], [address, hard, hard])
      assert.deepEqual(await writer.owed([held.slot], 'others', null, 5), [effect])
      assert.deepEqual([loaded.homeKeys[0]?.person, loaded.homeKeys[0]?.wrapped], [hard, allBytes])
      const reference = (await subject.log.references()).find(({ name }) => name === `${address.home} ${hard}`)
      assert.equal(reference?.data, hard)
    }),
  'a position that is taken is refused, with all that came beside it': (subject) =>
    holding(subject, async (writer, held) => {
      const address = addressIn(subject)
      const rows = [rowOf(held, subject), rowOf(held, subject, { version: 2 })]
      const batch = batchOf(held, 2, { rows, actors: [{ actor: numberOf(held.slot), slot: held.slot, address }] })
      assert.equal((await writer.append(batch)).type, 'refused')
      assert.equal((await writer.load({ ...none, addresses: [address] })).actors.size, 0)
      assert.equal(only(await writer.claim([held.slot], 'keep')).sequence, 0)
    }),
  'a text that cannot be written down is refused, and the writer goes on': (subject) =>
    holding(subject, async (writer, held) => {
      const bad = batchOf(held, 1, { rows: [rowOf(held, subject, { types: 'a\u0000b' })] })
      assert.equal((await writer.append(bad)).type, 'refused')
      assert.deepEqual(await writer.append(batchOf(held, 1, { rows: [rowOf(held, subject)] })), { type: 'committed' })
    }),
  'an address is given one number only, and a number to one address': (subject) =>
    holding(subject, async (writer, held) => {
      const address = addressIn(subject)
      const giving = (actor: number, to = address) =>
        writer.append(batchOf(held, 0, { actors: [{ actor, slot: held.slot, address: to }] }))
      assert.equal((await giving(numberOf(held.slot, 1))).type, 'committed')
      assert.equal((await giving(numberOf(held.slot, 2))).type, 'refused')
      assert.equal((await giving(numberOf(held.slot, 1), addressIn(subject))).type, 'refused')
      assert.equal((await giving(numberOf(held.slot, 2), { ...address, id: 'two' })).type, 'committed')
    }),
  'a home key is written once; the homes asked for bring theirs': (subject) =>
    holding(subject, async (writer, held) => {
      const [home, other] = [addressIn(subject), addressIn(subject)]
      const keyOf = ({ tenant, home: name }: typeof home, person: string, byte: number) =>
        writer.append(batchOf(held, 0, { homeKeys: [{ tenant, home: name, person, wrapped: Buffer.alloc(60, byte) }] }))
      assert.equal((await keyOf(home, 'self', 1)).type, 'committed')
      assert.equal((await keyOf(home, 'self', 2)).type, 'refused')
      assert.equal((await keyOf(home, 'guest', 3)).type, 'committed')
      assert.equal((await keyOf(other, 'self', 4)).type, 'committed')
      const { homeKeys } = await writer.load({ ...none, homes: [home] })
      assert.deepEqual(homeKeys.map(({ person, wrapped }) => `${person} ${wrapped[0]}`).toSorted(), [
        'guest 3',
        'self 1',
      ])
    }),
  'references are replaced by name': (subject) =>
    holding(subject, async (writer, held) => {
      const { tenant, home: name } = addressIn(subject)
      for (const data of ['1', '2'])
        assert.equal(
          (await writer.append(batchOf(held, 0, { references: [{ tenant, name, data }] }))).type,
          'committed',
        )
      const found = (await subject.log.references()).filter((row) => row.name === name)
      assert.deepEqual(
        found.map(({ data }) => data),
        ['2'],
      )
    }),
  'a dead letter is kept once, its reason without what cannot be written down': (subject) =>
    holding(subject, async (writer, held) => {
      const address = addressIn(subject)
      const letterOf = (failure: string) => ({
        tenant: subject.tenant,
        home: address.home,
        slot: held.slot,
        at: 1,
        command: address.home,
        address: formatAddress(address),
        person: null,
        failure,
        body: allBytes,
      })
      for (const failure of ['Type\u0000Error', 'second'])
        assert.deepEqual(await writer.append(batchOf(held, 0, { dead: [letterOf(failure)] })), { type: 'committed' })
      const found = (await subject.deadLetters()).filter(({ command }) => command === address.home)
      assert.deepEqual(
        found.map(({ failure }) => failure),
        ['TypeError'],
      )
    }),
})

const putting = (home: string, key: string, row: Readonly<Record<string, string | number | boolean | null>>) => ({
  home,
  change: { type: 'put', key, row } as const,
})
const removing = (home: string, key: string) => ({ home, change: { type: 'remove', key } as const })

export const viewCases = casesOf<LogSubject>('views', {
  'rows are put, changed and removed; what a row leaves out is null': (subject) =>
    holding(subject, async (writer, held) => {
      const { tenant, home } = addressIn(subject)
      const commit = (...changes: readonly (ReturnType<typeof putting> | ReturnType<typeof removing>)[]) => {
        const writes = new Map(changes.map((change, index) => [String(index), { tenant, ...change }]))
        return writer.append(batchOf(held, 0, { views: new Map([[logView, writes]]) }))
      }
      const rows = async (of = home) =>
        (await subject.viewRows(logView))
          .filter((row) => row.home === of)
          .map(({ key, row }) => [key, row['words'], row['count'], row['open']])
          .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
      await commit(
        putting(home, 'a', { words: hard, count: -3, open: true }),
        putting(home, 'b', { words: 'null', count: null, open: false }),
        putting(home, 'c', {}),
        putting(`${home}-other`, 'a', { words: 'elsewhere', extra: 1 }),
      )
      assert.deepEqual(await rows(), [
        ['a', hard, -3, true],
        ['b', 'null', null, false],
        ['c', null, null, null],
      ])
      await commit(putting(home, 'a', { count: 2 ** 52 }), removing(home, 'b'), removing(home, 'not there'))
      assert.deepEqual(await rows(), [
        ['a', null, 2 ** 52, null],
        ['c', null, null, null],
      ])
      assert.deepEqual(await rows(`${home}-other`), [['a', 'elsewhere', null, null]])
    }),
  'a value that its column cannot hold is refused, with the whole batch': (subject) =>
    holding(subject, async (writer, held) => {
      const { tenant, home } = addressIn(subject)
      for (const row of [{ count: 1.5 }, { words: 'a\u0000b' }, { open: 'perhaps' }]) {
        const views = new Map([[logView, new Map([['a', { tenant, ...putting(home, 'a', row) }]])]])
        assert.equal((await writer.append(batchOf(held, 1, { views }))).type, 'refused', JSON.stringify(row))
      }
      assert.equal(only(await writer.claim([held.slot], 'keep')).sequence, 0)
    }),
})
