// shows: B10
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { actor, masterKey, type Actor, type Kernel, type Upcast } from '@hearth/kernel'
import { features } from '@hearth/features'
import { countEffects } from '../../src/store/effect-counts.ts'
import { createReader } from '../../src/store/reader.ts'
import { verifyView } from '../../src/store/verify-view.ts'
import { command, openStore, until, type TestStore } from './store.ts'

const reminder = features.flatMap(({ actors }) => actors).find(({ kind }) => kind === 'reminder') as Actor

interface Diary {
  readonly pages: readonly string[]
  readonly rung: number
}

type Event = { readonly type: 'diary.written'; readonly lines: readonly string[] } | { readonly type: 'diary.rang' }

type Command = { readonly type: 'write'; readonly text: string; readonly at?: number }

const views = [
  {
    name: 'diary',
    version: 1,
    columns: { pages: 'bigint' as const },
    project: (state: Diary, _event: Event, { address }: { readonly address: { readonly id: string } }) => [
      { type: 'put' as const, key: address.id, row: { pages: state.pages.length } },
    ],
  },
]

/** A diary as it is written by code that knows so many steps: in the first version an event had one text, now it has lines. */
const diaryOf = (steps: readonly Upcast[]): Actor =>
  actor<Diary, Command, Event>({
    kind: 'diary',
    personal: true,
    initial: { pages: [], rung: 0 },
    shape: 1,
    events: { 'diary.written': steps, 'diary.rang': [] },
    decide: (state, { text, at }) => ({
      type: 'accept',
      events: [
        (steps.length === 0 ? { type: 'diary.written', text } : { type: 'diary.written', lines: [text] }) as Event,
      ],
      ...(at === undefined ? {} : { asks: [{ kind: 'timer', due: at, request: null }] }),
      answer: { pages: state.pages, rung: state.rung },
    }),
    settle: () => ({ type: 'accept', events: [{ type: 'diary.rang' }] }),
    evolve: (state, event) => {
      if (event.type === 'diary.rang') return { ...state, rung: state.rung + 1 }
      const { lines, text = '' } = event as { readonly lines?: readonly string[]; readonly text?: string }
      return { ...state, pages: [...state.pages, (lines ?? [text]).join('/')] }
    },
    views,
  })

const toLines: Upcast = ({ text }) => ({ lines: String(text).split('\n') })
const [old, present] = [diaryOf([]), diaryOf([toLines])]
const master = masterKey(randomBytes(32))

let store: TestStore
before(async () => {
  store = await openStore([present, reminder])
})
after(() => store[Symbol.asyncDispose]())

async function running(actors: readonly Actor[], work: (kernel: Kernel) => Promise<void>): Promise<void> {
  const kernel = store.kernel({ actors, master })
  await kernel.start()
  await work(kernel)
  await kernel.stop()
}

const address = (home: string) => ({ tenant: 'main', home, kind: 'diary', id: home })
const write = (kernel: Kernel, home: string, text: string, at?: number) =>
  kernel.submit(
    command(address(home), { type: 'write', text, ...(at === undefined ? {} : { at }) } as never, {
      present: (answer) =>
        answer.type === 'accepted'
          ? { status: 200, body: JSON.stringify(answer.output) }
          : { status: 503, body: answer.code },
    }),
  )
const asideIn = (kernel: Kernel) => kernel.lanes().flatMap(({ aside }) => [...aside])
const waiting = async () => {
  await using reader = readerOf([present])
  return (await countEffects(reader)).waiting
}
const readerOf = (actors: readonly Actor[]) =>
  createReader(() => store.database.connection('read'), {
    master,
    actors: new Map(actors.map((each) => [each.kind, each])),
  })

test('old events are folded through the steps, and new code goes on beside them', async () => {
  await running([old], async (kernel) => {
    await write(kernel, 'grown', 'one\ntwo')
    await write(kernel, 'grown', 'three')
  })
  await running([present], async (kernel) => {
    assert.equal((await write(kernel, 'grown', 'four')).body, '{"pages":["one/two","three"],"rung":0}')
  })
  const rows = await store.as('read')`
    select types from hearth.log l join hearth.actors a using (actor) where a.home = 'grown' order by sequence`
  assert.deepEqual(
    rows.map(({ types }) => types),
    ['diary.written', 'diary.written', 'diary.written@2'],
  )
  await using reader = readerOf([present])
  const events = await reader.history({ tenant: 'main', actor: address('grown'), limit: 10 })
  assert.deepEqual(
    events.map(({ event }) => event),
    [
      { type: 'diary.written', lines: ['one', 'two'] },
      { type: 'diary.written', lines: ['three'] },
      { type: 'diary.written', lines: ['four'] },
    ],
  )
})

