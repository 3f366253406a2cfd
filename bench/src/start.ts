import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { family, sight } from '../../packages/testing/src/soak/processes.ts'
import { freePort, readServerFile, startServer } from '../../packages/testing/src/soak/server-process.ts'
import type { RunningServer } from '../../packages/testing/src/soak/server-process.ts'
import { bytesBelow } from '../../packages/testing/src/soak/workplace.ts'
import { memoryOf } from './cost.ts'
import type { BenchOptions } from './main.ts'
import { atMost, currentCommit, describeMachine, figuresOf } from './result.ts'
import type { BenchResult } from './result.ts'
import { root } from './root.ts'
import { openWorkplace } from './workplace.ts'
import type { Workplace } from './workplace.ts'

const pollEveryMs = 5
const idleSeconds = 10

/** From starting the command on an installed clone to the first 200 of `/readyz`, and what it takes to be there idle. */
export async function run({ quick, signal, say }: BenchOptions): Promise<BenchResult> {
  const settings = {
    quick,
    firstStarts: quick ? 2 : 5,
    nextStarts: quick ? 2 : 5,
    idleSeconds,
    pollEveryMs,
    command: 'npm start',
    installation: 'npm ci with whatever npm has in its cache',
  }
  await using workplace = await openWorkplace()
  const clone = join(workplace.folder, 'clone')
  say('Installing a clone')
  const installation = await installClone(clone)
  const rounds: Record<string, number | null>[] = [installation]
  for (let first = 1; first <= settings.firstStarts; first += 1) {
    signal.throwIfAborted()
    const data = join(workplace.folder, `data-${first}`)
    const starts = Math.ceil(settings.nextStarts / settings.firstStarts)
    rounds.push(await firstStart(workplace, clone, data, first === 1))
    for (let next = 1; next <= starts; next += 1)
      rounds.push(await nextStart(workplace, clone, data, first === 1 && next === 1))
    say(`Started ${first} of ${settings.firstStarts} new data folders`)
  }
  const ours = figuresOf(rounds)
  return {
    schema: 1,
    name: 'start',
    commit: currentCommit(),
    machine: describeMachine(),
    settings,
    ours,
    peers: {},
    aims: [
      atMost('first start in ms', 3_000, ours['firstStartMs']?.median ?? NaN),
      atMost('next start in ms', 1_000, ours['nextStartMs']?.median ?? NaN),
      atMost('idle memory in MB (PSS)', 150, (ours['idleBytes']?.median ?? NaN) / 1e6),
      atMost('idle memory after a next start in MB (PSS)', 150, (ours['next.idleBytes']?.median ?? NaN) / 1e6),
    ],
    acknowledged: 0,
    verified: 0,
  }
}

/** What git would give a new user, installed. */
async function installClone(clone: string): Promise<Record<string, number>> {
  const names = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  for (const name of new Set(names.split('\0').filter((each) => each !== ''))) {
    mkdirSync(dirname(join(clone, name)), { recursive: true })
    cpSync(join(root, name), join(clone, name), { force: true, errorOnExist: false })
  }
  chmodSync(clone, 0o755)
  const product = await npmInstalls(clone, ['--omit=dev'])
  const whole = await npmInstalls(clone, [])
  return {
    productInstallMs: product.tookMs,
    productBytes: product.bytes,
    installMs: whole.tookMs,
    installedBytes: whole.bytes,
  }
}

/** From nothing: `npm ci` removes what was there. */
async function npmInstalls(
  clone: string,
  words: readonly string[],
): Promise<{ readonly tookMs: number; readonly bytes: number }> {
  const began = performance.now()
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', ...words], { cwd: clone, stdio: ['ignore', 2, 2] })
  const tookMs = performance.now() - began
  return { tookMs, bytes: await bytesBelow([join(clone, 'node_modules')]) }
}

async function start(
  workplace: Workplace,
  clone: string,
  data: string,
): Promise<{ readonly server: RunningServer; readonly tookMs: number }> {
  const ownerKey = randomBytes(24).toString('hex')
  const output = join(workplace.folder, 'server.log')
  const server = startServer({
    command: ['npm', 'start'],
    folder: clone,
    data,
    port: await freePort(),
    ownerKey,
    output,
  })
  try {
    return { server, tookMs: await server.ready(60_000, pollEveryMs) }
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

async function firstStart(
  workplace: Workplace,
  clone: string,
  data: string,
  lookIdle: boolean,
): Promise<Record<string, number | null>> {
  const { server, tookMs } = await start(workplace, clone, data)
  await using _server = server
  const database = readServerFile(data)?.postgres?.data
  if (database !== undefined) workplace.alsoRemove(database)
  return { firstStartMs: tookMs, ...(lookIdle ? await idleMemory(server, data) : {}) }
}

async function nextStart(
  workplace: Workplace,
  clone: string,
  data: string,
  lookIdle: boolean,
): Promise<Record<string, number | null>> {
  const { server, tookMs } = await start(workplace, clone, data)
  await using _server = server
  if (!lookIdle) return { nextStartMs: tookMs }
  const idle = Object.entries(await idleMemory(server, data)).map(([name, value]) => [`next.${name}`, value])
  return { nextStartMs: tookMs, ...Object.fromEntries(idle) }
}

async function idleMemory(server: RunningServer, data: string): Promise<Record<string, number | null>> {
  await sleep(idleSeconds * 1000)
  const pid = readServerFile(data)?.postgres?.pid
  const postgres = pid === undefined || sight(pid) === null ? [] : family(pid)
  // npm and the shell that it starts are not Hearth's.
  const ours = family(server.command).filter(
    ({ name }) => name !== 'postgres' && name !== 'sh' && !name.startsWith('npm'),
  )
  const serverBytes = memoryOf(ours)
  const postgresBytes = memoryOf(postgres)
  const idleBytes = serverBytes === null || postgresBytes === null ? null : serverBytes + postgresBytes
  return { idleServerBytes: serverBytes, idleServerProcesses: ours.length, idlePostgresBytes: postgresBytes, idleBytes }
}
