// shows: A13
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { HearthError, type Principal } from '@hearth/protocol'
import type { Caller, Operation } from '@hearth/features'
import { masterKey } from '@hearth/kernel'
import { createReader, type DatabaseReader } from '../../src/store/reader.ts'
import { readingSettings } from '../../src/store/reading-pool.ts'
import type { TestStore } from '../log/store.ts'
import { actors, bigSlot, keyOf, openFilledStore, operations } from './filled-store.ts'
import { enumerated, inputsOf } from './inputs.ts'
import { faultsOf, type Asked } from './plan.ts'

// A million rows take minutes to write where machines are shared, so that `npm test` tries a tenth and .ci/run all of them.
const rows = Number(process.env['HEARTH_TEST_ROWS'] ?? 100_000)

const principal: Principal = { tenant: 'main', id: 'owner', home: 'big', scopes: ['*'] }
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
  at: ['1970-01-01T00:01:00Z'],
  fromAt: ['1970-01-01T00:01:00Z'],
  toAt: ['1970-01-01T00:01:00Z'],
  position: [`${bigSlot}.${rows / 100}`],
  fromPosition: [`${bigSlot}.${rows / 100}`],
  toPosition: [`${bigSlot}.${rows / 100}`],
  checkpoint: ['none'],
  calls: [[{ operation: 'reminders.cancel', input: { id: 'rem_big' } }]],
}

/** Those that ask the database nothing through the reader, with the reason. */
const apart: Readonly<Record<string, string>> = {
  'webhooks.list': 'is held in memory',
  'views.verify': 'compares everything, on a connection of its own',
  'log.verify': 'follows the whole chain, on a connection of its own',
}

/** What looks at everything because that is what it is asked for. */
const whole: readonly { readonly operation: string; readonly text: RegExp }[] = [
  // A measuring tool, off unless HEARTH_FEATURES names it: the sum over all streams.
  { operation: 'probe.read', text: /^select coalesce\(sum\(count\)/ },
]

let store: TestStore
let reader: DatabaseReader
const asked: Asked[] = []
before(async () => {
  store = await openFilledStore(rows, (column) => enumerated(operations, column))
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
const caller: Caller = {
  principal,
  now: Date.now(),
  zone: 'UTC',
  vault: { seal: () => '', open: () => '' },
  assertReachable: () => Promise.resolve(),
  reference: () => undefined,
  operation: (name) => named.get(name),
  actor: (kind) => actors.find((actor) => actor.kind === kind),
  verifyView: () => undefined,
  verifyLog: () => Promise.resolve({ rows: 0, broken: [], checkpoint: null, publicKey: '' }),
  get read() {
    return reader
  },
}

const variants = 8

/** Everything that an operation asks in all its forms: of one text so many, with different values. */
async function askedBy(operation: Extract<Operation, { type: 'read' }>): Promise<readonly Asked[]> {
  const found = new Map<string, Map<string, Asked>>()
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
    assert.equal(statements.length === 0, operation.name in apart, `${statements.length} statements`)
    const sql = store.as('read', { 'hearth.tenant': 'main', ...readingSettings })
    const offences: string[] = []
    for (const statement of statements) {
      if (whole.some((each) => each.operation === operation.name && each.text.test(statement.text.trim()))) continue
      const { faults, plan } = await faultsOf(sql, statement)
      if (faults.length > 0)
        offences.push([faults.join(), statement.text, JSON.stringify(statement.values), plan].join('\n'))
    }
    assert.equal(offences.length, 0, offences.slice(0, 3).join('\n\n'))
  })
}
