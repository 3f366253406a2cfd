// shows: B10
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { features, type Caller } from '@hearth/features'
import {
  digest,
  masterKey,
  actor,
  parseEffectId,
  type EffectKind,
  type Kernel,
  type KernelOptions,
  type Repair,
} from '@hearth/kernel'
import { coreErrors, type Address, type Json, type Principal } from '@hearth/protocol'
import { createCall } from '../../src/call.ts'
import { effectPlace, listEffects } from '../../src/store/effect-list.ts'
import { createReader } from '../../src/store/reader.ts'
import { command, openStore, until, type TestStore } from './store.ts'

type Command = { readonly type: 'pay' } | { readonly type: 'risky'; readonly by: number }
type Event =
  | { readonly type: 'asked' }
  | { readonly type: 'added'; readonly by: number }
  | { readonly type: 'ended'; readonly how: string; readonly value: Json }

const at = (id: string): Address => ({ tenant: 'main', home: `of-${id}`, kind: 'payer', id })

/** Pays once when told to; the bug is in the code that decides, and later in none. */
const payer = (isMended: boolean, takesResults = true) =>
  actor<readonly string[], Command, Event>({
    kind: 'payer',
    personal: true,
    initial: [],
    shape: 1,
    decide: (_state, given) => {
      if (given.type === 'pay')
        return { type: 'accept', events: [{ type: 'asked' }], asks: [{ kind: 'pay', request: 5 }] }
      if (!isMended) throw new Error('a bug')
      if (given.by > 10) return { type: 'refuse', code: 'payer.too-much', detail: 'No.' }
      return { type: 'accept', events: [{ type: 'added', by: given.by }], answer: given.by }
    },
    settle: (_state, { outcome }) => {
      if (!takesResults) throw new Error('cannot take this')
      const value = outcome.type === 'done' ? outcome.value : outcome.reason
      return { type: 'accept', events: [{ type: 'ended', how: outcome.type, value }] }
    },
    evolve: (state, event) => [...state, event.type === 'ended' ? `${event.how} ${event.value}` : event.type],
    views: [
      {
        name: 'payers',
        version: 1,
        columns: { history: 'text' },
        project: (state, _event, { address }) => [{ type: 'put', key: address.id, row: { history: state.join(', ') } }],
      },
    ],
  })

const master = masterKey(randomBytes(32))
const owner: Principal = { id: 'owner', tenant: 'main', kind: 'owner', home: 'main', scopes: ['*'] }

let store: TestStore
let sql: ReturnType<TestStore['as']>
before(async () => {
  store = await openStore([payer(true)])
  sql = store.as('read')
})
after(() => store[Symbol.asyncDispose]())

async function opened(options: Partial<KernelOptions> = {}): Promise<Kernel & AsyncDisposable> {
  const kernel = store.kernel({ actors: [payer(true)], ...options })
  await kernel.start()
  return { ...kernel, [Symbol.asyncDispose]: () => kernel.stop() }
}

interface Desk {
  readonly kind: EffectKind
  readonly calls: string[]
}

/** Whether a payment that was cut off was made, nobody knows: it waits for a person. */
function desk(answers: readonly ('lost' | 'paid')[]): Desk {
  const calls: string[] = []
  const kind: EffectKind = {
    kind: 'pay',
    delivery: 'unsafe',
    concurrency: 10,
    timeoutMs: 5000,
    backoffMs: () => 0,
    run: (_request, { id, attempt }) => {
      calls.push(`${id} ${attempt}`)
      if (answers[calls.length - 1] === 'lost') return Promise.resolve({ type: 'unknown', reason: 'the line broke' })
      return Promise.resolve({ type: 'done', value: `paid as ${attempt}` })
    },
  }
  return { kind, calls }
}

const historyOf = async (id: string): Promise<string | undefined> =>
  (await sql<{ history: string }[]>`select history from hearth.view_payers_1 where key = ${id}`)[0]?.history

const aside = async (state: 'stuck' | 'dead') =>
  (await listEffects(sql, { tenant: 'main', state, limit: 100 })).map(({ id, address, kind }) => ({
    id,
    address,
    kind,
  }))

const repairing = (id: string, as: Repair['as'], address: Address) =>
  command(
    address,
    { type: 'replay' },
    {
      alone: true,
      repairs: { what: id.startsWith('command.') ? { letter: id.slice(8) } : { effect: parseEffectId(id) }, as },
    },
  )

