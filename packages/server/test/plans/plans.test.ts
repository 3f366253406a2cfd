// shows: A13
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { HearthError, type Principal } from '@hearth/protocol'
import type { Caller, Operation } from '@hearth/features'
import { masterKey, type Answer, type Kernel } from '@hearth/kernel'
import type { Sql } from 'postgres'
import { byKeyOnly, createPostgresLog } from '../../src/store/log.ts'
import { createReader, type DatabaseReader } from '../../src/store/reader.ts'
import { readingSettings } from '../../src/store/reading-pool.ts'
import type { TestStore } from '../log/store.ts'
import { actors, bigSlot, keyOf, openFilledStore, operations } from './filled-store.ts'
import { enumerated, inputsOf } from './inputs.ts'
import { faultsOf, type Asked } from './plan.ts'

// A million rows take minutes to write where machines are shared, so that `npm test` tries a few and .ci/run all of them.
const rows = Number(process.env['HEARTH_TEST_ROWS'] ?? 30_000)

const principal: Principal = { tenant: 'main', kind: 'owner', id: 'owner', home: 'big', scopes: ['*', 'texts.read'] }
const middle = keyOf(rows / 2)

const samples = {
  home: ['big', 'home-3'],
  person: ['big', 'home-3'],
  stream: ['home-3'],
  id: ['rem_big', middle],
  actor: ['main/big/reminder/rem_big'],
  after: [middle, `${bigSlot}.${rows / 2}`, `${bigSlot}.${rows / 2}.0`, `command.${middle}`],
  limit: [500],
  view: ['reminders'],
  webhook: ['wh_1', 'wh_2'],
  provider: ['own', 'other'],
  outcome: ['done', 'rate'],
  asker: ['key_1', 'key_2'],
  caller: ['key_1'],
  call: [middle],
  at: ['1970-01-01T00:01:00Z'],
  fromAt: ['1970-01-01T00:01:00Z'],
  toAt: ['1970-01-01T00:01:00Z'],
  position: [`${bigSlot}.${rows / 100}`],
  fromPosition: [`${bigSlot}.${rows / 100}`],
  toPosition: [`${bigSlot}.${rows / 100}`],
  checkpoint: ['none'],
  details: ['{"catchUp":"once"}', '{"catchUp":"skip"}'],
  name: ['greeting', 'sort-mail'],
  template: ['greeting', 'sort-mail'],
  version: [2],
  from: [1],
  to: [2],
  variables: [{}],
  model: ['demo'],
  cases: [[{}]],
  policy: [{}],
  since: ['1970-01-01T00:01:00Z'],
  before: ['1970-01-01T00:01:00Z'],
  calls: [[{ operation: 'reminders.cancel', input: { id: 'rem_big' } }]],
}

/** What a column of this name holds: what operations ask it for. */
function valuesOf(column: string): readonly string[] {
  const values = enumerated(operations, column)
  return values.length > 0
    ? values
    : ((samples as Readonly<Record<string, readonly unknown[]>>)[column]?.map(String) ?? [])
}

/** Those that ask the database nothing through the reader, with the reason. */
const apart: Readonly<Record<string, string>> = {
  'webhooks.list': 'is held in memory',
  'views.verify': 'compares everything, on a connection of its own',
  'log.verify': 'follows the whole chain, on a connection of its own',
  'log.archive': 'moves what is old, slot by slot, by itself',
  'log.checkArchive': 'opens every file',
  'backup.make': 'copies everything',
  'backup.list': 'asks the storage',
  'probe.say': 'asks for an effect, and waits for it',
  'providers.list': 'is held in memory',
  'providers.test': 'asks for an effect, and waits for it',
  'models.list': 'is held in memory',
  'models.declared': 'is held in memory',
  'router.policy': 'is held in memory',
  'rates.list': 'is held in memory',
  'caches.get': 'is held in memory',
  'texts.get': 'is held in memory',
  'reminders.preview': 'looks at nothing that is kept',
  'views.rebuild': 'builds everything',
}

