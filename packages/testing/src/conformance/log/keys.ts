import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { AppendOutcome, Batch, KeptAnswer, LogWriter } from '@hearth/kernel'
import { casesOf } from '../case.ts'
import { addressIn, batchOf, holding, type LogSubject } from './subject.ts'

const today = Math.floor(Date.now() / 86_400_000)

const keptIn = (subject: LogSubject, more: Partial<KeptAnswer> = {}): KeptAnswer => ({
  tenant: subject.tenant,
  home: addressIn(subject).home,
  scope: randomUUID(),
  hash: randomUUID(),
  day: today,
  status: 200,
  person: null,
  body: Buffer.from('answer'),
  ...more,
})

/** A store that has to make room for a day first says `unavailable`, and takes the batch the next time. */
async function insisting(writer: LogWriter, batch: Batch): Promise<AppendOutcome> {
  const outcome = await writer.append(batch)
  return outcome.type === 'unavailable' ? writer.append(batch) : outcome
}

const loadScopes = (writer: LogWriter, ...scopes: readonly string[]) =>
  writer.load({ addresses: [], homes: [], scopes })

export const keyCases = casesOf<LogSubject>('kept answers', {
  'an answer is found under its key as it was kept': (subject) =>
    holding(subject, async (writer, held) => {
      const answer = keptIn(subject, { status: 409, body: Buffer.from([0, 200, 13, 10]), person: 'self' })
      assert.deepEqual(await insisting(writer, batchOf(held, 0, { keys: [answer] })), { type: 'committed' })
      const { keys, homeKeys } = await loadScopes(writer, answer.scope, randomUUID())
      assert.deepEqual([...keys.keys()], [answer.scope])
      assert.deepEqual({ ...answer, ...keys.get(answer.scope) }, { ...keys.get(answer.scope), ...answer })
      assert.deepEqual(homeKeys, [])
    }),
  'a key is used once a day, and once in a batch': (subject) =>
    holding(subject, async (writer, held) => {
      const answer = keptIn(subject)
      const again = { ...answer, hash: randomUUID(), body: Buffer.from('another') }
      assert.equal((await insisting(writer, batchOf(held, 0, { keys: [answer, again] }))).type, 'refused')
      assert.equal((await insisting(writer, batchOf(held, 0, { keys: [answer] }))).type, 'committed')
      assert.equal((await insisting(writer, batchOf(held, 1, { keys: [again] }))).type, 'refused')
      const { keys } = await loadScopes(writer, answer.scope)
      assert.equal(keys.get(answer.scope)?.body.toString(), 'answer')
      assert.equal((await writer.claim([held.slot], 'keep'))[0]?.sequence, 0)
    }),
  'a key may be used again another day; the latest answer is the one found': (subject) =>
    holding(subject, async (writer, held) => {
      const answer = keptIn(subject)
      const later = { ...answer, day: today + 1, body: Buffer.from('later') }
      for (const key of [later, answer])
        assert.equal((await insisting(writer, batchOf(held, 0, { keys: [key] }))).type, 'committed')
      const { keys } = await loadScopes(writer, answer.scope)
      assert.equal(keys.get(answer.scope)?.body.toString(), 'later')
    }),
  'a clock that ran far ahead finds room for its day': (subject) =>
    holding(subject, async (writer, held) => {
      const answer = keptIn(subject, { day: today + 4000 + held.slot * 10 })
      assert.deepEqual(await insisting(writer, batchOf(held, 0, { keys: [answer] })), { type: 'committed' })
      assert.equal((await loadScopes(writer, answer.scope)).keys.size, 1)
    }),
  'a kept answer comes with the keys of the home that it was given in': (subject) =>
    holding(subject, async (writer, held) => {
      const answer = keptIn(subject, { person: 'self' })
      const homeKeys = [{ tenant: subject.tenant, home: answer.home, person: 'self', wrapped: Buffer.from('k') }]
      assert.deepEqual(await insisting(writer, batchOf(held, 0, { keys: [answer], homeKeys })), { type: 'committed' })
      const loaded = await loadScopes(writer, answer.scope)
      assert.deepEqual(
        loaded.homeKeys.map(({ home, person }) => [home, person]),
        [[answer.home, 'self']],
      )
    }),
  'what is no UUID is refused': (subject) =>
    holding(subject, async (writer, held) => {
      const outcome = await insisting(writer, batchOf(held, 0, { keys: [keptIn(subject, { scope: 'not-one' })] }))
      assert.equal(outcome.type, 'refused')
    }),
})
