import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { killFamily } from '../../../packages/testing/src/soak/server-process.ts'
import { family } from '../../../packages/testing/src/soak/processes.ts'
import type { ProcessSight } from '../../../packages/testing/src/soak/processes.ts'

export interface ProgramPlan {
  readonly command: readonly [string, ...string[]]
  readonly environment: Readonly<Record<string, string>>
  /** It runs there, and what it prints is kept there. */
  readonly folder: string
  /** Answers 200 when it is ready. */
  readonly readyAt: string
  readonly withinMs: number
}

export interface Program extends AsyncDisposable {
  readonly family: () => readonly ProcessSight[]
  readonly startMs: number
}

const everyMs = 10
const endsWithinMs = 5_000

/** Starts a peer as its own documentation does, and waits until it answers. */
export async function startProgram({
  command: [program, ...words],
  environment,
  folder,
  readyAt,
  withinMs,
}: ProgramPlan): Promise<Program> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const output = join(folder, 'output.log')
  const log = openSync(output, 'a', 0o600)
  const began = performance.now()
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  // `env` gives its place to the program, and the environment of whoever runs this is passed on unread.
  const child = spawn('env', [...settings, program, ...words], { cwd: folder, stdio: ['ignore', log, log] })
  closeSync(log)
  const exited = once(child, 'exit')
  const { pid } = child
  const end = async (): Promise<void> => {
    child.kill('SIGTERM')
    const late = setTimeout(() => pid !== undefined && killFamily(pid), endsWithinMs)
    await exited
    clearTimeout(late)
  }
  let over = false
  void exited.then(() => (over = true))
  try {
    if (pid === undefined) throw new Error(`${program} did not start.`)
    while (!(await isReady(readyAt))) {
      if (over) throw new Error(`${program} ended: ${await lastWords(output)}`)
      if (performance.now() - began > withinMs)
        throw new Error(`${program} was not ready within ${withinMs} ms: ${await lastWords(output)}`)
      await sleep(everyMs)
    }
    return { family: () => family(pid), startMs: performance.now() - began, [Symbol.asyncDispose]: end }
  } catch (error) {
    if (!over) await end()
    throw error
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}

async function lastWords(output: string): Promise<string> {
  return (await readFile(output, 'utf8')).trim().slice(-400)
}
