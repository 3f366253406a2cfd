import { setTimeout as sleep } from 'node:timers/promises'
import { signal as send } from '../../../packages/testing/src/soak/processes.ts'
import { startHearth } from '../hearth.ts'
import type { Hearth } from '../hearth.ts'
import { hearthTarget } from '../kernel/hearth-target.ts'
import { eventsPerMessage, templateOf, troubleOf } from '../kernel/measure.ts'
import { runLoadApart } from '../load/process.ts'
import type { LoadResult } from '../load/load.ts'
import type { BenchOptions } from '../main.ts'
import { atMost, currentCommit, describeMachine, figuresOf } from '../result.ts'
import type { BenchResult } from '../result.ts'
import { hearthStore } from '../store.ts'
import { openWorkplace } from '../workplace.ts'
import { repeat } from './repeat.ts'
import { startReceiver } from './receiver.ts'
import type { Receiver } from './receiver.ts'

const whole = { owed: 100_000, streams: 20_000, connections: 256, loadSeconds: 5, rounds: 3 }
const quickly = { ...whole, owed: 8_000, streams: 2_000, loadSeconds: 2, rounds: 1 }

type Settings = typeof whole

/** After the kill the load goes on for so long, as callers do who try again. */
const loadAfterKillSeconds = 2
const doneWithinMs = 600_000

interface Run extends BenchOptions {
  readonly settings: Settings
  readonly folder: string
  readonly receiver: Receiver
  acknowledged: number
  /** Effects that post, of what was acknowledged. */
  posting: number
}

/** SIGKILL under load with many effects owed: how long until it serves again, and until all of them are done. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.quick ? quickly : whole
  await using workplace = await openWorkplace()
  await using receiver = await startReceiver()
  const run: Run = { ...options, settings, folder: workplace.folder, receiver, acknowledged: 0, posting: 0 }
  options.say('Hearth: starting')
  let hearth = await startHearth(workplace.folder)
  workplace.alsoRemove(hearth.postgres.data)
  try {
    const rounds: Record<string, number>[] = []
    for (let round = 1; round <= settings.rounds; round += 1)
      for (const whom of ['server', 'both'] as const) {
        const { hearth: next, figures } = await killOnce(run, hearth, whom)
        hearth = next
        rounds.push(figures)
      }
    const ours = figuresOf(rounds)
    await using store = hearthStore(hearth)
    return {
      schema: 1,
      name: 'recovery',
      commit: currentCommit(),
      machine: describeMachine(),
      settings: {
        ...settings,
        quick: options.quick,
        serving: 'from the kill to the answer of a message, the start of the command included, which comes at once',
        owedEffects: 'probe.record that posts to a receiver which answers nobody until the kill',
        unanswered: 'callers repeat under their keys what was not answered',
        eventsPerMessage,
        postgres: await store.settings(),
      },
      ours,
      peers: {},
      aims: [
        atMost('serving after a kill of the server in ms', 2_000, ours['server.servingMs']?.median ?? NaN),
        atMost('serving after a kill of server and PostgreSQL in ms', 5_000, ours['both.servingMs']?.median ?? NaN),
        atMost('effects acknowledged and never made', 0, run.posting - receiver.tokens.size),
      ],
      acknowledged: run.acknowledged,
      verified: (await store.events()) / eventsPerMessage,
    }
  } finally {
    await hearth[Symbol.asyncDispose]()
  }
}

async function killOnce(
  run: Run,
  hearth: Hearth,
  whom: 'server' | 'both',
): Promise<{ readonly hearth: Hearth; readonly figures: Record<string, number> }> {
  const { settings, receiver, say, folder } = run
  run.signal.throwIfAborted()
  receiver.shut()
  const owing = await owe(run, hearth)
  const load = loadOf(run, hearth, null, { seconds: settings.loadSeconds + loadAfterKillSeconds })
  await sleep(settings.loadSeconds * 1000)
  const killed = performance.now()
  const doomed = [...hearth.processes.server(), ...(whom === 'both' ? hearth.processes.postgres() : [])]
  for (const { pid } of doomed) send(pid, 'SIGKILL')
  receiver.open()
  const next = await startHearth(folder, hearth)
  const readyMs = performance.now() - killed
  await next.call('probe.record', { stream: 'after-the-kill', events: eventsPerMessage })
  const servingMs = performance.now() - killed
  run.acknowledged += 1
  await hearth[Symbol.asyncDispose]()
  const under = await load
  const late = [...owing.unansweredRequests, ...under.unansweredRequests]
  run.acknowledged += await repeat(next.port, late)
  const doneMs = await untilDone(run, next, killed)
  say(`${whom} killed: serving after ${servingMs.toFixed(0)} ms, all owed done after ${(doneMs / 1000).toFixed(1)} s`)
  const figures = {
    readyMs,
    servingMs,
    doneMs,
    loadPerSecond: under.inTime / settings.loadSeconds,
    repeated: late.length,
  }
  return {
    hearth: next,
    figures: Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${whom}.${name}`, value])),
  }
}

/** Messages whose effect has nobody to answer it. */
async function owe(run: Run, hearth: Hearth): Promise<LoadResult> {
  const { settings, receiver, say } = run
  const result = await loadOf(run, hearth, receiver.url, { seconds: 300, requests: settings.owed })
  for (const trouble of troubleOf(result)) say(`  ${trouble}`)
  run.posting += result.acknowledged
  const { owed } = (await hearth.status()) as { readonly owed?: Readonly<Record<string, number>> }
  say(`${owed?.['probe-post'] ?? 'an unknown number of'} effects owed`)
  return result
}

async function loadOf(
  run: Run,
  hearth: Hearth,
  effect: string | null,
  bounds: { readonly seconds: number; readonly requests?: number },
): Promise<LoadResult> {
  const { streams, connections } = run.settings
  await using store = hearthStore(hearth)
  const plain = templateOf(hearthTarget(hearth, store), { streams, order: 'random', keys: true })
  const body =
    effect === null ? plain.body : `{"stream":"s{{stream}}","events":${eventsPerMessage},"effect":"${effect}"}`
  const result = await runLoadApart({ template: { ...plain, body }, connections, ...bounds })
  run.acknowledged += result.acknowledged
  return result
}

async function untilDone(run: Run, hearth: Hearth, killed: number): Promise<number> {
  while (performance.now() - killed < doneWithinMs) {
    run.signal.throwIfAborted()
    const settled = Number((await hearth.call('probe.read', {}))['settled'])
    if (settled >= run.acknowledged) return performance.now() - killed
    await sleep(200)
  }
  throw new Error(`The effects owed at the kill were not done within ${doneWithinMs / 1000} s.`)
}
