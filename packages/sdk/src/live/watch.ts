import { foreignAnswer, problemOf, type HearthFailure } from '../errors.ts'
import { Iteration } from '../iteration.ts'
import type { Update, WatchOptions } from '../types.ts'
import type { Received } from './connection.ts'
import { Patience, type Live, type Subscriber } from './live.ts'
import { patched } from './patch.ts'

export interface WatchContext {
  readonly live: Live
  /** How many failures in a row are borne before the first answer. */
  readonly retries: number
}

interface Held {
  readonly value: unknown
  /** Undefined where it is not known any more: all of it has to come. */
  readonly position: string | undefined
}

/** Follows a watched query over any number of connections. Whoever is slow is given the latest only. */
export function watch(
  context: WatchContext,
  operation: string,
  input: object = {},
  options: WatchOptions = {},
): AsyncIterableIterator<Update<unknown>> {
  const { live } = context
  const patience = new Patience()
  let held: Held | null = null
  let pending: Update<unknown> | null = null

  const give = (type: Update<unknown>['type'], value: unknown, position: string): void => {
    held = { value, position }
    patience.reset()
    // What happened between two updates that were given is what they are told of.
    pending = { type: pending === null || pending.type === 'change' ? type : pending.type, value, position }
    iteration.wake()
  }
  const change = (patch: readonly never[], position: string): void => {
    if (held === null) return
    if (patch.length > 0) return give('change', patched(held.value, patch), position)
    held = { value: held.value, position }
    patience.reset()
  }
  const failed = (failure: HearthFailure): number | null => {
    const wait = patience.after(failure, options.retries ?? (held === null ? context.retries : Infinity))
    if (wait === null) iteration.fail(failure)
    return wait
  }
  const refused = (error: unknown): void => {
    const wait = failed(problemOf(error) ?? foreignAnswer(500))
    if (wait !== null) live.again(subscriber, wait)
  }
  const take = (frame: Received): void => {
    const { position = '' } = frame
    if ('part' in frame) options.part?.(frame['part'])
    else if ('error' in frame) refused(frame['error'])
    else if ('change' in frame) change(frame['change'] as readonly never[], position)
    else if ('reset' in frame) give('reset', frame['reset'], position)
    else if ('snapshot' in frame) give(held === null ? 'snapshot' : 'reset', frame['snapshot'], position)
  }
  const subscriber: Subscriber = {
    frame: () => ({
      watch: operation,
      input,
      ...(held?.position === undefined ? {} : { from: held.position }),
    }),
    receive: (frame) => {
      try {
        take(frame)
      } catch {
        // A change that does not fit what is held: all of it is asked for.
        held = held === null ? null : { value: held.value, position: undefined }
        live.again(subscriber, 0)
      }
    },
    failed: (failure) => void failed(failure),
    closed: () => iteration.done(),
  }
  const iteration = new Iteration<Update<unknown>>({
    signal: options.signal,
    start: () => live.add(subscriber),
    stop: () => live.remove(subscriber),
    take: () => {
      const update = pending ?? undefined
      pending = null
      return update
    },
  })
  return iteration
}
