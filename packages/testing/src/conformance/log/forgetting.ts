import assert from 'node:assert/strict'
import type { DeadLetter } from '@hearth/kernel'
import { formatAddress } from '@hearth/protocol'
import { casesOf } from '../case.ts'
import { addressIn, batchOf, effectOf, holding, logView, numberOf, only, rowOf, type LogSubject } from './subject.ts'

const none = { addresses: [], homes: [], scopes: [] }

/** A home with something personal and something that is not, of each sort. */
async function filled(subject: LogSubject) {
  return await holding(subject, async (writer, held) => {
    const [theirs, open] = [addressIn(subject, 'theirs'), addressIn(subject, 'open')].map((address, index) => ({
      address: { ...address, home: `forgotten-${process.pid}-${held.slot}` },
      actor: numberOf(held.slot, index + 1),
      person: index === 0 ? 'self' : null,
      sequence: held.sequence + 1 + index,
    })) as [Placed, Placed]
    const both = [theirs, open]
    const { home } = theirs.address
    const place = { tenant: subject.tenant, home }
    const key = { ...place, person: 'self', wrapped: Buffer.from('old') }
    const write = { ...place, change: { type: 'put' as const, key: 'one', row: { words: 'w', count: 1, open: true } } }
    const other = { ...write, home: `${home}-other` }
    const letter = ({ person, actor, address }: Placed): DeadLetter => ({
      ...place,
      slot: held.slot,
      at: 1,
      command: `forgotten-${process.pid}-${actor}`,
      address: formatAddress(address),
      person,
      failure: 'Error',
      body: Buffer.from('letter'),
    })
    const batch = batchOf(held, 2, {
      rows: both.map(({ actor, person, sequence }) => rowOf(held, subject, { actor, person, sequence })),
      actors: both.map(({ actor, address }) => ({ actor, address, slot: held.slot })),
      snapshots: both.map(({ actor, person, sequence }) => ({
        actor,
        person,
        sequence,
        tenant: subject.tenant,
        version: 1,
        shape: 1,
        data: Buffer.from('{}'),
      })),
      // One for later and one to be done at once.
      asked: both.flatMap(({ address, actor, person, sequence }) => [
        effectOf(held, address, { actor, person, sequence, kind: 'timer', due: 2 ** 44 }),
        effectOf(held, address, { actor, person, sequence, ordinal: 1, kind: 'post', attempt: 1, due: 0 }),
      ]),
      homeKeys: [key, { ...key, home: `${home}-other` }],
      dead: both.map(letter),
      views: new Map([
        [
          logView,
          new Map([
            ['one', write],
            ['other', other],
          ]),
        ],
      ]),
    })
    assert.deepEqual(await writer.append(batch), { type: 'committed' })
    const now = only(await writer.claim([held.slot], 'keep'))
    const fresh = { ...key, wrapped: Buffer.from('new'), since: 3 }
    const forgotten = [{ key: fresh, views: [logView] }]
    const row = rowOf(now, subject, { actor: open.actor, version: 2 })
    assert.deepEqual(await writer.append(batchOf(now, 1, { rows: [row], forgotten })), { type: 'committed' })
    const addresses = both.map(({ address }) => address)
    const loaded = await writer.load({ ...none, addresses, homes: [place, { ...place, home: `${home}-other` }] })
    const timers = await writer.owed([held.slot], 'timers', null, 10)
    const owed = [...timers, ...(await writer.owed([held.slot], 'others', null, 10))]
    return { home, theirs, open, fresh, key, letter, loaded, owed }
  })
}

interface Placed {
  readonly address: ReturnType<typeof addressIn>
  readonly actor: number
  readonly person: string | null
  readonly sequence: number
}

export const forgettingCases = casesOf<LogSubject>('forgetting', {
  'the key of the home is replaced, and that of another stays': async (subject) => {
    const { home, fresh, key, loaded } = await filled(subject)
    const keys = loaded.homeKeys.toSorted((a, b) => a.home.length - b.home.length)
    assert.deepEqual(keys, [fresh, { ...key, home: `${home}-other` }])
  },
  'what was derived from what is personal goes, and all else of the home stays': async (subject) => {
    const { home, theirs, open, letter, loaded, owed } = await filled(subject)
    const [gone, left] = [theirs, open].map(({ address }) => loaded.actors.get(formatAddress(address)))
    assert.deepEqual([gone?.snapshot, left?.snapshot?.sequence], [null, open.sequence])
    assert.deepEqual(
      owed.map(({ actor, kind }) => [actor, kind]),
      [
        [open.actor, 'timer'],
        [open.actor, 'post'],
      ],
    )
    const views = (await subject.viewRows(logView)).filter((row) => row.home.startsWith(home))
    assert.deepEqual(
      views.map((row) => row.home),
      [`${home}-other`],
    )
    const letters = (await subject.deadLetters()).map(({ command }) => command)
    assert.deepEqual(
      [theirs, open].map((each) => letters.includes(letter(each).command)),
      [false, true],
    )
  },
  'the rows of the log stay as they were written': async (subject) => {
    const { theirs, open, loaded } = await filled(subject)
    const counts = [theirs, open].map(({ address }) => loaded.actors.get(formatAddress(address))?.rows.length)
    // The one that is left has its snapshot, and what came after it.
    assert.deepEqual(counts, [1, 1])
  },
})
