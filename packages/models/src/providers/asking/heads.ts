const listeners = new WeakMap<AbortSignal, () => void>()

/** Calls back when the head of the answer has come to the call that this signal is of: its parts come only when it says something. */
export const whenHeadComes = (signal: AbortSignal, then: () => void): void => void listeners.set(signal, then)

export const headHasCome = (signal: AbortSignal | undefined): void =>
  signal === undefined ? undefined : listeners.get(signal)?.()
