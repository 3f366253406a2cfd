import type { Logs } from './logs.ts'

export interface Stop extends Disposable {
  /** What asked for the end; undefined while nothing has. */
  readonly reason: string | undefined
  /** Whether the end is a failure of this server. */
  readonly failed: boolean
  readonly requested: Promise<void>
  /** Resolves after that time, or sooner when the end is asked for. */
  orAfter(milliseconds: number): Promise<void>
  readonly fail: (reason: string) => void
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** A terminal and the programs between it and this process may each pass on the same Ctrl-C. */
const sameSignalMs = 500

/**
 * Turns signals into a request to stop; a second one ends the process at once. An error that nobody caught leaves the
 * process in no known state: it is logged and the process ends, since everything that was promised is in the database.
 */
export function watchForStop(logs: Logs): Stop {
  const { log } = logs
  const requested = Promise.withResolvers<void>()
  let reason: string | undefined
  let failed = false
  let askedAt = 0

  const ask = (what: string): void => {
    if (reason !== undefined) return
    reason = what
    askedAt = performance.now()
    log.info({ reason }, 'stopping')
    requested.resolve()
  }
  const onSignal = (name: string): void => {
    if (reason === undefined || performance.now() - askedAt < sameSignalMs) return ask(name)
    log.error({ signal: name }, 'told to stop again: ending at once')
    logs.flush()
    process.exit(1)
  }
  const onError = (error: unknown): void => {
    log.fatal({ err: error }, 'an error that nobody caught')
    logs.flush()
    process.exit(1)
  }
  // Nobody may be reading standard output any more.
  const onOutputError = (error: Error): void => log.warn({ err: error }, 'standard output failed')

  for (const name of signals) process.on(name, onSignal)
  process.on('uncaughtException', onError).on('unhandledRejection', onError)
  process.stdout.on('error', onOutputError)
  return {
    get reason() {
      return reason
    },
    get failed() {
      return failed
    },
    fail: (what) => {
      failed = true
      ask(what)
    },
    requested: requested.promise,
    orAfter: async (milliseconds) => {
      const timer = Promise.withResolvers<void>()
      const timeout = setTimeout(timer.resolve, milliseconds)
      await Promise.race([requested.promise, timer.promise])
      clearTimeout(timeout)
    },
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, onSignal)
      process.off('uncaughtException', onError).off('unhandledRejection', onError)
      process.stdout.off('error', onOutputError)
    },
  }
}
