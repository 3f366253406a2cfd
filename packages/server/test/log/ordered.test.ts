import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { actor, type Ask, type EffectKind, type Kernel, type KernelOptions, type Log } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import { createPostgresLog } from '../../src/store/log.ts'
import { command, openStore, until, type TestStore } from './store.ts'

interface Say {
  readonly type: 'say'
  readonly words: readonly string[]
  readonly order: string | null
  readonly due?: number
}
type Event = { readonly type: 'asked' | 'cancelled' } | { readonly type: 'said'; readonly word: string }

const speaker = actor<
  number,
  Say | { readonly type: 'cancel'; readonly id: string } | { readonly type: 'forget' },
  Event
>({
  kind: 'speaker',
  personal: true,
  initial: 0,
  shape: 1,
  decide: (_state, given, context) => {
    if (given.type === 'cancel') return { type: 'accept', events: [{ type: 'cancelled' }], cancels: [given.id] }
    if (given.type === 'forget') return { type: 'accept', events: [{ type: 'cancelled' }], forgets: true }
    const asks = given.words.map((word): Ask => ({
      kind: 'say',
      request: word,
      ...(given.due === undefined ? {} : { due: given.due }),
      ...(given.order === null ? {} : { order: given.order }),
    }))
    return {
      type: 'accept',
      events: [{ type: 'asked' }],
      asks,
      answer: asks.map((_, ordinal) => context.effect(ordinal)),
    }
  },
  settle: (_state, { request }) => ({ type: 'accept', events: [{ type: 'said', word: String(request) }] }),
  evolve: (state, event) => (event.type === 'said' ? state + 1 : state),
})

const at = (home: string): Address => ({ tenant: 'main', home, kind: 'speaker', id: 'one' })

let store: TestStore
before(async () => {
  store = await openStore([speaker])
})
after(() => store[Symbol.asyncDispose]())

async function opened(options: Partial<KernelOptions>): Promise<Kernel & AsyncDisposable> {
  const kernel = store.kernel({ actors: [speaker], ...options })
  await kernel.start()
  return { ...kernel, [Symbol.asyncDispose]: () => kernel.stop() }
}

const idle: KernelOptions['runner'] = () => ({
  start: () => undefined,
  attach: () => Promise.reject(new Error('not here')),
  cut: () => undefined,
  counts: () => new Map(),
  stop: async () => {},
})

interface Mouth {
  readonly kind: EffectKind
  /** `+a` when it began, `-a` when it ended. */
  readonly heard: string[]
  /** Of attempts that hang until they are let go of. */
  readonly release: () => void
}

function mouth(fails: (word: string, attempt: number) => boolean = () => false, hangs = false): Mouth {
  const heard: string[] = []
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const kind: EffectKind = {
    kind: 'say',
    delivery: 'idempotent',
    concurrency: 100,
    timeoutMs: 20_000,
    backoffMs: () => 20,
    run: async (request, { attempt }) => {
      const word = String(request)
      heard.push(`+${word}`)
      if (hangs) await released
      else await new Promise((resolve) => setTimeout(resolve, 5))
      heard.push(`-${word}`)
      return fails(word, attempt) ? { type: 'retryable', reason: 'not heard' } : { type: 'done', value: null }
    },
  }
  return { kind, heard, release: () => release() }
}

const say = async (kernel: Kernel, home: string, words: readonly string[], order: string | null): Promise<string[]> =>
  JSON.parse((await kernel.submit(command(at(home), { type: 'say', words, order } as { readonly type: string }))).body)

const oneByOne = (words: readonly string[]): readonly string[] => words.flatMap((word) => [`+${word}`, `-${word}`])

test('those under one order run one by one, as they were asked for, also over several commands', async () => {
  const { kind, heard } = mouth()
  await using kernel = await opened({ effects: [kind] })
  const words = ['a', 'b', 'c', 'd', 'e', 'f']
  await Promise.all([say(kernel, 'one', words.slice(0, 3), 'chat'), say(kernel, 'one', words.slice(3), 'chat')])
  await until(() => heard.length === 12, 'all is said')
  assert.deepEqual(heard, oneByOne(words))
})

