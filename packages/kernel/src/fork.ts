import { randomBytes, randomUUID } from 'node:crypto'
import type { Address, Json, Position } from '@hearth/protocol'
import type { Actor, Tagged } from './actor.ts'
import { readRow, unpackRequest } from './codec.ts'
import type { Answer } from './envelope.ts'
import { createKernel } from './kernel.ts'
import { createMemoryLog, createMemoryStore, type MemoryStore } from './memory-log/index.ts'
import { systemClock } from './ports/clock.ts'
import type { Batch, Log } from './ports/log.ts'
import { masterKey } from './seal.ts'
import { takeSnapshot } from './snapshots.ts'

/** An actor as it stood where the fork begins. */
export interface ForkSeed {
  readonly address: Address
  readonly definition: Actor
  readonly state: unknown
  readonly version: number
}

export interface ForkOptions {
  /** All of one home. Actors that are not named here begin anew. */
  readonly seeds: readonly ForkSeed[]
  readonly actors: readonly Actor[]
  /** Positions go on after this one. */
  readonly from: Position
  /** What the clock says, from beginning to end. */
  readonly at: number
  readonly commands: readonly { readonly address: Address; readonly command: Tagged }[]
  readonly principal: string
}

export interface Forked {
  /** In the order of the commands. */
  readonly answers: readonly Answer[]
  readonly events: readonly { readonly address: Address; readonly position: Position; readonly event: Tagged }[]
  /** Asked for and never run. */
  readonly asked: readonly {
    readonly address: Address
    readonly kind: string
    readonly due: number
    readonly request: Json
  }[]
}

const owner = 'fork'

/**
 * Decides commands on a past of a home, with the kernel as it is, on a log in memory that nobody else sees. It has no executor, so that
 * nothing it asks for can reach the world; it takes up nothing of what it owes, so that no timer rings and no other home is asked; and
 * it ends with this call.
 */
export async function runFork(options: ForkOptions): Promise<Forked> {
  const { at, commands, principal } = options
  const store = createMemoryStore()
  const log = createMemoryLog(store)
  await plant(log, options)
  const kernel = createKernel({
    log,
    actors: options.actors.map(opened),
    effects: [],
    settings: { heldEffects: 0 },
    master: masterKey(randomBytes(32)),
    owner,
    lanes: 1,
    clock: { ...systemClock, now: () => at },
    onFenced: () => undefined,
  })
  const answers: Answer[] = []
  await kernel.start()
  try {
    for (const { address, command } of commands)
      await kernel.submit({
        type: 'command',
        id: randomUUID(),
        address,
        command,
        principal,
        correlation: owner,
        key: null,
        bytes: 0,
        present: (answer) => {
          answers.push(answer)
          return { status: 200, body: '' }
        },
      })
  } finally {
    await kernel.stop()
  }
  return { answers, events: eventsIn(store, options), asked: askedIn(store) }
}

// Nothing in the memory of this process needs a seal.
const opened = ({ views: _views, ...actor }: Actor): Actor => ({ ...actor, personal: false, shape: actor.shape ?? 1 })

/** A snapshot of each actor at the point where the fork begins is all of the past that it needs. */
async function plant(log: Log, { seeds, from }: ForkOptions): Promise<void> {
  const { slot, sequence } = from
  await using writer = log.writer('planter')
  const [before] = await writer.claim([slot], 'take')
  if (before === undefined) throw new Error(`slot ${slot} cannot be claimed`)
  const numbered = seeds.map((seed, index) => ({ ...seed, actor: (index + 1) * 256 + slot }))
  const batch: Batch = {
    slots: [{ before, after: { ...before, sequence, actors: before.actors + seeds.length } }],
    rows: [],
    actors: numbered.map(({ actor, address }) => ({ actor, slot, address })),
    snapshots: numbered.map(({ actor, address, definition, state, version }) =>
      takeSnapshot({ actor, tenant: address.tenant, sequence, version, shape: definition.shape ?? 1 }, state, null),
    ),
    asked: [],
    settled: [],
    cancelled: [],
    changed: [],
    keys: [],
    homeKeys: [],
    forgotten: [],
    references: [],
    dead: [],
    mended: [],
    views: new Map(),
  }
  const outcome = await writer.append(batch)
  if (outcome.type !== 'committed') throw new Error(`the past of a fork cannot be laid: ${outcome.type}`)
}

function eventsIn(store: MemoryStore, { actors }: ForkOptions): Forked['events'] {
  const addresses = new Map(store.actors().map(({ actor, address }) => [actor, address]))
  const definitions = new Map(actors.map((actor) => [actor.kind, actor]))
  return store.rows().flatMap((row) => {
    const address = addresses.get(row.actor) as Address
    return readRow(row, undefined, definitions.get(address.kind)).events.map((event, index) => ({
      address,
      position: { slot: row.slot, sequence: row.sequence + index },
      event,
    }))
  })
}

const askedIn = (store: MemoryStore): Forked['asked'] =>
  store.effects().map(({ address, kind, due, request }) => ({
    address,
    kind,
    due,
    request: unpackRequest(request.toString('utf8')).request,
  }))
