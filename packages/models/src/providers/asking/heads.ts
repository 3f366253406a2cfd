import type { Quiet } from '../../wire/sse/breaths.ts'

interface Listening {
  readonly came: () => void
  readonly quiet: Quiet
}

const listeners = new WeakMap<AbortSignal, Listening>()

/** Calls back when the head of the answer has come to the call that this signal is of: its parts come only when it says something. */
export const whenHeadComes = (signal: AbortSignal, quiet: Quiet, came: () => void): void =>
  void listeners.set(signal, { came, quiet })

export const headHasCome = (signal: AbortSignal | undefined): void =>
  signal === undefined ? undefined : listeners.get(signal)?.came()

/** Undefined: as long as anybody. */
export const quietOf = (signal: AbortSignal | undefined): Quiet | undefined =>
  signal === undefined ? undefined : listeners.get(signal)?.quiet
