import { after, before, test } from 'node:test'
import { actor, type View } from '@hearth/kernel'
import type { Json } from '@hearth/protocol'
import { logCases, logView, type LogSubject } from '@hearth/testing'
import { createPostgresLog } from '../../src/store/log.ts'
import type { LoggedEffectsLimits } from '../../src/store/logged-effects.ts'
import { tableOf } from '../../src/store/view-tables.ts'
import { openStore, type TestStore } from './store.ts'

const written = actor<null, { type: 'none' }, { type: 'none' }>({
  kind: 'conformance',
  personal: false,
  initial: null,
  decide: () => ({ type: 'accept', events: [] }),
  evolve: (state) => state,
  views: [logView as View<null, { type: 'none' }>],
})

let store: TestStore
before(async () => {
  store = await openStore([written])
})
after(() => store[Symbol.asyncDispose]())

let slots = 0
const subject = (limits?: LoggedEffectsLimits): LogSubject => ({
  log: createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
    limits,
  ),
  tenant: 'main',
  slot: () => (slots += 1),
  viewRows: async (view) => {
    const rows = await store.as('read').unsafe<Record<string, Json>[]>(`select * from ${tableOf(view)}`)
    return rows.map(({ home, key, count = null, ...row }) => ({
      home: String(home),
      key: String(key),
      row: { ...row, count: count === null ? null : Number(count) },
    }))
  },
  deadLetters: () => store.as('read')`select command, failure from hearth.dead_letters`,
})

for (const { group, name, run } of logCases) {
  test(`${group}: ${name}`, () => run(subject()))
  // Most effects move out of the log soon.
  if (group.includes('effects')) test(`${group}, with little room: ${name}`, () => run(subject({ count: 3, lag: 4 })))
}
