import {
  canonicalJson,
  formatPosition,
  HearthError,
  parsePositions,
  type ErrorTable,
  type Position,
  type Principal,
} from '@hearth/protocol'
import type { Caller, Operation } from '@hearth/features'
import { slotOf } from '@hearth/kernel'
import { assertAllowed, assertReaches, homeOf, parseInput } from '../call.ts'
import type { Admit } from '../access/rates.ts'
import type { Progress } from '../store/progress.ts'
import { placeOf, type Hub } from './hub.ts'
import type { Subject } from './query.ts'
import { topicOf } from './turn-parts.ts'
import type { Reading } from './versions.ts'
import type { Watcher, Watching } from './watcher.ts'

export interface WatchRequest {
  readonly operation: string
  readonly input: unknown
  /** The position of the last update that the watcher has. */
  readonly from?: string | undefined
  readonly watcher: Watcher
}

/** Rejects with a HearthError for what a caller did. */
export type Watch = (request: WatchRequest) => Promise<Watching>

export interface WatchOptions {
  readonly operations: ReadonlyMap<string, Operation>
  readonly hub: Hub
  readonly progress: Progress
  readonly admit?: Admit
  caller(principal: Principal): Caller
  /** Resolves when reads see these positions. Throws `read.behind`. */
  wait(positions: readonly Position[]): Promise<void>
}

type Watchable = Extract<Operation, { type: 'read' }>

/** The one way to watch an operation: checks are here and nowhere else. */
export function createWatch(options: WatchOptions): Watch {
  return async ({ operation: name, input: given, from, watcher }) => {
    const operation = options.operations.get(name)
    if (operation === undefined) throw new HearthError('operation.unknown', 'There is no operation of this name.')
    const principal = watcher.who()
    await options.admit?.(principal)
    assertAllowed(principal, operation)
    if (operation.type !== 'read' || operation.watches === undefined)
      throw new HearthError('watch.not-watchable', 'This operation cannot be watched.')
    const input = parseInput(operation, given)
    assertReaches(principal, operation, input)
    if (from !== undefined) await arrive(options, from)
    return await options.hub.watch(subjectOf(options, operation, input, principal), watcher, from)
  }
}

/** Waits for where the watcher was. Where that does not come it is given everything. */
async function arrive(options: WatchOptions, from: string): Promise<void> {
  const positions = parsePositions(from)
  if (positions.length > 1) throw new HearthError('read.position-invalid', 'A watch goes on from one position.')
  await options.wait(positions).catch((error: unknown) => {
    if (!(error instanceof HearthError) || error.code !== 'read.behind') throw error
  })
}

function subjectOf(
  options: WatchOptions,
  operation: Watchable,
  given: unknown,
  { tenant, home: own }: Principal,
): Subject {
  const home = homeOf(given, { home: own })
  // Whose home it is by default does not count any more, so that all who ask the same share one answer.
  const input = { ...(given as object), home: undefined }
  const { permission, name, watches = [] } = operation
  const actor = operation.hears?.(input)
  return {
    key: [tenant, home, name, canonicalJson(input)].join('\n'),
    tenant,
    permission,
    places: watches.map((view) => placeOf(view.name, tenant, home)),
    hears: actor === undefined ? undefined : topicOf({ tenant, home, ...actor }),
    read: () => read(options, operation, input, { tenant, kind: 'hearth', home, id: 'hearth', scopes: [] }),
  }
}

const tries = 3

/** Reads until nothing was committed in the slot meanwhile, a few times at most. */
async function read(
  { progress, caller }: WatchOptions,
  operation: Watchable,
  input: unknown,
  principal: Principal,
): Promise<Reading> {
  const slot = slotOf(principal.tenant, principal.home)
  const { watches = [] } = operation
  const sources = new Set(watches.map((view) => (progress.trails(view) ? view : 'log')))
  const reached = async (): Promise<number> => {
    const all = await Promise.all([...sources].map((of) => progress.reached(of, [slot])))
    return Math.min(...all.map((each) => each.get(slot) ?? 0))
  }
  let before = await reached()
  for (let left = tries; ; left -= 1) {
    const body = JSON.stringify(await operation.read(input, caller(principal)))
    const after = await reached()
    const isStill = before === after
    // What trails may have come further than it says.
    const exact = isStill && !watches.some((view) => progress.trails(view))
    if (isStill || left <= 1) return { position: formatPosition({ slot, sequence: before }), body, exact }
    before = after
  }
}

/** Whether what failed may pass, by its code. */
export const mayPass =
  (errors: ErrorTable) =>
  (error: unknown): boolean =>
    error instanceof HearthError && errors[error.code]?.status === 503
