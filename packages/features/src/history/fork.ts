import { runFork, slotOf, type Actor, type ForkSeed } from '@hearth/kernel'
import {
  allows,
  formatAddress,
  formatInstant,
  formatPosition,
  HearthError,
  jsonPatch,
  schema,
  type Address,
  type Json,
} from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller, type Commanded } from '../feature.ts'
import { invalid } from '../position-in.ts'
import { actorIn, untilOf } from './moment.ts'
import { change, moment, positionOf } from './state.ts'
import { stateAt, type StateAt, type Until } from './state-at.ts'

interface WantedCall {
  readonly operation: string
  readonly input: unknown
}

const answer = z.object({ code: z.string().nullable(), output: schema.json() })

export const fork = operation({
  name: 'actors.fork',
  type: 'read',
  summary:
    'Say what commands would lead to on an actor’s home as it stood at a moment. Nothing is kept, and nothing is run.',
  input: z.strictObject({
    actor: schema.text({ max: 1000 }),
    ...moment,
    calls: z
      .array(z.strictObject({ operation: schema.text({ max: 200 }), input: schema.json() }))
      .min(1)
      .max(100),
  }),
  output: z.object({
    from: z.string().nullable(),
    answers: z.array(answer),
    events: z.array(z.object({ position: z.string(), actor: z.string(), type: z.string(), data: schema.json() })),
    asked: z.array(z.object({ actor: z.string(), kind: z.string(), due: schema.instant() })),
    state: schema.json(),
    changes: z.array(change),
  }),
  permission: 'events.read',
  consequence: 'read',
  path: { method: 'POST', path: '/actors/fork' },
  examples: [
    {
      title: 'Had it been cancelled then',
      input: {
        actor: 'main/owner/reminder/rem_01',
        at: '2026-05-01T00:00:00Z',
        calls: [{ operation: 'reminders.cancel', input: { id: 'rem_01' } }],
      },
    },
  ],
  errors: ['actor.forgotten', 'actor.kind-unknown', 'actor.unknown', 'fork.outside', 'operation.unknown'],
  read: async ({ actor, at, position, calls }, caller) => {
    const address = actorIn(actor, caller)
    const until = untilOf(address, { at, position })
    const point = await stateAt(address, until, caller)
    const now = until.at ?? (position === undefined ? caller.now : (point.last?.at ?? caller.now))
    const commands = await commandsOf(calls, address, insideOf(caller, now))
    const seeds = await seedsOf([address, ...commands.map((each) => each.address)], until, caller)
    const { answers, events, asked } = await runFork({
      seeds,
      actors: [...new Set(seeds.map(({ definition }) => definition))],
      from: { slot: slotOf(address.tenant, address.home), sequence: until.sequence ?? point.last?.sequence ?? 0 },
      at: now,
      commands,
      principal: caller.principal.id,
    })
    const name = formatAddress(address)
    const definition = definitionOf(address, caller)
    const state = events
      .filter((each) => formatAddress(each.address) === name)
      .reduce((held, { event }) => definition.evolve(held, event) as Json, point.state)
    return {
      from: positionOf(point),
      answers: answers.map((each) =>
        each.type === 'accepted' ? { code: null, output: each.output } : { code: each.code, output: each.detail },
      ),
      events: events.map(({ address: where, position: place, event: { type, ...data } }) => ({
        position: formatPosition(place),
        actor: formatAddress(where),
        type,
        data,
      })),
      asked: asked.map(({ address: where, kind, due }) => ({
        actor: formatAddress(where),
        kind,
        due: formatInstant(due),
      })),
      state,
      changes: [...jsonPatch(point.state, state)],
    }
  },
})

/** Whoever calls, as the operations in a fork know them: the world is not asked and not reached. */
const insideOf = (caller: Caller, now: number): Caller => ({
  ...caller,
  now,
  assertReachable: () => Promise.resolve(),
  attach: ({ kind }) => Promise.reject(outside(`An effect of kind ${kind} is not run in a fork.`)),
})

const outside = (message: string): HearthError => new HearthError('fork.outside', message)

/** What the calls command, checked as if they were made: by the caller's own permissions, within the home that is forked. */
async function commandsOf(calls: readonly WantedCall[], { tenant, home }: Address, caller: Caller) {
  const commands: Commanded[] = []
  for (const [index, { operation: name, input }] of calls.entries()) {
    const wanted = caller.operation(name)
    if (wanted === undefined) throw new HearthError('operation.unknown', `There is no operation ${name}.`)
    if (!allows(caller.principal, wanted.permission))
      throw new HearthError('auth.permission-missing', `This key lacks the scope ${wanted.permission}.`)
    if (caller.principal.bound === true && wanted.reach === 'tenant')
      throw new HearthError('auth.home-refused', 'This key reaches its own home only.')
    if (wanted.type !== 'command') throw outside(`${name} commands nothing.`)
    if (wanted.attached === true) throw outside(`${name} does something in the world before it commands anything.`)
    const parsed = wanted.input.safeParse(input)
    if (!parsed.success) throw invalid(`calls.${index}.input`, parsed.error.issues[0]?.message ?? 'is not valid')
    const commanded = await wanted.command(parsed.data, caller)
    if (commanded.address.tenant !== tenant || commanded.address.home !== home)
      throw outside(`${name} is about another home than the one that is forked.`)
    commands.push(commanded)
  }
  return commands
}

async function seedsOf(addresses: readonly Address[], until: Until, caller: Caller): Promise<readonly ForkSeed[]> {
  const seeds = new Map<string, ForkSeed>()
  for (const address of addresses) {
    const name = formatAddress(address)
    if (seeds.has(name)) continue
    const { state, version } = await pastOf(address, until, caller)
    seeds.set(name, { address, definition: definitionOf(address, caller), state, version })
  }
  return [...seeds.values()]
}

async function pastOf(address: Address, until: Until, caller: Caller): Promise<Pick<StateAt, 'state' | 'version'>> {
  try {
    return await stateAt(address, until, caller)
  } catch (error) {
    if (!(error instanceof HearthError) || error.code !== 'actor.unknown') throw error
    return { state: definitionOf(address, caller).initial as Json, version: 0 }
  }
}

function definitionOf({ kind }: Address, { actor }: Pick<Caller, 'actor'>): Actor {
  const definition = actor(kind)
  if (definition !== undefined) return definition
  throw new HearthError('actor.kind-unknown', `No feature that is on knows actors of kind ${kind}.`)
}
