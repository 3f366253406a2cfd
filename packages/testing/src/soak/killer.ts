import { pause } from './client.ts'
import type { Host } from './host.ts'
import type { ClientEntry, KillTarget, Ledger } from './ledger.ts'
import { children, commandLine, family, signal as send } from './processes.ts'
import { chance } from './random.ts'
import type { Chance } from './random.ts'
import { watchLoss } from './readiness.ts'
import { readiness } from './server-process.ts'

export interface KillerOptions {
  readonly seed: string
  readonly host: Host
  readonly ledger: Ledger<ClientEntry>
  readonly signal: AbortSignal
  /** From kill to kill; nothing is killed before it served again, save for a kill while it starts. */
  readonly everyMs?: readonly [low: number, high: number]
  readonly readyWithinMs?: number
}

export interface Killer {
  /** No more kills; resolves when what was killed last serves again, rejects when it never did. */
  readonly stop: () => Promise<void>
  readonly failed: AbortSignal
}

const targets: readonly (readonly [number, KillTarget])[] = [
  [35, 'server'],
  [28, 'postgres'],
  [12, 'backend'],
  [25, 'both'],
]

/** A killed server is killed once more while it comes back, so often. */
const killedWhileStarting = 0.2

export function startKiller(options: KillerOptions): Killer {
  const { everyMs = [2_000, 8_000] } = options
  const luck = chance(options.seed, 'killer')
  const stopping = new AbortController()
  const failed = new AbortController()
  const idle = AbortSignal.any([stopping.signal, options.signal])
  const killing = async (): Promise<void> => {
    for (let last = Date.now(); ;) {
      const target = luck.pick(targets)
      const due = last + luck.between(...everyMs)
      if (!(await rested(due, idle))) return
      last = Date.now()
      await killOnce(target, luck, options)
    }
  }
  const running = killing().catch((error: unknown) => {
    failed.abort(error)
    throw error
  })
  // `stop` raises it; until then it is known through `failed`.
  running.catch(() => undefined)
  return {
    failed: failed.signal,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function rested(until: number, idle: AbortSignal): Promise<boolean> {
  if (idle.aborted) return false
  return await pause(Math.max(0, until - Date.now()), idle).then(
    () => true,
    () => false,
  )
}

export async function killOnce(target: KillTarget, luck: Chance, options: KillerOptions): Promise<void> {
  switch (target) {
    case 'server':
    case 'both':
      return await killServer(target, luck, options)
    case 'postgres':
      return await killPostgres(options)
    case 'backend':
      return await killBackend(luck, options)
  }
}

async function killServer(target: 'server' | 'both', luck: Chance, options: KillerOptions): Promise<void> {
  const { host, ledger, signal } = options
  const server = await livingServer(options)
  const postgres = target === 'both' ? host.postgres() : null
  const pids = [server, postgres].filter((pid) => pid !== null)
  if (luck.happens(0.5)) pids.reverse()
  kill(target, pids, ledger)
  await commandEnds(options)
  await pause(
    luck.pick<number>([
      [1, 0],
      [1, luck.between(0, 1_500)],
    ]),
    signal,
  )
  if (luck.happens(killedWhileStarting)) {
    const again = host.start()
    await pause(luck.between(30, 900), signal)
    const programs = family(again.command).filter((member) => member.name !== 'postgres')
    kill(
      'server',
      programs.map((member) => member.pid),
      ledger,
    )
    await again.exited
  }
  await restart(target, options)
}

/** `npm start` ends when the server does: whatever started it must not stay behind. */
async function commandEnds({ host, ledger }: KillerOptions): Promise<void> {
  const { exited, command } = host.current()
  const ended = await Promise.race([exited.then(() => true), pause(5_000).then(() => false)])
  if (ended) return
  ledger.append({
    type: 'misbehaved',
    at: Date.now(),
    what: 'command-stayed',
    detail: 'the start command went on 5 s after its server was killed',
  })
  send(command, 'SIGKILL')
  await exited
}

async function restart(target: KillTarget, { host, ledger, readyWithinMs = 60_000 }: KillerOptions): Promise<void> {
  const tookMs = await host.start().ready(readyWithinMs)
  ledger.append({ type: 'ready', at: Date.now(), target, tookMs })
}

async function killPostgres(options: KillerOptions): Promise<void> {
  const { host, ledger, signal } = options
  const postgres = host.postgres()
  if (postgres === null)
    return misbehave(ledger, 'no-postgres', 'server.json names no living PostgreSQL while /readyz says 200')
  const killedAt = kill('postgres', [postgres], ledger)
  const loss = await watchLoss(host, postgres, killedAt, signal)
  if (loss.type === 'unready') ledger.append({ type: 'unready', at: Date.now(), tookMs: loss.tookMs })
  else if (loss.type === 'back-before-seen') ledger.append({ type: 'unready', at: Date.now(), tookMs: null })
  else if (loss.type !== 'server-ended') misbehave(ledger, loss.type, loss.detail)
  await servesAgain('postgres', killedAt, options)
}

async function killBackend(luck: Chance, options: KillerOptions): Promise<void> {
  const { host, ledger, signal } = options
  const postgres = host.postgres()
  // Sessions of clients say where they come from; PostgreSQL's own processes do not.
  const backends =
    postgres === null ? [] : children(postgres).filter((child) => commandLine(child.pid).includes('[local]'))
  const backend = backends[luck.whole(0, backends.length - 1)]
  if (backend === undefined) return await killPostgres(options)
  const killedAt = kill('backend', [backend.pid], ledger)
  await pause(200, signal)
  await servesAgain('backend', killedAt, options)
}

/** Waits for readiness of a server that ought to have lived through it; starts it again when it has not. */
async function servesAgain(target: KillTarget, killedAt: number, options: KillerOptions): Promise<void> {
  const { host, ledger, signal, readyWithinMs = 60_000 } = options
  while (Date.now() - killedAt < readyWithinMs) {
    if (host.current().hasExited()) {
      const { code, signal: name } = await host.current().exited
      misbehave(ledger, 'server-ended', `after the kill of ${target}, with ${name ?? code}`)
      return await restart(target, options)
    }
    if ((await readiness(host.url, 2_000)) === 200) {
      ledger.append({ type: 'ready', at: Date.now(), target, tookMs: Date.now() - killedAt })
      return
    }
    await pause(20, signal)
  }
  throw new Error(`The server did not serve again within ${readyWithinMs} ms of the kill of ${target}.`)
}

async function livingServer({ host, ledger, signal }: KillerOptions): Promise<number> {
  const pid = host.server()
  if (pid !== null) return pid
  misbehave(ledger, 'no-server-file', '/readyz says 200 while server.json names no process of this start')
  await pause(1_000, signal)
  return host.server() ?? host.current().command
}

function kill(target: KillTarget, pids: readonly number[], ledger: Ledger<ClientEntry>): number {
  // The moment before the signal: a delivery answered after it may not have been recorded.
  const at = Date.now()
  for (const pid of pids) send(pid, 'SIGKILL')
  ledger.append({ type: 'killed', at, target, pids })
  return at
}

function misbehave(ledger: Ledger<ClientEntry>, what: string, detail: string): void {
  ledger.append({ type: 'misbehaved', at: Date.now(), what, detail })
}