async function stuckPayment(kernel: Kernel, name: string): Promise<string> {
  await kernel.submit(command(at(name), { type: 'pay' }))
  await until(async () => (await aside('stuck')).length === 1, `the payment of ${name} waits for a person`)
  const [{ id } = { id: '' }] = await aside('stuck')
  return id
}

test('what waits for a person is run again, under a number of its own', async () => {
  const { kind, calls } = desk(['lost', 'paid'])
  await using kernel = await opened({ effects: [kind] })
  const id = await stuckPayment(kernel, 'again')
  assert.deepEqual(await effectPlace(sql, id), { address: 'main/of-again/payer/again', state: 'stuck' })
  const reply = await kernel.submit(repairing(id, 'again', at('again')))
  assert.deepEqual([reply.status, JSON.parse(reply.body)], [200, { id, state: 'owed' }])
  await until(async () => (await historyOf('again')) === 'asked, done paid as 2', 'it is paid')
  assert.deepEqual(calls, [`${id} 1`, `${id} 2`])
  assert.equal(await effectPlace(sql, id), undefined)
  const twice = await kernel.submit(repairing(id, 'again', at('again')))
  assert.deepEqual([twice.status, twice.body], [409, 'effects.not-aside'])
})

for (const [as, ended] of [
  ['done', 'asked, done null'],
  ['failed', 'asked, failed a person gave it up'],
] as const)
  test(`what waits for a person counts as ${as}, and is not run`, async () => {
    const { kind, calls } = desk(['lost'])
    await using kernel = await opened({ effects: [kind] })
    const id = await stuckPayment(kernel, as)
    const reply = await kernel.submit(repairing(id, as, at(as)))
    assert.deepEqual([reply.status, JSON.parse(reply.body)], [200, { id, state: 'settled' }])
    assert.equal(await historyOf(as), ended)
    assert.notEqual(reply.position, null)
    assert.deepEqual([calls.length, await aside('stuck')], [1, []])
    const [row] = await sql<
      { types: string }[]
    >`select types from hearth.log l join hearth.actors a on a.actor = l.actor
      where a.id = ${as} order by l.sequence desc limit 1`
    assert.equal(row?.types, 'ended')
  })

test('a replay that the process did not survive is done by the next one', async () => {
  const { kind } = desk(['lost'])
  let id = ''
  {
    await using kernel = await opened({ effects: [kind] })
    id = await stuckPayment(kernel, 'twice')
  }
  const quiet = desk(['paid'])
  {
    // It never runs here: the process ends after the commit and before the attempt.
    await using kernel = await opened({
      effects: [quiet.kind],
      runner: () => ({
        start: () => undefined,
        attach: () => Promise.reject(new Error('not here')),
        cut: () => undefined,
        counts: () => new Map(),
        stop: async () => {},
      }),
    })
    assert.equal((await kernel.submit(repairing(id, 'again', at('twice')))).status, 200)
  }
  // The attempt that was recorded and never made is of unknown end: it waits for a person once more.
  await using kernel = await opened({ effects: [quiet.kind] })
  await until(async () => (await aside('stuck')).length === 1 || quiet.calls.length === 1, 'it is owed no more')
  if (quiet.calls.length === 0) await kernel.submit(repairing(id, 'again', at('twice')))
  await until(async () => (await historyOf('twice'))?.startsWith('asked, done paid as') === true, 'it is paid')
  assert.equal(quiet.calls.length, 1)
})

test('a result that its actor could not take is settled by the code that can', async () => {
  const { kind } = desk(['paid'])
  let id = ''
  {
    await using broken = await opened({ actors: [payer(true, false)], effects: [kind] })
    id = await stuckPayment(broken, 'stuck')
    const refused = await broken.submit(repairing(id, 'done', at('stuck')))
    assert.deepEqual([refused.status, refused.body], [409, 'effects.cannot-settle'])
    assert.equal((await aside('stuck')).length, 1)
  }
  await using kernel = await opened({ effects: [kind] })
  assert.equal((await kernel.submit(repairing(id, 'done', at('stuck')))).status, 200)
  assert.equal(await historyOf('stuck'), 'asked, done null')
})

