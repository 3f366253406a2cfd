import type { Address, LivePart } from '@hearth/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Attempt } from './kind.ts'

export interface Underway<T> {
  /** Never rejects. */
  readonly ended: Promise<T>
  /** Ends it now, whatever the executor makes of its signal. */
  cut(reason: Error): void
}

export type AttemptOf = Omit<Attempt, 'signal'>

interface Unknown {
  readonly type: 'unknown'
  readonly reason: string
}

/** Ends when what it runs does, when its time is up or when it is cut; a throw says that nothing is known. */
export function startAttempt<T>(
  run: (attempt: Attempt) => Promise<T>,
  call: AttemptOf,
  timeoutMs: number,
  clock: Clock,
): Underway<T | Unknown> {
  const ending = Promise.withResolvers<T | Unknown>()
  const signal = new LateSignal()
  const fail = (error: unknown): void =>
    ending.resolve({ type: 'unknown', reason: error instanceof Error ? error.message : String(error) })
  const cut = (reason: Error): void => {
    signal.abort(reason)
    fail(reason)
  }
  const attempt = new AttemptNow(call, signal)
  const cancel = clock.after(timeoutMs, () => cut(new Error(`no answer within ${timeoutMs} ms`)))
  try {
    run(attempt).then(ending.resolve, fail)
  } catch (error) {
    fail(error)
  }
  const ended = ending.promise.then((result) => {
    cancel()
    return result
  })
  return { ended, cut }
}

/** Not an object written out with a getter of its own: that would be a new kind of object to the engine each time. */
class AttemptNow implements Attempt {
  readonly id: string
  readonly attempt: number
  readonly address: Address
  readonly correlation: string
  readonly part: ((part: LivePart) => void) | undefined
  readonly handed: unknown
  readonly #signal: LateSignal

  constructor({ id, attempt, address, correlation, part, handed }: AttemptOf, signal: LateSignal) {
    this.id = id
    this.attempt = attempt
    this.address = address
    this.correlation = correlation
    this.part = part
    this.handed = handed
    this.#signal = signal
  }

  get signal(): AbortSignal {
    return this.#signal.made()
  }
}

/** A signal that is made when somebody asks for it: many an executor never does, and making one costs more than it does. */
class LateSignal {
  #controller: AbortController | null = null
  #reason: Error | null = null

  made(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason !== null) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  abort(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
