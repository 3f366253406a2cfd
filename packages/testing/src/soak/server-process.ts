import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { family, signal } from './processes.ts'

export interface ServerOptions {
  /** The program and its arguments, as a user would type them. */
  readonly command: readonly string[]
  readonly folder: string
  readonly data: string
  readonly port: number
  readonly ownerKey: string
  /** Standard output and standard error are appended here. */
  readonly output: string
  readonly environment?: Readonly<Record<string, string>>
}

/** What `$HEARTH_DATA/server.json` holds. */
export interface ServerFile {
  readonly url: string
  readonly pid: number
  readonly version: string
  readonly postgres: { readonly pid: number; readonly socket: string; readonly data: string } | null
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly command: number
  readonly exited: Promise<ServerExit>
  readonly hasExited: () => boolean
  /** Milliseconds from the start of the command to the first 200 of `/readyz`. */
  readonly ready: (withinMs: number, everyMs?: number) => Promise<number>
  /** Ends it cleanly and says how it ended. */
  readonly stop: () => Promise<ServerExit>
}

export interface ServerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Variables of whoever runs this that must not reach the server. */
const unset = [
  'DATABASE_URL',
  'HEARTH_PRIVATE_TARGETS',
  'HEARTH_CONFIG',
  'HEARTH_FEATURES',
  'HEARTH_WORKERS',
  'HEARTH_HOST',
  // Whoever runs this keeps compiled code elsewhere than a server does.
  'NODE_COMPILE_CACHE',
]

export function startServer(options: ServerOptions): RunningServer {
  const began = performance.now()
  const child = spawnWith(options)
  const pid = child.pid
  if (pid === undefined) throw new Error(`${options.command.join(' ')} did not start.`)
  const url = `http://127.0.0.1:${options.port}`
  const exited = once(child, 'exit').then(([code, name]): ServerExit => ({
    code: code as number | null,
    signal: name as NodeJS.Signals | null,
  }))
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null
  const stop = async (): Promise<ServerExit> => {
    // The signal goes to the server itself where it is known: whatever started it ends with it.
    if (!hasExited()) signal(ownServer(pid, options.data) ?? pid, 'SIGTERM')
    return await exited
  }
  return {
    url,
    command: pid,
    exited,
    hasExited,
    ready: async (withinMs, everyMs = 20) => {
      while (performance.now() - began < withinMs) {
        if (hasExited()) throw new Error(`The server ended before it was ready; see ${options.output}.`)
        if ((await readiness(url, 2_000)) === 200) return performance.now() - began
        await new Promise((resolve) => setTimeout(resolve, everyMs))
      }
      throw new Error(`The server was not ready within ${withinMs} ms; see ${options.output}.`)
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      const late = setTimeout(() => killFamily(pid), 20_000)
      await stop()
      clearTimeout(late)
    },
  }
}

/** `env` sets and unsets the variables, so the rest of the caller's environment is passed on unread. */
function spawnWith({ command, folder, data, port, ownerKey, output, environment = {} }: ServerOptions): ChildProcess {
  const variables = { HEARTH_DATA: data, HEARTH_PORT: String(port), HEARTH_OWNER_KEY: ownerKey, ...environment }
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const words = [...unset.flatMap((name) => ['-u', name]), ...settings, ...command]
  const log = openSync(output, 'a', 0o600)
  try {
    // A group of its own: an interrupt at the terminal reaches this program first, which then ends the server.
    return spawn('env', words, { cwd: folder, stdio: ['ignore', log, log], detached: true })
  } finally {
    closeSync(log)
  }
}

export function killFamily(pid: number): void {
  for (const member of family(pid)) signal(member.pid, 'SIGKILL')
}

/** The pid in `server.json`, when it is that of a process below the command: the file outlives a killed server. */
export function ownServer(command: number, data: string): number | null {
  const pid = readServerFile(data)?.pid
  return family(command).some((member) => member.pid === pid) ? (pid ?? null) : null
}

/** Null while there is none: before the first start, after a clean stop. */
export function readServerFile(data: string): ServerFile | null {
  try {
    return JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as ServerFile
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** The status of `/readyz`, or null when nobody answered. A connection of its own each time. */
export function readiness(url: string, timeoutMs: number): Promise<number | null> {
  return new Promise((resolve) => {
    const options = { agent: false, signal: AbortSignal.timeout(timeoutMs) }
    const outgoing = request(`${url}/readyz`, options, (incoming) => {
      incoming.resume()
      incoming.on('error', () => resolve(null))
      incoming.on('end', () => resolve(incoming.statusCode ?? null))
    })
    outgoing.on('error', () => resolve(null))
    outgoing.end()
  })
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return address.port
}