test('a command that could not be decided is decided by the code that can, and only then gone', async () => {
  {
    await using broken = await opened({ actors: [payer(false)] })
    const failed = await broken.submit(command(at('letter'), { type: 'risky', by: 3 } as { readonly type: string }))
    assert.equal(failed.status, 500)
    const [letter = { id: '' }] = await aside('dead')
    const still = await broken.submit(repairing(letter.id, 'again', at('letter')))
    assert.deepEqual([still.status, still.body], [500, 'command.failed'])
    const done = await broken.submit(repairing(letter.id, 'done', at('letter')))
    assert.deepEqual([done.status, done.body], [409, 'effects.not-decided'])
    assert.equal((await aside('dead')).length, 1)
  }
  await using kernel = await opened()
  const [letter = { id: '' }] = await aside('dead')
  assert.deepEqual(await effectPlace(sql, letter.id), { address: 'main/of-letter/payer/letter', state: 'dead' })
  const reply = await kernel.submit(repairing(letter.id, 'again', at('letter')))
  assert.deepEqual([reply.status, JSON.parse(reply.body)], [200, { id: letter.id, state: 'settled' }])
  assert.deepEqual([await historyOf('letter'), await aside('dead')], ['added', []])
  const twice = await kernel.submit(repairing(letter.id, 'again', at('letter')))
  assert.deepEqual([twice.status, twice.body, await historyOf('letter')], [409, 'effects.not-aside', 'added'])
})

test('a command that is refused when it is decided again stays, and can be given up; what another home asked for is not decided late', async () => {
  {
    await using broken = await opened({ actors: [payer(false)] })
    await broken.submit(command(at('big'), { type: 'risky', by: 30 } as { readonly type: string }))
  }
  await using kernel = await opened()
  const [letter = { id: '' }] = await aside('dead')
  const refused = await kernel.submit(repairing(letter.id, 'again', at('big')))
  assert.deepEqual([refused.status, refused.body], [409, 'payer.too-much'])
  assert.equal((await kernel.submit(repairing(letter.id, 'failed', at('big')))).status, 200)
  assert.deepEqual([await aside('dead'), await historyOf('big')], [[], undefined])
})

test('the operation finds what belongs to its tenant, and says of the rest why it is not replayed', async () => {
  const { kind, calls } = desk(['lost', 'paid'])
  await using kernel = await opened({ effects: [kind] })
  await using reader = createReader(() => store.database.connection('read'), { master, actors: new Map() })
  const history = features.find(({ name }) => name === 'history')
  const call = createCall({
    operations: new Map(history?.operations.map((each) => [each.name, each])),
    errors: { ...coreErrors, ...history?.errors },
    kernel,
    caller: (principal) => ({ principal, read: reader }) as unknown as Caller,
    digest: (text) => digest(master, text),
    wait: () => Promise.resolve(),
    onFailure: (error) => assert.fail(String(error)),
  })
  const replay = async (input: Json, principal = owner, key?: string) => {
    const answer = await call({ operation: 'effects.replay', input, principal, key, requestId: 'test' })
    const { code, id, state } = JSON.parse(answer.body) as Record<string, string>
    return [answer.status, code ?? `${id} ${state}`, answer.headers['Idempotency-Replayed']]
  }
  const id = await stuckPayment(kernel, 'called')
  assert.deepEqual(await replay({ id }, { ...owner, tenant: 'other' }), [404, 'effects.unknown', undefined])
  assert.deepEqual(await replay({ id }, { ...owner, scopes: ['effects.read'] }), [
    403,
    'auth.permission-missing',
    undefined,
  ])
  assert.deepEqual(await replay({ id: '1.2' }), [400, 'input.invalid', undefined])
  assert.deepEqual(await replay({ id: '1.2.3' }), [404, 'effects.unknown', undefined])
  assert.deepEqual(await replay({ id: 'command.none' }), [404, 'effects.unknown', undefined])
  assert.deepEqual(await replay({ id, as: 'gone' }), [400, 'input.invalid', undefined])
  assert.deepEqual(await replay({ id }, owner, 'once'), [200, `${id} owed`, undefined])
  assert.deepEqual(await replay({ id }, owner, 'once'), [200, `${id} owed`, 'true'])
  await until(async () => (await historyOf('called')) === 'asked, done paid as 2', 'it is paid')
  assert.equal(calls.length, 2)
})

test('nothing is left aside at the end', async () => {
  const rows = await sql`select state from hearth.effects where state <> 'over'`
  assert.deepEqual([[...rows], await aside('dead')], [[], []])
})