test('one that is tried again keeps the others waiting, and only those of its own order and home', async () => {
  // It fails for as long as any of those is not said that must not wait for it.
  const { kind, heard } = mouth((word, attempt) => {
    const others = ['-free', '-x', '-y'].every((one) => heard.includes(one))
    return word === 'a' && (attempt < 3 || !others)
  })
  await using kernel = await opened({ effects: [kind] })
  await say(kernel, 'two', ['a', 'b'], 'chat')
  await say(kernel, 'two', ['free'], null)
  await say(kernel, 'two', ['x'], 'mail')
  await say(kernel, 'three', ['y'], 'chat')
  await until(() => heard.includes('-b'), 'all is said')
  const tries = heard.filter((one) => one === '+a')
  assert.ok(tries.length >= 3)
  assert.deepEqual(
    heard.filter((one) => /[ab]$/.test(one)),
    oneByOne([...tries.map(() => 'a'), 'b']),
  )
})

test('one whose turn has not come can be cancelled, and its place in the line goes with it', async () => {
  const { kind, heard, release } = mouth(undefined, true)
  await using kernel = await opened({ effects: [kind] })
  const [, second = ''] = await say(kernel, 'four', ['a', 'b', 'c'], 'chat')
  await until(() => heard.length === 1, 'the first is under way')
  await kernel.submit(command(at('four'), { type: 'cancel', id: second } as { readonly type: string }))
  release()
  await until(() => heard.length === 4, 'the rest is said')
  assert.deepEqual(heard, oneByOne(['a', 'c']))
})

test('the order stands when the process is another one, and when more wait than are held', async () => {
  const words = Array.from({ length: 60 }, (_, index) => `w${index}`)
  const silent = mouth(undefined, true)
  {
    await using kernel = await opened({
      effects: [silent.kind],
      settings: { heldEffects: 5 },
      runner: idle,
    })
    for (const home of ['five', 'six', 'seven'])
      for (let from = 0; from < 60; from += 20)
        await say(
          kernel,
          home,
          words.slice(from, from + 20).map((word) => `${home} ${word}`),
          'chat',
        )
  }
  const { kind, heard } = mouth()
  await using kernel = await opened({ effects: [kind], settings: { heldEffects: 5 } })
  await until(() => heard.length === 360, 'all is said')
  for (const home of ['five', 'six', 'seven'])
    assert.deepEqual(
      heard.filter((one) => one.includes(home)),
      oneByOne(words.map((word) => `${home} ${word}`)),
    )
  assert.ok(kernel.running().get('say') === 0)
})

test('a line goes on when its first lay in the database alone, and was forgotten with its person', async () => {
  const { kind, heard } = mouth((word) => word === 'a')
  await using kernel = await opened({
    effects: [{ ...kind, backoffMs: () => 3_600_000 }],
    settings: { heldEffects: 5 },
    lanes: 1,
  })
  await say(kernel, 'nine', ['a', 'b'], 'chat')
  await until(() => heard.length === 2, 'the first has failed')
  // So much is due before it that it is not held any more.
  const soon = Date.now() + 1_800_000
  const words = Array.from({ length: 20 }, (_, index) => `w${index}`)
  await kernel.submit(command(at('ten'), { type: 'say', words, order: null, due: soon } as { readonly type: string }))
  await kernel.submit(command(at('nine'), { type: 'forget' }, { alone: true }))
  await say(kernel, 'nine', ['c', 'd'], 'chat')
  await until(() => heard.length === 6, 'the rest is said')
  assert.deepEqual(heard, oneByOne(['a', 'c', 'd']))
})

test('a long line that is passed over keeps nobody waiting', async () => {
  const words = Array.from({ length: 60 }, (_, index) => `w${index}`)
  const hanging = mouth(undefined, true)
  {
    await using kernel = await opened({ effects: [hanging.kind], runner: idle })
    for (let round = 0; round < 20; round += 1) await say(kernel, 'long', words, 'chat')
  }
  const pages: number[] = []
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const counting: Log = {
    ...log,
    writer: (owner) => {
      const writer = log.writer(owner)
      return {
        ...writer,
        owed: (...question) => {
          if (question[1] === 'others') pages.push(1)
          return writer.owed(...question)
        },
      }
    },
  }
  await using kernel = await opened({ effects: [hanging.kind], log: counting, settings: { heldEffects: 5 }, lanes: 1 })
  await say(kernel, 'another', [], null)
  const read = pages.length
  await until(() => pages.length >= 200, 'the line is passed over')
  assert.ok(read < 100, `${read} pages were read before it was answered`)
  hanging.release()
})

test('a timer stands in no line', async () => {
  const { kind } = mouth()
  const wrong = {
    ...speaker,
    decide: () => ({
      type: 'accept',
      events: [{ type: 'asked' }],
      asks: [{ kind: 'timer', request: null, order: 'x' }],
    }),
  } as never
  await using kernel = await opened({ effects: [kind], actors: [wrong] })
  assert.equal((await kernel.submit(command(at('eight'), { type: 'say' }))).status, 500)
})
