import type { Quiet } from '../../wire/sse/breaths.ts'

/** What whoever asks wants of the connection of one call: its parts come only when it says something. */
export interface Listening {
  /** The head of the answer has come. */
  readonly head: () => void
  /** So long for the next piece of it; undefined: as long as the network waits. */
  readonly idleMs: number | undefined
  /** How long what comes may say nothing. */
  readonly quiet: Quiet
}

const listeners = new WeakMap<AbortSignal, Listening>()

/** To the call that this signal is of. */
export const listenTo = (signal: AbortSignal, listening: Listening): void => void listeners.set(signal, listening)

const listeningTo = (signal: AbortSignal | undefined): Listening | undefined =>
  signal === undefined ? undefined : listeners.get(signal)

export const headHasCome = (signal: AbortSignal | undefined): void => listeningTo(signal)?.head()

/** Undefined: as long as anybody. */
export const boundsOf = (signal: AbortSignal | undefined): Pick<Listening, 'idleMs' | 'quiet'> | undefined =>
  listeningTo(signal)
