import assert from 'node:assert/strict'
import type { Log } from '@hearth/kernel'
import { createPostgresLog } from '../../src/store/log.ts'
import { ledger } from '../log/ledger-actor.ts'
import { until, type TestStore } from '../log/store.ts'
import { audit, homesOf, keepBooks, lanes, troubles, type Books } from './books.ts'

/** The log, reached through another host than the database's own. */
const postgresLogOf = ({ database }: TestStore, host?: string): Log =>
  createPostgresLog(
    () => ({ ...database.connection('commit'), ...(host === undefined ? {} : { host }) }),
    () => ['main'],
  )

const patient = { patienceMs: 400 }

export interface Running {
  readonly books: Books
  /** Waits until some lane says that it waits for one of these. */
  waits(...troubles: readonly string[]): Promise<void>
}

/** Under all the time of `outage` somebody writes; after it every lane goes on, and the books are audited. */
export async function through(
  store: TestStore,
  name: string,
  outage: (running: Running) => Promise<void>,
  host?: string,
): Promise<ReadonlySet<string>> {
  const log = postgresLogOf(store, host)
  const kernel = store.kernel({ actors: [ledger], log, lanes, settings: patient })
  await kernel.start()
  await using undo = new AsyncDisposableStack()
  undo.defer(() => kernel.stop())
  const books = undo.use(keepBooks(kernel, homesOf(name)))
  await books.round()
  const waits: Running['waits'] = (...names) =>
    until(() => troubles(kernel.lanes()).some((trouble) => names.includes(trouble)), `it waits: ${names.join(' or ')}`)
  await outage({ books, waits })
  await books.round()
  const written = await books.close()
  assert.deepEqual(troubles(kernel.lanes()), [], 'nothing is waited for any more')
  await undo.disposeAsync()
  await audit(store, written)
  return books.refusals
}
