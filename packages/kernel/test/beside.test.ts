// shows: B10
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createManualClock } from '@hearth/testing'
import type { Address } from '@hearth/protocol'
import {
  actor,
  createKernel,
  createMemoryLog,
  createMemoryStore,
  masterKey,
  type Decision,
  type LaneSettings,
  type LoadRequest,
  type Log,
  type Tagged,
} from '../src/index.ts'
import { passing } from './passing.ts'

interface Mood {
  readonly quiet: boolean
}

type MoodEvent = { readonly type: 'changed'; readonly quiet: boolean }

const mood = actor<Mood, { readonly type: 'be'; readonly quiet: boolean }, MoodEvent>({
  kind: 'mood',
  personal: true,
  initial: { quiet: false },
  shape: 1,
  decide: (_state, { quiet }) => ({ type: 'accept', events: [{ type: 'changed', quiet }], answer: null }),
  evolve: (_state, { quiet }) => ({ quiet }),
})

type BellCommand =
  | { readonly type: 'set'; readonly due: number }
  | { readonly type: 'look' }
  | { readonly type: 'change-and-look' }
  | { readonly type: 'told-to-look' }
type BellEvent = { readonly type: 'set' } | { readonly type: 'rang'; readonly quiet: boolean }

const rung: boolean[] = []
const all = { kind: 'mood', id: 'all' }
const moodBeside = ({ beside }: { beside(kind: string, id: string): unknown }): boolean =>
  (beside('mood', 'all') as Mood).quiet

const bell = actor<number, BellCommand, BellEvent>({
  kind: 'bell',
  personal: true,
  initial: 0,
  shape: 1,
  beside: [all],
  decide: (_state, command, context): Decision<BellEvent> => {
    switch (command.type) {
      case 'set':
        return { type: 'accept', events: [{ type: 'set' }], asks: [{ kind: 'timer', due: command.due, request: null }] }
      case 'look':
        return { type: 'accept', events: [], answer: moodBeside(context) }
      case 'change-and-look': {
        const be: Tagged & { readonly quiet: boolean } = { type: 'be', quiet: true }
        const look: Tagged = { type: 'told-to-look' }
        const tells = [
          { to: all, command: be },
          { to: { kind: 'bell', id: 'other' }, command: look },
        ]
        return { type: 'accept', events: [{ type: 'set' }], tells, answer: null }
      }
      case 'told-to-look':
        return { type: 'accept', events: [{ type: 'rang', quiet: moodBeside(context) }] }
    }
  },
  settle: (_state, _settlement, context) => ({
    type: 'accept',
    events: [{ type: 'rang', quiet: moodBeside(context) }],
  }),
  evolve: (count) => count + 1,
  views: [
    {
      name: 'bells',
      version: 1,
      columns: {},
      project: (_state, event) => {
        if (event.type === 'rang') rung.push(event.quiet)
        return []
      },
    },
  ],
})

const begin = Date.UTC(2030, 0, 1)

/** A kernel, and what it loads. */
async function started(settings: Partial<LaneSettings> = {}) {
  rung.length = 0
  const clock = createManualClock(begin)
  const loads: LoadRequest[] = []
  const inner = createMemoryLog(createMemoryStore())
  const log: Log = {
    ...inner,
    writer: (owner) => {
      const writer = inner.writer(owner)
      const load = (wanted: LoadRequest) => {
        loads.push(wanted)
        return writer.load(wanted)
      }
      return { ...writer, load, [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose]() }
    },
  }
  const kernel = createKernel({
    log,
    actors: [mood, bell],
    effects: [],
    master: masterKey(randomBytes(32)),
    owner: 'a',
    lanes: 1,
    clock,
    onFenced: () => assert.fail('fenced'),
    settings,
  })
  const passesUntil = passing(clock, 1)
  await passesUntil(kernel.start())
  const tell = async (to: Pick<Address, 'kind' | 'id'>, command: BellCommand | Tagged): Promise<unknown> => {
    const submitted = kernel.submit({
      type: 'command',
      id: randomUUID(),
      address: { tenant: 'main', home: 'h', ...to },
      command,
      principal: 'owner',
      correlation: 'c',
      key: null,
      bytes: 10,
      present: (answer) =>
        answer.type === 'accepted'
          ? { status: 200, body: JSON.stringify(answer.output) }
          : { status: 409, body: JSON.stringify(answer.code) },
    })
    const { status, body } = await passesUntil(submitted)
    return [status, JSON.parse(body)]
  }
  const ring = async (count: number): Promise<void> => {
    for (let tries = 0; rung.length < count; tries += 1) {
      assert.ok(tries < 2000, 'never rang')
      clock.advance(1000)
      await new Promise(setImmediate)
    }
  }
  return { kernel, loads, tell, ring, [Symbol.asyncDispose]: () => passesUntil(kernel.stop()) }
}

const one = { kind: 'bell', id: 'one' }

test('a decision sees another actor of its home, where it has been and where it never was', async () => {
  await using running = await started()
  assert.deepEqual(await running.tell(one, { type: 'look' }), [200, false])
  await running.tell(all, { type: 'be', quiet: true } as Tagged)
  assert.deepEqual(await running.tell(one, { type: 'look' }), [200, true])
})

test('it sees what was decided just before it, in its batch and in its own chain of tells', async () => {
  await using running = await started()
  const answers = await Promise.all([
    running.tell(one, { type: 'look' }),
    running.tell(all, { type: 'be', quiet: true } as Tagged),
    running.tell(one, { type: 'look' }),
  ])
  assert.deepEqual(answers, [
    [200, false],
    [200, null],
    [200, true],
  ])
  await running.tell(all, { type: 'be', quiet: false } as Tagged)
  await running.tell(one, { type: 'change-and-look' })
  assert.deepEqual(rung, [true])
})

test('the end of an effect sees it, and it is loaded once, with the actor that looks', async () => {
  await using running = await started()
  const { loads, tell, ring } = running
  for (let bells = 0; bells < 3; bells += 1)
    await tell({ kind: 'bell', id: `${bells}` }, { type: 'set', due: begin + 600_000 + bells * 60_000 })
  loads.length = 0
  await ring(3)
  const asked = loads.flatMap(({ addresses }) => addresses.filter(({ kind }) => kind === 'mood'))
  assert.equal(asked.length, 1, 'that it has never been is known')
  await tell(all, { type: 'be', quiet: true } as Tagged)
  await tell(one, { type: 'set', due: begin + 1_500_000 })
  await ring(4)
  assert.deepEqual(rung, [false, false, false, true])
})

test('with no room in memory each batch loads what its ends look at, in one turn', async () => {
  await using running = await started({ hotBytes: 0 })
  const { loads, tell, ring } = running
  await tell(all, { type: 'be', quiet: true } as Tagged)
  await tell(one, { type: 'set', due: begin + 60_000 })
  loads.length = 0
  await ring(1)
  assert.deepEqual(rung, [true])
  assert.deepEqual(
    loads.map(({ addresses }) => addresses.map(({ kind }) => kind).toSorted()),
    [['bell', 'mood']],
  )
})
