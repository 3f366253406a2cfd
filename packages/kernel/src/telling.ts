import { formatAddress, type Address, type Position } from '@hearth/protocol'
import { refuse, type Refusal, type Tell } from './actor.ts'
import type { Deciding } from './ground.ts'
import type { Hot } from './hot.ts'
import { absent, nearby, stage, write, type Origin, type Staged } from './staging.ts'

/** A decision, and those of the actors that it told something, in the order in which they are written. */
export interface StagedChain {
  readonly all: readonly [Staged, ...Staged[]]
}

export type StagedAll = Staged | StagedChain | Refusal | typeof absent

/** How far telling may go on from actor to actor, and how many may be told in one commit. */
export const deepest = 8
export const mostTold = 64

export const firstOf = (staged: Staged | StagedChain): Staged => ('all' in staged ? staged.all[0] : staged)

/**
 * Decides what a decision tells others of its home, before anything is written: each sees what the ones before it came to, and the
 * first that refuses refuses the whole.
 */
export function stageTold(deciding: Deciding, first: Staged | Refusal | typeof absent, hops = 0): StagedAll {
  if (
    first === absent ||
    'type' in first ||
    first.acceptance.tells === undefined ||
    first.acceptance.tells.length === 0
  )
    return first
  const chain = new Chain(deciding, first, hops)
  return chain.tell(first, 1) ?? { all: [first, ...chain.told] }
}

/** Writes all of it and says at which position its last event is; null when there is none. */
export function writeAll(deciding: Deciding, staged: Staged | StagedChain, origin: Origin): Position | null {
  if (!('all' in staged)) return write(deciding, staged, origin)
  let last: Position | null = null
  for (const each of staged.all) {
    // An actor that comes twice got its number in the draft when it was written the first time.
    const before = deciding.draft.hot(each.before.name) ?? each.before
    last = write(deciding, { ...each, before }, origin) ?? last
  }
  return last
}

class Chain {
  readonly told: Staged[] = []
  readonly #deciding: Deciding
  /** Actors as they are after what is staged so far. */
  readonly #after = new Map<string, Hot>()
  readonly #hops: number
  #events = 0

  constructor(deciding: Deciding, first: Staged, hops: number) {
    this.#deciding = deciding
    this.#hops = hops
    this.#take(first)
  }

  /** Undefined when all that was told is staged. */
  tell({ before, acceptance }: Staged, depth: number): Refusal | typeof absent | undefined {
    for (const tell of acceptance.tells ?? []) {
      if (depth > deepest)
        return refuse('tell.too-deep', `One command may lead from actor to actor ${deepest} times at most.`)
      if (this.told.length === mostTold)
        return refuse('tell.too-many', `One command may tell ${mostTold} actors something at most.`)
      const ended = this.#tellOne(before.address, tell, depth)
      if (ended !== undefined) return ended
    }
    return undefined
  }

  #tellOne({ tenant, home }: Address, { to, command }: Tell, depth: number): Refusal | typeof absent | undefined {
    const hot = this.#hotOf({ tenant, home, kind: to.kind, id: to.id })
    if (hot === absent) return absent
    const { definition, state } = hot
    const from = { hops: this.#hops }
    const staged = stage(
      this.#deciding,
      hot,
      (context) => definition.decide(state, command, context),
      this.#events,
      from,
      (_deciding, address) => this.#hotOf(address),
    )
    if (staged === absent || 'type' in staged) return staged
    this.told.push(staged)
    this.#take(staged)
    return this.tell(staged, depth + 1)
  }

  #hotOf(address: Address): Hot | typeof absent {
    return this.#after.get(formatAddress(address)) ?? nearby(this.#deciding, address)
  }

  #take({ before, state, weight, acceptance }: Staged): void {
    const count = acceptance.events.length
    this.#events += count
    this.#after.set(before.name, { ...before, state, weight, version: before.version + count })
  }
}
