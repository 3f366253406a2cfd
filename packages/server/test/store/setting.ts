import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import type { ConnectionOptions, Database } from '../../src/store/database.ts'
import { openEmbedded } from '../../src/store/embedded/embedded.ts'
import type { EmbeddedOptions } from '../../src/store/embedded/setup.ts'
import type { Logger } from '../../src/store/logger.ts'

export const isRoot = process.getuid?.() === 0

export interface Folder extends Disposable {
  readonly path: string
  within(...names: readonly string[]): string
}

/** Others may go through it, as through the folders in which people keep a data folder of their own. */
export function makeFolder(mode = 0o755): Folder {
  const path = mkdtempSync(join(tmpdir(), 'hearth-test-'))
  chmodSync(path, mode)
  return {
    path,
    within: (...names) => join(path, ...names),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

export interface Said {
  readonly level: string
  readonly message: string
  readonly about: object
}

export function listenTo(): Logger & { readonly said: Said[] } {
  const said: Said[] = []
  const at = (level: string) => (about: object, message: string) => void said.push({ level, message, about })
  return { said, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** The folders that a server of its own would have, all in one. */
export const foldersIn = (folder: Folder) => ({
  dataFolder: folder.within('home'),
  machineFolder: folder.within('machine'),
})

export const open = (folder: Folder, options: Partial<EmbeddedOptions> = {}): Promise<Database> =>
  openEmbedded({ ...foldersIn(folder), log: listenTo(), ...options })

export interface Connected extends AsyncDisposable {
  readonly sql: Sql
}

export function connect(options: ConnectionOptions): Connected {
  const sql = postgres({ ...options, max: 1, backoff: false, onnotice: () => undefined })
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) }
}

export async function ask<Answer>(
  options: ConnectionOptions,
  question: (sql: Sql) => Promise<Answer>,
): Promise<Answer> {
  await using connected = connect(options)
  return await question(connected.sql)
}

export const pidOf = (database: Database): number => database.place()?.pid ?? assertNever()

function assertNever(): never {
  throw new Error('this database has no place')
}

/** Not so when it has ended and its parent has not looked yet. */
export function isAlive(pid: number): boolean {
  try {
    const stat = `/proc/${pid}/stat`
    return process.kill(pid, 0) && !(existsSync(stat) && /\) Z /.test(readFileSync(stat, 'utf8')))
  } catch {
    return false
  }
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10)
}

/** Resolves with the next change of that type. */
export function nextChange(database: Database, type: 'up' | 'down'): Promise<number | null> {
  return new Promise((resolve) => {
    const stop = database.onChange((change) => {
      if (change.type !== type) return
      stop()
      resolve(change.pid)
    })
  })
}

export interface Holder extends AsyncDisposable {
  readonly process: ChildProcess
  /** Resolves when the database is open. */
  readonly pid: Promise<number>
  readonly errors: () => string
}

/** A process of its own that opens the database and keeps it open until it is told to end, or is killed. */
export function hold(options: Omit<EmbeddedOptions, 'log'>, user?: { uid: number; gid: number }): Holder {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'holder.ts'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as a shell makes for what it runs: a test kills the whole of it.
    detached: true,
    ...user,
  })
  let errors = ''
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()))
  const pid = new Promise<number>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(Number(line)))
    child.once('close', (code, signal) => reject(new Error(`the holder ended (${code ?? signal}): ${errors}`)))
  })
  pid.catch(() => undefined)
  return {
    process: child,
    pid,
    errors: () => errors,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}
