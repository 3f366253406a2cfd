import { makeStreams, openProbe } from '../kernel/probe.ts'
import type { Probe } from '../kernel/probe.ts'
import { eventsPerMessage, troubleOf } from '../kernel/measure.ts'
import { percentile } from '../load/histogram.ts'
import type { BenchOptions } from '../main.ts'
import { atLeast, atMost, currentCommit, describeMachine, figuresOf } from '../result.ts'
import type { BenchResult } from '../result.ts'
import { openWorkplace } from '../workplace.ts'
import { growth, memoryFigures, watchMemory } from './memory.ts'

const whole = {
  peakConnections: 256,
  peakSeconds: 15,
  timesPeak: 2,
  /** As many as a server may leave waiting for longer than the aim, so that it is the server that bounds what waits. */
  overloadConnections: 8_192,
  overloadSeconds: 60,
  streams: 20_000,
  rounds: 3,
}
const quickly = { ...whole, peakSeconds: 5, overloadSeconds: 15, rounds: 1 }

type Settings = typeof whole

/** What a closed loop reaches, then twice of it offered whatever the server does. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.quick ? quickly : whole
  await using workplace = await openWorkplace()
  options.say('Hearth: starting')
  await using probe = await openProbe(workplace)
  await makeStreams(probe, settings.streams)
  const rounds: Record<string, number | null>[] = []
  for (let round = 1; round <= settings.rounds; round += 1)
    rounds.push(await measureRound(probe, `round ${round}`, settings, options))
  const ours = figuresOf(rounds)
  const median = (name: string): number => ours[name]?.median ?? NaN
  return {
    schema: 1,
    name: 'overload',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick: options.quick,
      loop: 'closed for the peak, then open; a latency counts from the moment its request ought to have been sent',
      eventsPerMessage,
      effect: 'none',
      postgres: probe.postgres,
    },
    ours,
    peers: {},
    aims: [
      atLeast('goodput in % of peak', 90, median('goodputPercent')),
      atMost('p99 of what was accepted in ms', 250, median('acceptedP99Ms')),
      atMost('memory in the last quarter, in times that of the second', 1.1, median('memoryGrowth')),
      atMost('event-loop delay p99 in ms', 20, median('loopDelayP99Ms')),
    ],
    ...(await probe.counts()),
  }
}

async function measureRound(
  probe: Probe,
  name: string,
  settings: Settings,
  { say, signal }: BenchOptions,
): Promise<Record<string, number | null>> {
  const { streams, peakConnections, peakSeconds, timesPeak, overloadConnections, overloadSeconds } = settings
  signal.throwIfAborted()
  const closed = await probe.load({ streams, connections: peakConnections, seconds: peakSeconds })
  await probe.settled()
  const peak = closed.inTime / closed.seconds
  say(`${name}: peak ${Math.round(peak)}/s`)
  for (const trouble of troubleOf(closed)) say(`  ${trouble}`)
  signal.throwIfAborted()
  const ratePerSecond = Math.round(peak * timesPeak)
  const open = { streams, connections: overloadConnections, seconds: overloadSeconds, ratePerSecond }
  const { result, samples } = await watchMemory(probe.target.processes, () => probe.load(open))
  const loopDelayP99Ms = (await probe.target.loopDelayMs?.()) ?? null
  await probe.settled()
  const goodput = result.inTime / result.seconds
  const p99 = percentile(result.acceptedLatency, 0.99)
  say(`${name}: ${ratePerSecond}/s offered, ${Math.round(goodput)}/s accepted, their p99 ${p99.toFixed(0)} ms`)
  for (const trouble of troubleOf(result)) say(`  ${trouble}`)
  const sent = ratePerSecond * result.seconds - result.notStarted
  return {
    peakPerSecond: peak,
    offeredPerSecond: ratePerSecond,
    sentPerSecond: sent / result.seconds,
    goodputPerSecond: goodput,
    goodputPercent: (100 * goodput) / peak,
    acceptedP50Ms: percentile(result.acceptedLatency, 0.5),
    acceptedP99Ms: p99,
    acceptedSinceSentP99Ms: percentile(result.acceptedSinceSent, 0.99),
    sentLateP99Ms: percentile(result.lateness, 0.99),
    ...refusals(result.statuses),
    unanswered: result.unanswered,
    notStarted: result.notStarted,
    loopDelayP99Ms,
    memoryGrowth: growth(samples),
    ...memoryFigures(samples),
  }
}

/** 429 and 503 are how a server ought to refuse; they are shown also where it never did. */
function refusals(statuses: Readonly<Record<string, number>>): Record<string, number> {
  const others = Object.entries({ 429: 0, 503: 0, ...statuses }).filter(([status]) => Number(status) >= 300)
  return Object.fromEntries(others.map(([status, count]) => [`answers.${status}`, count]))
}
