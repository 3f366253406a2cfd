import { keyOf, type CallContext } from '../call.ts'
import { foreignAnswer, problemOf, type HearthFailure } from '../errors.ts'
import { Iteration } from '../iteration.ts'
import { reads } from '../operations.ts'
import type { CallOptions, StreamItem } from '../types.ts'
import { Patience, type Live, type Subscriber } from './live.ts'

/** Of parts that are not taken so much waits, in characters; then the oldest are let go of. */
const mostWaiting = 1024 * 1024

interface Waiting {
  readonly item: StreamItem<unknown>
  readonly size: number
}

/** A queue that lets go of its oldest parts and says so. */
class Parts {
  #waiting: Waiting[] = []
  #size = 0
  #hasGap = false

  put(item: StreamItem<unknown>, size: number): void {
    this.#waiting.push({ item, size })
    this.#size += size
    while (this.#size > mostWaiting && this.#waiting.length > 1) {
      this.#size -= (this.#waiting.shift() as Waiting).size
      this.#hasGap = true
    }
  }

  take(): StreamItem<unknown> | undefined {
    if (this.#hasGap) {
      this.#hasGap = false
      return { type: 'gap' }
    }
    const first = this.#waiting.shift()
    this.#size -= first?.size ?? 0
    return first?.item
  }
}

/** Calls an operation over the live connection: the parts as they come, then the answer. */
export function stream(
  context: CallContext & { readonly live: Live },
  operation: string,
  input: unknown = {},
  options: CallOptions = {},
): AsyncIterableIterator<StreamItem<unknown>> {
  const { live, positions, retries } = context
  const { after, signal } = options
  const isRead = reads.has(operation)
  const key = keyOf(operation, options)
  const patience = new Patience()
  const parts = new Parts()
  let hasParts = false

  const put = (item: StreamItem<unknown>, size: number): void => {
    parts.put(item, size)
    iteration.wake()
  }
  const failed = (failure: HearthFailure): number | null => {
    const wait = patience.after(failure, options.retries ?? retries)
    if (wait === null) iteration.fail(failure)
    return wait
  }
  const subscriber: Subscriber = {
    frame: () => {
      const position = isRead ? positions.text(after) : after
      return {
        call: operation,
        input,
        ...(key === undefined ? {} : { key }),
        ...(position === undefined ? {} : { after: position }),
      }
    },
    receive: (frame, size) => {
      if ('part' in frame) {
        patience.reset()
        hasParts = true
        put({ type: 'part', part: frame['part'] }, size)
      } else if ('result' in frame) {
        if (!isRead) positions.note(frame.position)
        put({ type: 'result', output: frame['result'] }, size)
        iteration.last()
      } else if ('error' in frame) {
        const wait = failed(problemOf(frame['error']) ?? foreignAnswer(500))
        if (wait !== null) live.again(subscriber, wait)
      }
    },
    failed: (failure) => {
      if (failed(failure) === null || !hasParts) return
      hasParts = false
      put({ type: 'gap' }, 0)
    },
    closed: () => iteration.done(),
  }
  const iteration = new Iteration<StreamItem<unknown>>({
    signal,
    start: () => live.add(subscriber),
    stop: () => live.remove(subscriber),
    take: () => parts.take(),
  })
  return iteration
}
