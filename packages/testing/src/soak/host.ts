import { commandLine, lives, sight, signal } from './processes.ts'
import { killFamily, ownServer, readServerFile, startServer } from './server-process.ts'
import type { RunningServer, ServerExit, ServerOptions } from './server-process.ts'

/** One data folder and the server that runs on it, through all its deaths. */
export interface Host extends AsyncDisposable {
  readonly url: string
  readonly current: () => RunningServer
  readonly start: () => RunningServer
  /** Pid of the living server, or null. */
  readonly server: () => number | null
  /** Pid of the living PostgreSQL that `server.json` names, or null. */
  readonly postgres: () => number | null
  /** A clean stop, and what of this host's processes lived on after it. */
  readonly stop: () => Promise<{ readonly exit: ServerExit; readonly leftOver: readonly string[] }>
}

export function openHost(options: ServerOptions): Host {
  const started: RunningServer[] = []
  /** Every PostgreSQL seen, by pid and start, so that no other process with a used pid is ever ended. */
  const seen = new Map<number, number>()
  const current = (): RunningServer => {
    const last = started.at(-1)
    if (last === undefined) throw new Error('The server was never started.')
    return last
  }
  const postgres = (): number | null => {
    const pid = readServerFile(options.data)?.postgres?.pid ?? null
    const found = pid === null ? null : sight(pid)
    if (found === null || !commandLine(found.pid).includes('postgres')) return null
    seen.set(found.pid, found.started)
    return found.pid
  }
  const survivors = (): number[] =>
    [...seen].filter(([pid, start]) => sight(pid)?.started === start).map(([pid]) => pid)
  const stop = async (): Promise<{ exit: ServerExit; leftOver: string[] }> => {
    postgres()
    const server = current()
    const late = setTimeout(() => killFamily(server.command), 30_000)
    const exit = await server.stop()
    clearTimeout(late)
    const leftOver = survivors().map((pid) => `${pid} ${commandLine(pid)}`)
    return { exit, leftOver }
  }
  return {
    url: `http://127.0.0.1:${options.port}`,
    current,
    start: () => {
      const server = startServer(options)
      // Dead ones are forgotten; one that is not is still to be ended.
      const living = started.filter((each) => !each.hasExited())
      started.splice(0, started.length, ...living, server)
      return server
    },
    server: () => ownServer(current().command, options.data),
    postgres,
    stop,
    [Symbol.asyncDispose]: async () => {
      postgres()
      for (const server of started) await server[Symbol.asyncDispose]()
      for (const pid of survivors()) if (lives(pid)) signal(pid, 'SIGINT')
    },
  }
}