test('older code sets an actor aside that newer code wrote to, goes on with the others, and the newer finds all as it stood', async () => {
  await running([old], async (kernel) => {
    await write(kernel, 'future', 'zero')
  })
  await running([present], async (kernel) => {
    await write(kernel, 'future', 'one', Date.now() + 400)
  })
  await running([old], async (kernel) => {
    const refused = await write(kernel, 'future', 'lost?')
    assert.deepEqual([refused.status, refused.body], [503, 'actor.from-the-future'])
    assert.equal((await write(kernel, 'today', 'goes on')).status, 200)
    assert.deepEqual(asideIn(kernel), [['event diary diary.written@2', 1]])
    await until(async () => (await waiting())['event diary diary.written@2'] === 1, 'what is owed to it waits')
  })
  await using reader = readerOf([old])
  const [known, event] = await reader.history({ tenant: 'main', actor: address('future'), limit: 10 })
  assert.deepEqual([known?.opaque, known?.event], [false, { type: 'diary.written', text: 'zero' }])
  assert.deepEqual([event?.opaque, event?.event], [true, { type: 'diary.written@2', lines: ['one'] }])
  const verified = await verifyView({
    connection: store.database.connection('read'),
    master,
    tenant: 'main',
    view: views[0] as never,
    actors: [old],
  })
  assert.equal(verified.different, 0)
  await running([present], async (kernel) => {
    let told = ''
    await until(async () => {
      told = (await write(kernel, 'future', 'again')).body
      return told.includes('"rung":1')
    }, 'the timer that waited rings')
    assert.match(told, /"pages":\["zero","one"[,\]]/)
    assert.deepEqual(asideIn(kernel), [])
  })
  assert.deepEqual(await waiting(), {})
})

test('without its feature nothing is lost of an actor: what it is owed waits and wakes', async () => {
  await running([present], async (kernel) => {
    await write(kernel, 'absent', 'one', Date.now() + 300)
  })
  await running([reminder], async () => {
    await until(async () => (await waiting())['kind diary'] === 1, 'the timer waits')
  })
  await running([present], async (kernel) => {
    await until(
      async () => (await write(kernel, 'absent', 'again')).body.includes('"rung":1'),
      'the timer that waited rings',
    )
  })
})

test('reminders that were stored before `search` was always written go on', async () => {
  const at = Date.UTC(2040, 0, 1, 8)
  const next = { at: at + 86_400_000, local: '2040-01-02T08:00:00', index: 1 }
  const stored = [
    {
      type: 'reminder.set',
      text: 'tea',
      plan: { type: 'at', at, zone: 'UTC' },
      next: { at, local: '2040-01-01T08:00:00', index: 0 },
      timer: '1.1.0',
    },
    {
      type: 'reminder.rang',
      occurrence: { at, local: '2040-01-01T08:00:00', index: 0 },
      rungAt: at,
      late: false,
      covers: 0,
      next,
      timer: '1.2.0',
    },
    { type: 'reminder.sought', next: null, timer: null },
  ]
  const former = actor<null, { readonly type: 'put' }, { readonly type: string }>({
    kind: 'reminder',
    personal: true,
    initial: null,
    decide: () => ({ type: 'accept', events: stored }),
    evolve: (state) => state,
  })
  const place = { tenant: 'main', home: 'stored', kind: 'reminder', id: 'rem_old' }
  await running([former], async (kernel) => {
    assert.equal((await kernel.submit(command(place, { type: 'put' }))).status, 200)
  })
  await using reader = readerOf([reminder])
  const events = await reader.history({ tenant: 'main', actor: place, limit: 10 })
  assert.deepEqual(
    events.map(({ event }) => [event.type, (event as { readonly search?: null }).search]),
    [
      ['reminder.set', undefined],
      ['reminder.rang', null],
      ['reminder.sought', null],
    ],
  )
  const states: unknown[] = []
  events.reduce((state, { event }) => {
    const after = reminder.evolve(state, event)
    states.push(after)
    return after
  }, reminder.initial)
  assert.deepEqual(
    states.map((state) => {
      const { timer, search } = state as { readonly timer: string | null; readonly search: null }
      return [timer === null ? 'rung' : 'scheduled', search]
    }),
    [
      ['scheduled', null],
      ['scheduled', null],
      ['rung', null],
    ],
  )
})
