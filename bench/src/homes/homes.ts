import { driftOf, type Point } from '../../../packages/testing/src/soak/slope.ts'
import { eventsPerMessage, troubleOf } from '../kernel/measure.ts'
import { openProbe } from '../kernel/probe.ts'
import type { Probe } from '../kernel/probe.ts'
import { percentile } from '../load/histogram.ts'
import type { BenchOptions } from '../main.ts'
import { growth, memoryFigures, watchMemory } from '../overload/memory.ts'
import type { MemorySample } from '../overload/memory.ts'
import { atMost, currentCommit, describeMachine, figuresOf } from '../result.ts'
import type { BenchResult } from '../result.ts'
import { openWorkplace } from '../workplace.ts'

const whole = { homes: 1_000_000, hotHomes: 50_000, hotSeconds: 120, windowSeconds: 10, connections: 256 }
const quickly = { ...whole, homes: 60_000, hotHomes: 10_000, hotSeconds: 12, windowSeconds: 2 }

type Settings = typeof whole

interface Window {
  /** Seconds since the phase began, at its middle. */
  readonly at: number
  readonly acknowledgedPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

interface Phase {
  readonly windows: readonly Window[]
  readonly samples: readonly MemorySample[]
}

/** A million homes touched once each, then some of them hot: what the memory and the latency come to while they do. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.quick ? quickly : whole
  await using workplace = await openWorkplace()
  options.say('Hearth: starting')
  await using probe = await openProbe(workplace)
  const { server, postgres } = probe.target.processes
  const touched = await inWindows('each home once', probe, settings, options, (sent) =>
    sent >= settings.homes
      ? null
      : { order: 'in turn', streams: settings.homes, firstStream: sent, requests: settings.homes - sent },
  )
  const windows = settings.hotSeconds / settings.windowSeconds
  const hot = await inWindows('hot homes', probe, settings, options, (_sent, done) =>
    done >= windows ? null : { order: 'random', streams: settings.hotHomes },
  )
  const loopDelayP99Ms = (await probe.target.loopDelayMs?.()) ?? null
  await probe.settled()
  const most = Math.max(...[...touched.samples, ...hot.samples].map((sample) => sample.server + sample.postgres))
  const rounds = [
    ...hot.windows.map(({ at: _at, ...window }) => named('hot.', window)),
    ...touched.windows.map(({ at: _at, ...window }) => named('touched.', window)),
    {
      loopDelayP99Ms,
      mostBytes: most,
      ...named('hot.', memoryFigures(hot.samples)),
      ...named('touched.', memoryFigures(touched.samples)),
      'hot.memoryGrowth': growth(hot.samples),
      'touched.memoryDrift': driftOf(memoryPoints(touched.samples)),
      'hot.memoryDrift': driftOf(memoryPoints(hot.samples)),
      'touched.p99Drift': driftOf(latencyPoints(touched.windows)),
      'hot.p99Drift': driftOf(latencyPoints(hot.windows)),
      serverProcesses: server().length,
      postgresProcesses: postgres().length,
    },
  ]
  const ours = figuresOf(rounds)
  const value = (name: string): number => ours[name]?.median ?? NaN
  return {
    schema: 1,
    name: 'homes',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick: options.quick,
      loop: 'closed',
      drift:
        'the median slope of all pairs of windows (latency) or of samples a second apart (memory), from the first to the last, in parts of the median',
      windows: { touched: touched.windows, hot: hot.windows },
      eventsPerMessage,
      postgres: probe.postgres,
    },
    ours,
    peers: {},
    aims: [
      atMost('most memory of server and database in MB (PSS)', 1_000, value('mostBytes') / 1e6),
      atMost('memory under hot homes: last quarter in times the second', 1.1, value('hot.memoryGrowth')),
      atMost('drift of p99 over the hot homes', 0.2, value('hot.p99Drift')),
      atMost('drift of p99 while each home is touched', 0.2, value('touched.p99Drift')),
      atMost('event-loop delay p99 in ms', 20, value('loopDelayP99Ms')),
    ],
    ...(await probe.counts()),
  }
}

type Load = Omit<Parameters<Probe['load']>[0], 'connections' | 'seconds'>

/** One load after the other, each as long as a window, while the memory is looked at every second. */
async function inWindows(
  name: string,
  probe: Probe,
  { windowSeconds, connections }: Settings,
  { say, signal }: BenchOptions,
  next: (sent: number, done: number) => Load | null,
): Promise<Phase> {
  const windows: Window[] = []
  const began = performance.now()
  const { samples } = await watchMemory(probe.target.processes, async () => {
    let sent = 0
    for (let load = next(0, 0); load !== null; load = next(sent, windows.length)) {
      signal.throwIfAborted()
      const since = (performance.now() - began) / 1000
      const result = await probe.load({ ...load, connections, seconds: windowSeconds })
      sent += Object.values(result.statuses).reduce((sum, count) => sum + count, 0) + result.unanswered
      const window = {
        at: since + result.seconds / 2,
        acknowledgedPerSecond: result.inTime / result.seconds,
        p50Ms: percentile(result.latency, 0.5),
        p99Ms: percentile(result.latency, 0.99),
      }
      // The last one may be too short to say anything.
      if (result.seconds > windowSeconds / 2) windows.push(window)
      say(
        `${name}, ${Math.round(since)} s: ${Math.round(window.acknowledgedPerSecond)}/s, p99 ${window.p99Ms.toFixed(1)} ms`,
      )
      for (const trouble of troubleOf(result)) say(`  ${trouble}`)
    }
  })
  return { windows, samples }
}

const latencyPoints = (windows: readonly Window[]): readonly Point[] =>
  windows.map(({ at, p99Ms }) => ({ at, value: p99Ms }))

const memoryPoints = (samples: readonly MemorySample[]): readonly Point[] =>
  samples.map(({ atMs, server, postgres }) => ({ at: atMs / 1000, value: server + postgres }))

const named = (prefix: string, figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([name, figure]) => [`${prefix}${name}`, figure]))
