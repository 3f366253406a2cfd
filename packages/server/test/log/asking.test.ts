// shows: B10
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { actor, asked, askOf, type Kernel } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import { command, openStore, until, type TestStore } from './store.ts'

type Command =
  | { readonly type: 'pass'; readonly ring: readonly string[] }
  | { readonly type: 'ask'; readonly to: Address }
  | { readonly type: 'tell'; readonly id: string; readonly most: number }
  | { readonly type: 'count'; readonly most: number }
  | { readonly type: 'open-break' }
type Event =
  | { readonly type: 'passed'; readonly hops: number }
  | { readonly type: 'counted' }
  | { readonly type: 'ended'; readonly how: string }

const at = (home: string, kind: string, id = 'one'): Address => ({ tenant: 'main', home, kind, id })

/** Passes on what it is asked round a ring of homes, and counts what it is told. */
const node = (kind: string, personal: boolean) =>
  actor<number, Command, Event>({
    kind,
    personal,
    initial: 0,
    shape: 1,
    open: ['pass', 'open-break'],
    decide: (state, given, context) => {
      switch (given.type) {
        case 'pass': {
          const [next = '', ...rest] = given.ring
          const passOn = { type: 'pass', ring: [...rest, next] } as { readonly type: 'pass' }
          const asks = [askOf({ to: at(next, kind), command: passOn }, context)]
          return { type: 'accept', events: [{ type: 'passed', hops: context.hops }], asks }
        }
        case 'ask':
          return {
            type: 'accept',
            events: [{ type: 'passed', hops: context.hops }],
            asks: [askOf({ to: given.to, command: { type: 'open-break' } }, context)],
          }
        case 'tell': {
          const tells = [
            { to: { kind: 'sealed', id: given.id }, command: { type: 'count', most: given.most } as Command },
          ]
          return { type: 'accept', events: [{ type: 'counted' }], tells, answer: state + 1 }
        }
        case 'count':
          if (state >= given.most) return { type: 'refuse', code: 'node.full', detail: `${state}` }
          return { type: 'accept', events: [{ type: 'counted' }] }
        case 'open-break':
          throw new Error('told to break')
      }
    },
    settle: (_state, settlement) => {
      const answer = asked(settlement)
      return { type: 'accept', events: [{ type: 'ended', how: answer.type === 'refused' ? answer.code : 'accepted' }] }
    },
    evolve: (state, event) => (event.type === 'counted' ? state + 1 : state),
  })

const actors = [node('open', false), node('sealed', true)]
let store: TestStore
let sql: ReturnType<TestStore['as']>
before(async () => {
  store = await openStore(actors)
  sql = store.as('read')
})
after(() => store[Symbol.asyncDispose]())

async function opened(settings = {}): Promise<Kernel & AsyncDisposable> {
  const kernel = store.kernel({ actors, settings })
  await kernel.start()
  return { ...kernel, [Symbol.asyncDispose]: () => kernel.stop() }
}

const count = async (type: string, like: string): Promise<number> => {
  const [row] = await sql<
    { n: string }[]
  >`select count(*) as n from hearth.log l join hearth.actors a on a.actor = l.actor
    where l.types = ${type} and a.home like ${like}`
  return Number(row?.n)
}

const endOf = async (home: string): Promise<string | undefined> => {
  const [row] = await sql<{ data: Buffer }[]>`select l.data from hearth.log l join hearth.actors a on a.actor = l.actor
    where l.types = 'ended' and a.home = ${home} and l.person is null order by l.sequence limit 1`
  return /"how":"([^"]+)"/.exec(row?.data.toString('utf8') ?? '')?.[1]
}

test('homes that ask one another in a circle stop after 32 [B10]', async () => {
  await using kernel = await opened()
  await kernel.submit(command(at('ring-a', 'open'), { type: 'pass', ring: ['ring-b', 'ring-c', 'ring-a'] } as never))
  await until(async () => (await count('ended', 'ring-%')) === 33, 'every ask of the ring has ended')
  assert.equal(await count('passed', 'ring-%'), 33)
})

test('an ask for another tenant, for nobody or for what throws is told to the asker, and leaves nothing there', async () => {
  await using kernel = await opened()
  const ask = (home: string, to: Address) => kernel.submit(command(at(home, 'open'), { type: 'ask', to } as never))
  await ask('curious-a', { ...at('anna', 'open'), tenant: 'other' })
  await ask('curious-b', at('anna', 'nothing-of-this-kind'))
  await ask('curious-c', at('anna', 'open'))
  await until(async () => (await count('ended', 'curious-%')) === 3, 'the asks ended')
  const ends = await Promise.all(['curious-a', 'curious-b', 'curious-c'].map(endOf))
  assert.deepEqual(ends, ['home.unknown', 'home.unknown', 'command.failed'])
  const [dead] = await sql<{ n: string }[]>`select count(*) as n from hearth.dead_letters where home = 'anna'`
  assert.equal(dead?.n, '1')
  assert.equal(await count('passed', 'anna'), 0)
})

test('one that is told something is found in the store, sealed as it is, and after a restart again', async () => {
  const tell = (most: number) => command(at('told', 'open'), { type: 'tell', id: 'x', most } as never)
  for (let round = 0; round < 3; round += 1) {
    // Nothing stays in memory: each time it is loaded while the batch is decided.
    await using kernel = await opened({ hotBytes: 0, homeKeys: 0 })
    assert.equal((await kernel.submit(tell(10))).body, String(round * 2 + 1))
    assert.equal((await kernel.submit(tell(10))).body, String(round * 2 + 2))
  }
  await using kernel = await opened()
  const refused = await kernel.submit(tell(6))
  assert.deepEqual([refused.status, refused.body], [409, 'node.full'])
  assert.equal((await kernel.submit(tell(7))).body, '7')
  const keys = await sql`select 1 from hearth.home_keys where home = 'told'`
  assert.equal(keys.length, 1)
})

test('a key covers what the call told others', async () => {
  await using kernel = await opened()
  const key = { scope: '00000000-0000-4000-8000-0000000000aa', hash: '00000000-0000-4000-9000-0000000000aa' }
  const twice = command(at('keyed', 'open'), { type: 'tell', id: 'x', most: 1 } as never, { key })
  const [first, again] = [await kernel.submit(twice), await kernel.submit({ ...twice, id: 'again' })]
  assert.deepEqual([first.body, again.body, again.replayed], ['1', '1', true])
  assert.equal(await count('counted', 'keyed'), 2)
})
