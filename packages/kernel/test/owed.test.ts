// shows: B10, D13
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createManualClock, type ManualClock } from '@hearth/testing'
import {
  actor,
  createKernel,
  createMemoryLog,
  createMemoryStore,
  masterKey,
  type AttemptResult,
  type Clock,
  type CommandEnvelope,
  type EffectKind,
  type Kernel,
  type KernelOptions,
  type Log,
  type LogWriter,
} from '../src/index.ts'
import { done, kind, until } from './running.ts'

type Said = { readonly type: 'say'; readonly texts: readonly string[] } | { readonly type: 'repair' }

let isMended = true
const speaker = actor<number, Said, { type: 'said' | 'heard' }>({
  kind: 'speaker',
  personal: true,
  initial: 0,
  decide: (_count, command) =>
    command.type === 'say'
      ? {
          type: 'accept',
          events: [{ type: 'said' }],
          asks: command.texts.map((request) => ({ kind: 'post', request })),
        }
      : { type: 'accept', events: [] },
  settle: () => {
    if (!isMended) throw new Error('this code cannot settle it')
    return { type: 'accept', events: [{ type: 'heard' }] }
  },
  evolve: (count) => count + 1,
})
const person = actor<number, { type: 'forget' }, { type: 'person.forgotten' }>({
  kind: 'person',
  personal: false,
  initial: 0,
  decide: () => ({ type: 'accept', events: [{ type: 'person.forgotten' }], forgets: true }),
  settle: () => ({ type: 'accept', events: [] }),
  evolve: (count) => count + 1,
})

const command = (
  home: string,
  actorKind: string,
  body: object,
  more: Partial<CommandEnvelope> = {},
): CommandEnvelope => ({
  type: 'command',
  id: randomUUID(),
  address: { tenant: 'main', home, kind: actorKind, id: 'one' },
  command: body as CommandEnvelope['command'],
  principal: 'p',
  correlation: 'c',
  key: null,
  bytes: 10,
  present: (answer) => ({ status: answer.type === 'accepted' ? 200 : 409, body: JSON.stringify(answer) }),
  ...more,
})

const posts = (over: Partial<EffectKind>): EffectKind =>
  kind({ kind: 'post', concurrency: 1, timeoutMs: 15_000, ...over })

const master = masterKey(randomBytes(32))

function begin(log: Log, effect: EffectKind, more: Partial<KernelOptions> = {}): Kernel {
  return createKernel({
    log,
    actors: [speaker, person],
    effects: [effect],
    master,
    owner: 'one',
    lanes: 1,
    onFenced: () => assert.fail('it was fenced'),
    ...more,
  })
}

/** A log with some of its answers changed. */
const changed = (log: Log, change: (inner: LogWriter) => Partial<LogWriter>): Log => ({
  ...log,
  writer: (owner) => {
    const inner = log.writer(owner)
    return { ...inner, [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](), ...change(inner) }
  },
})

test('once a person is forgotten nothing that was owed to them is sent any more, also where it waited for its turn', async () => {
  const sent: unknown[] = []
  const gate = Promise.withResolvers<AttemptResult>()
  const post = posts({ run: (request) => (sent.push(request), gate.promise) })
  const kernel = begin(createMemoryLog(createMemoryStore()), post)
  await kernel.start()
  await kernel.submit(command('ann', 'speaker', { type: 'say', texts: ['1', '2', '3'] }))
  await kernel.submit(command('bob', 'speaker', { type: 'say', texts: ['4'] }))
  await until(() => sent.length === 1)
  const { status } = await kernel.submit(command('ann', 'person', { type: 'forget' }, { alone: true }))
  assert.equal(status, 200)
  gate.resolve(done)
  await until(() => sent.length === 2 && kernel.running().get('post') === 0)
  assert.deepEqual(sent, ['1', '4'])
  await kernel.stop()
})

for (const [which, delivery] of [
  ['that nobody may make twice', 'unsafe'],
  ['under a lease', 'idempotent'],
] as const)
  test(`an attempt ${which} that waited for its turn when the server stopped is made after the next start, as the first`, async () => {
    const store = createMemoryStore()
    const attempts: unknown[] = []
    const post = posts({
      delivery,
      leased: delivery === 'idempotent',
      run: async (request, { attempt }) => {
        attempts.push([request, attempt])
        await new Promise((resolve) => setTimeout(resolve, 20))
        return done
      },
    })
    const first = begin(createMemoryLog(store), post)
    await first.start()
    await first.submit(command('ann', 'speaker', { type: 'say', texts: ['1', '2', '3'] }))
    await until(() => attempts.length === 1)
    await first.stop()
    assert.deepEqual(attempts, [['1', 1]])
    const next = begin(createMemoryLog(store), post)
    await next.start()
    await until(() => store.effects().length === 0)
    assert.deepEqual(attempts.toSorted(), [
      ['1', 1],
      ['2', 1],
      ['3', 1],
    ])
    await next.stop()
  })

