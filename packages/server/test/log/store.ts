import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createKernel,
  masterKey,
  type Actor,
  type Answer,
  type CommandEnvelope,
  type EffectKind,
  type Kernel,
  type KernelOptions,
} from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import { beginFrom } from '@hearth/testing/begun'
import postgres, { type Sql } from 'postgres'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { createPostgresLog } from '../../src/store/log.ts'
import { prepareSchema } from '../../src/store/prepare.ts'

export const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Of the master key, as far as the database knows. */
export const fingerprint = 'test'

export interface TestStore extends AsyncDisposable {
  readonly database: Database
  readonly folder: string
  /** A connection of one's own as one of the three roles, with what it declares. */
  as(role: 'migrate' | 'commit' | 'read', declared?: Readonly<Record<string, string>>): Sql
  kernel(options: Partial<KernelOptions> & { readonly actors: readonly Actor[] }): Kernel
}

/** A real PostgreSQL in a folder of its own, with the schema and views of the actors given. */
export async function openStore(
  actors: readonly Actor[],
  place: { readonly machineFolder?: string } = {},
): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-log-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  // As root the database lies where its user can reach it; here too, and not where the servers of this machine have theirs.
  const machineFolder = place.machineFolder ?? (await mkdtemp(join(tmpdir(), 'hearth-log-machine-')))
  await chmod(machineFolder, 0o755)
  if (place.machineFolder === undefined) {
    undo.defer(() => rm(machineFolder, { recursive: true, force: true }))
    await beginFrom('store', folder)
  }
  const database = undo.use(await openDatabase({ dataFolder: folder, machineFolder, log: silent }))
  const views = actors.flatMap((actor) => actor.views ?? [])
  await prepareSchema({ connection: database.connection('migrate'), views, fingerprint })
  const opened: Sql[] = []
  undo.defer(async () => {
    await Promise.all(opened.map((sql) => sql.end({ timeout: 1 })))
  })
  const parts = undo.move()
  const master = masterKey(randomBytes(32))
  return {
    database,
    folder,
    as: (role, declared = { 'hearth.tenants': '{main}', 'hearth.tenant': 'main' }) => {
      const sql = postgres({
        ...database.connection(role),
        max: 1,
        fetch_types: false,
        onnotice: () => undefined,
        connection: declared,
      })
      opened.push(sql)
      return sql
    },
    kernel: (options) =>
      createKernel({
        log: createPostgresLog(
          () => database.connection('commit'),
          () => ['main'],
        ),
        effects: [],
        master,
        owner: randomUUID(),
        lanes: 2,
        onFenced: () => undefined,

        ...options,
      }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

const present = (answer: Answer) =>
  answer.type === 'accepted'
    ? { status: 200, body: JSON.stringify(answer.output) }
    : { status: answer.code === 'command.failed' ? 500 : 409, body: answer.code }

export const command = (
  address: Address,
  inner: { readonly type: string },
  more: Partial<CommandEnvelope> = {},
): CommandEnvelope => ({
  type: 'command',
  id: randomUUID(),
  address,
  command: inner,
  principal: 'owner',
  correlation: 'test',
  key: null,
  bytes: 100,
  present,
  ...more,
})

export const nothing: EffectKind = {
  kind: 'none',
  delivery: 'idempotent',
  concurrency: 1000,
  timeoutMs: 1000,
  backoffMs: () => null,
  run: () => Promise.resolve({ type: 'done', value: null }),
}

/** Asks again until it holds. The bound is there so that a hung test ends. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`never came true: ${what}`)
}

/** Takes the log so that no commit ends, until the function returned is called. */
export async function holdLog(store: TestStore): Promise<() => Promise<void>> {
  const release = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const holding = store.as('migrate').begin(async (sql) => {
    await sql`lock table hearth.log in access exclusive mode`
    locked.resolve()
    await release.promise
  })
  await locked.promise
  return async () => {
    release.resolve()
    await holding
  }
}
