import { makeStreams, openProbe } from './kernel/probe.ts'
import type { Probe } from './kernel/probe.ts'
import { eventsPerMessage, troubleOf } from './kernel/measure.ts'
import { percentile } from './load/histogram.ts'
import type { BenchOptions } from './main.ts'
import { atMost, currentCommit, describeMachine, figuresOf } from './result.ts'
import type { BenchResult } from './result.ts'
import { openWorkplace } from './workplace.ts'

const whole = { ratePerSecond: 5_000, connections: 256, streams: 20_000, seconds: 60, rounds: 3 }
const quickly = { ...whole, seconds: 6, rounds: 2 }

/** 5,000 messages a second whatever the server does: each latency counts from when its request ought to have been sent. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.quick ? quickly : whole
  await using workplace = await openWorkplace()
  options.say('Hearth: starting')
  await using probe = await openProbe(workplace)
  await makeStreams(probe, settings.streams)
  const rounds: Record<string, number | null>[] = []
  for (let round = 1; round <= settings.rounds; round += 1) {
    const without = await measureRound(probe, `round ${round}`, settings, false, options)
    const withKeys = await measureRound(probe, `round ${round} with keys`, settings, true, options)
    const renamed = Object.entries(withKeys).map(([name, value]) => [`withKeys.${name}`, value])
    rounds.push({ ...without, ...(Object.fromEntries(renamed) as Record<string, number | null>) })
  }
  const ours = figuresOf(rounds)
  const median = (name: string): number => ours[name]?.median ?? NaN
  return {
    schema: 1,
    name: 'latency',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick: options.quick,
      loop: 'open; a latency counts from the moment its request ought to have been sent',
      eventsPerMessage,
      effect: 'none',
      postgres: probe.postgres,
    },
    ours,
    peers: {},
    aims: [
      atMost('p99 in ms', 30, median('p99Ms')),
      atMost('p99 in ms, with keys', 30, median('withKeys.p99Ms')),
      atMost('event-loop delay p99 in ms', 20, median('loopDelayP99Ms')),
      atMost('requests whose turn came and that were never sent', 0, ours['notStarted']?.max ?? NaN),
    ],
    ...(await probe.counts()),
  }
}

async function measureRound(
  probe: Probe,
  name: string,
  { ratePerSecond, connections, streams, seconds }: typeof whole,
  keys: boolean,
  { say, signal }: BenchOptions,
): Promise<Record<string, number | null>> {
  signal.throwIfAborted()
  const load = await probe.load({ ratePerSecond, connections, streams, seconds, keys })
  await probe.settled()
  const { latency, lateness, inTime, notStarted } = load
  say(`${name}: p50 ${percentile(latency, 0.5).toFixed(1)} ms, p99 ${percentile(latency, 0.99).toFixed(1)} ms`)
  for (const trouble of troubleOf(load)) say(`  ${trouble}`)
  return {
    p50Ms: percentile(latency, 0.5),
    p99Ms: percentile(latency, 0.99),
    p999Ms: percentile(latency, 0.999),
    sentLateP99Ms: percentile(lateness, 0.99),
    acknowledgedPerSecond: inTime / load.seconds,
    notStarted,
    loopDelayP99Ms: (await probe.target.loopDelayMs?.()) ?? null,
  }
}