test('an effect that is run again runs also where the commit that said so was not known to have happened', async () => {
  const store = createMemoryStore()
  let isLying = false
  const log = changed(createMemoryLog(store), (inner) => ({
    append: async (batch) => {
      const outcome = await inner.append(batch)
      if (!isLying || batch.changed.length === 0) return outcome
      isLying = false
      return { type: 'unknown', reason: 'the connection died after its commit' }
    },
  }))
  let runs = 0
  const kernel = begin(log, posts({ run: () => Promise.resolve((runs += 1)).then(() => done) }))
  await kernel.start()
  isMended = false
  await kernel.submit(command('ann', 'speaker', { type: 'say', texts: ['1'] }))
  await until(() => store.effects()[0]?.state === 'stuck')
  isMended = true
  isLying = true
  const [{ slot, sequence, ordinal } = assert.fail()] = store.effects()
  const repairs = { what: { effect: { slot, sequence, ordinal } }, as: 'again' } as const
  await kernel.submit(command('ann', 'speaker', { type: 'repair' }, { alone: true, repairs }))
  await until(() => store.effects().length === 0)
  assert.equal(runs, 2)
  await kernel.stop()
})

test('a question that wakes what waits may hang or lose its answer: the lane serves on, and what it woke runs', async () => {
  const store = createMemoryStore()
  const sent: unknown[] = []
  const post = posts({ run: (request) => (sent.push(request), Promise.resolve(done)) })
  const needy = begin(createMemoryLog(store), { ...post, kind: 'another' })
  await needy.start()
  await needy.submit(command('ann', 'speaker', { type: 'say', texts: ['1'] }))
  await until(() => store.effects()[0]?.state === 'waiting')
  const [{ failure } = assert.fail()] = store.effects()
  assert.ok(failure !== null)
  await needy.stop()

  let trouble: 'hangs' | 'loses its answer' | null = null
  let letGo = (): void => undefined
  const log = changed(createMemoryLog(store), (inner) => ({
    wake: async (...question) => {
      const before = trouble
      trouble = null
      if (before === 'hangs')
        await new Promise((_, reject) => (letGo = () => reject(new Error('the connection was closed'))))
      // What is met when a kernel starts is woken by its start.
      const rows = sent.length === 0 && before === null ? [] : await inner.wake(...question)
      if (before !== null) throw new Error('the answer was lost')
      return rows
    },
    interrupt: () => letGo(),
  }))
  const kernel = begin(log, post, { settings: { patienceMs: 30 } })
  await kernel.start()
  trouble = 'hangs'
  assert.equal(await kernel.wake([failure]), 0)
  assert.equal((await kernel.submit(command('bob', 'speaker', { type: 'say', texts: [] }))).status, 200)
  trouble = 'loses its answer'
  await kernel.wake([failure])
  await until(() => sent.length === 1)
  assert.deepEqual(sent, ['1'])
  await kernel.stop()
})

/** Lets time pass while what waits for nothing but the event loop goes on. */
async function passes(clock: ManualClock, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 100) {
    clock.advance(100)
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
  }
}

/** Lets time pass until it has ended. */
async function ended<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isOver = false
  const noted = work.finally(() => (isOver = true))
  noted.catch(() => undefined)
  while (!isOver) await passes(clock, 100)
  return noted
}

test('a receiver that hangs keeps its own effects waiting, and not what others are owed', async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1))
  const store = createMemoryStore()
  const sent: unknown[] = []
  let isHanging = true
  const post = posts({
    concurrency: 100,
    groupConcurrency: 8,
    group: (request) => String(request).slice(0, 1),
    run: (request, { signal }) => {
      if (isHanging && String(request).startsWith('h'))
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))))
      sent.push(request)
      return Promise.resolve(done)
    },
  })
  const kernel = begin(createMemoryLog(store), post, { clock: clock satisfies Clock, settings: { heldEffects: 150 } })
  await ended(clock, kernel.start())
  const say = async (tenant: string, texts: readonly string[]): Promise<void> => {
    const envelope = command('ann', 'speaker', { type: 'say', texts })
    await ended(clock, kernel.submit({ ...envelope, address: { ...envelope.address, tenant } }))
  }
  const hanging = Array.from({ length: 400 }, (_, index) => `h${index}`)
  for (let from = 0; from < hanging.length; from += 50) await say('main', hanging.slice(from, from + 50))
  await say('other', ['ok'])
  assert.deepEqual(sent, [], 'all places are taken for now')
  await passes(clock, 20_000)
  assert.deepEqual(sent, ['ok'])
  isHanging = false
  await passes(clock, 300_000)
  assert.deepEqual(sent.slice(1).toSorted(), hanging.toSorted(), 'each comes when its receiver does')
  assert.deepEqual(store.effects(), [])
  await ended(clock, kernel.stop())
})