/** What looks at more than a page, and why it may. */
const whole: readonly RegExp[] = [
  // A measuring tool, off unless HEARTH_FEATURES names it: the sum over all streams.
  /^select coalesce\(sum\(count\)/,
  // Which files hold anything of a home: the numbers of all its actors, so that it is bounded by the home alone.
  /array_agg\(a\.actor\)/,
]

let store: TestStore
let reader: DatabaseReader
const asked: Asked[] = []
before(async () => {
  store = await openFilledStore(rows, valuesOf)
  const debug = (_connection: number, text: string, values: readonly unknown[]): void =>
    void asked.push({ text, values })
  const connection = () => ({ ...store.database.connection('read'), debug })
  reader = createReader(connection, {
    master: masterKey(randomBytes(32)),
    actors: new Map(actors.map((actor) => [actor.kind, actor])),
  })
})
after(async () => {
  await reader[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const named = new Map(operations.map((operation) => [operation.name, operation]))
// What else a caller has is used by operations that are not asked here.
const caller = {
  principal,
  now: Date.now(),
  zone: 'UTC',
  vault: { seal: () => '', open: () => '' },
  assertReachable: () => Promise.resolve(),
  // Of what is done in the world it is enough that it went well.
  attach: () => Promise.resolve({ type: 'done', value: { type: 'checked', mentions: [] } }),
  reference: () => undefined,
  operation: (name: string) => named.get(name),
  permissions: new Set(operations.map(({ permission }) => permission)),
  actor: (kind: string) => actors.find((actor) => actor.kind === kind),
  verifyView: () => undefined,
  verifyLog: () => Promise.resolve({ rows: 0, broken: [], checkpoint: null, publicKey: '' }),
  get read() {
    return reader
  },
} as unknown as Caller

const variants = 8

/** Everything that an operation asks in all its forms: of one text so many, with different values. */
async function askedBy(operation: Extract<Operation, { type: 'read' }>): Promise<readonly Asked[]> {
  const found = new Map<string, Map<string, Asked>>()
  if (operation.name in apart) return []
  for (const input of inputsOf(operation, samples)) {
    if (!operation.input.safeParse(input).success) continue
    asked.length = 0
    try {
      await operation.read(input, caller)
    } catch (error) {
      if (!(error instanceof HearthError)) throw error
    }
    for (const each of asked.filter(({ text }) => !text.includes('set_config'))) {
      const same = found.get(each.text) ?? new Map<string, Asked>()
      found.set(each.text, same)
      if (same.size < variants) same.set(JSON.stringify(each.values), each)
    }
  }
  return [...found.values()].flatMap((same) => [...same.values()])
}

for (const operation of operations) {
  if (operation.type !== 'read') continue
  test(`${operation.name} looks at few rows of many, in each of its forms`, async () => {
    const statements = await askedBy(operation)
    assert.equal(statements.length === 0, operation.name in apart, 'it asks nothing: say why')
    await assertFew(store.as('read', { 'hearth.tenant': 'main', ...readingSettings }), statements)
  })
}

/** On a connection of its own, which is given back: there are more operations than connections. */
async function assertFew(sql: Sql, statements: readonly Asked[]): Promise<void> {
  const offences = await offencesOf(sql, statements).finally(() => sql.end({ timeout: 1 }))
  assert.equal(offences.length, 0, offences.slice(0, 3).join('\n\n'))
}

async function offencesOf(sql: Sql, statements: readonly Asked[]): Promise<readonly string[]> {
  const offences: string[] = []
  for (const statement of statements) {
    if (whole.some((each) => each.test(statement.text.trim()))) continue
    const { faults, plan } = await faultsOf(sql, statement)
    if (faults.length > 0)
      offences.push(
        [faults.join(), statement.text.slice(0, 2000), JSON.stringify(statement.values).slice(0, 300), plan].join('\n'),
      )
  }
  return offences
}

test('a lane looks at few rows of many, whatever it is commanded', async () => {
  const statements = new Map<string, Asked>()
  const debug = (_connection: number, text: string, values: readonly unknown[]): void =>
    void statements.set(text, { text, values: [...values] })
  const log = createPostgresLog(
    () => ({ ...store.database.connection('commit'), debug }),
    () => ['main'],
  )
  // On a machine that is busy filling a million rows into tables, some answers take long.
  const kernel = store.kernel({ actors, log, settings: { patienceMs: 60_000 } })
  await kernel.start()
  try {
    for (const operation of operations) {
      if (operation.type !== 'command') continue
      for (const { input } of operation.examples) await commandTwice(kernel, operation, input)
    }
  } finally {
    await kernel.stop()
  }
  assert.ok([...statements.keys()].filter((text) => text.includes('hearth.advance')).length > 5)
  await assertFew(store.as('commit', { 'hearth.tenants': '{main}', ...byKeyOnly }), [...statements.values()])
})

/** The second time its answer is found kept. */
async function commandTwice(
  kernel: Kernel,
  operation: Extract<Operation, { type: 'command' }>,
  input: unknown,
): Promise<void> {
  const commanding = async () => await operation.command(operation.input.parse(input), caller)
  const commanded = await commanding().catch((error: unknown) => {
    if (!(error instanceof HearthError)) throw error
  })
  if (commanded === undefined) return
  const key = { scope: randomUUID(), hash: randomUUID() }
  for (const id of [randomUUID(), randomUUID()]) {
    const origin = { principal: 'owner', correlation: id, key, bytes: 1 }
    const present = (answer: Answer) => ({ status: 200, body: JSON.stringify(answer) })
    await kernel.submit({ type: 'command', id, ...commanded, ...origin, present })
  }
}
