import { features, type Operation } from '@hearth/features'
import { dayOf, masterKey, type Actor, type MasterKey, type View } from '@hearth/kernel'
import { coreErrors, type ErrorTable } from '@hearth/protocol'
import type { Sql } from 'postgres'
import { createEgress } from '../../src/egress/egress.ts'
import { createTargets } from '../../src/egress/targets.ts'
import { createReader, type DatabaseReader } from '../../src/store/reader.ts'
import { verifyLog } from '../../src/store/verify-log.ts'
import { createTombstones, type Tombstones } from '../../src/store/tombstones.ts'
import { createVault } from '../../src/vault.ts'
import { openStore, type TestStore } from '../log/store.ts'
import { beginning } from './flow.ts'
import { openOutside, type Outside } from './outside.ts'

export const actors: readonly Actor[] = features.flatMap((feature) => feature.actors)
export const views: readonly View[] = features.flatMap((feature) => feature.views)
export const operations: ReadonlyMap<string, Operation> = new Map(
  features.flatMap((feature) => feature.operations).map((operation) => [operation.name, operation]),
)
export const errors: ErrorTable = Object.assign({}, coreErrors, ...features.map((feature) => feature.errors))

/** A database and an outside world. One flow runs on it at a time, as a tenant of its own. */
export interface Stage extends AsyncDisposable {
  readonly store: TestStore
  readonly outside: Outside
  readonly master: MasterKey
  readonly reader: DatabaseReader
  readonly tombstones: Tombstones
  readonly vault: ReturnType<typeof createVault>
  readonly targets: ReturnType<typeof createTargets>
  readonly egress: ReturnType<typeof createEgress>
  tenant(): Promise<string>
  ask<T>(tenant: string, question: (sql: Sql) => Promise<T>): Promise<T>
  /** Follows the chain of everything that was ever run on it. */
  verify(): Promise<{ readonly rows: number; readonly broken: readonly unknown[] }>
}

export async function openStage(): Promise<Stage> {
  await using undo = new AsyncDisposableStack()
  const store = undo.use(await openStore(actors))
  const outside = undo.use(await openOutside())
  const master = masterKey(Buffer.alloc(32, 7))
  const folds = new Map(actors.map((actor) => [actor.kind, actor]))
  const reader = undo.use(createReader(() => store.database.connection('read'), { master, actors: folds }))
  const targets = createTargets([])
  const egress = undo.use(createEgress(targets))
  const migrating = store.as('migrate')
  // Their days of keys lie ahead of those that are made with the schema.
  await migrating`select hearth.keep_days(${dayOf(beginning)}), hearth.keep_days(${dayOf(beginning) + 3})`
  let count = 0
  const parts = undo.move()
  return {
    store,
    outside,
    master,
    reader,
    tombstones: createTombstones(store.folder),
    vault: createVault(master),
    targets,
    egress,
    tenant: async () => {
      count += 1
      const tenant = `run-${count}`
      await migrating`insert into hearth.tenants (tenant) values (${tenant})`
      return tenant
    },
    ask: (tenant, question) => reader.within(tenant, question),
    verify: () => verifyLog({ connection: store.database.connection('commit'), master, now: 0 }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}
