/** What whoever asks wants of the connection of one call: its parts come only when it says something. */
export interface Listening {
  /** The head of the answer has come. */
  readonly head: () => void
  /** So long for the next piece of it; undefined: as long as the network waits. */
  readonly idleMs: number | undefined
}

const listeners = new WeakMap<AbortSignal, Listening>()

/** To the call that this signal is of. */
export const listenTo = (signal: AbortSignal, listening: Listening): void => void listeners.set(signal, listening)

const listeningTo = (signal: AbortSignal | undefined): Listening | undefined =>
  signal === undefined ? undefined : listeners.get(signal)

export const headHasCome = (signal: AbortSignal | undefined): void => listeningTo(signal)?.head()

export const idleMsOf = (signal: AbortSignal | undefined): number | undefined => listeningTo(signal)?.idleMs
