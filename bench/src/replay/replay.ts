import { cpuOf } from '../cost.ts'
import { eventsPerMessage, troubleOf } from '../kernel/measure.ts'
import { makeStreams, openProbe, type Probe } from '../kernel/probe.ts'
import { percentile } from '../load/histogram.ts'
import type { BenchOptions } from '../main.ts'
import { atLeast, atMost, currentCommit, describeMachine, figuresOf } from '../result.ts'
import type { BenchResult } from '../result.ts'
import { openWorkplace } from '../workplace.ts'

const whole = { streams: 20_000, messages: 300_000, longEvents: 100_000, ratePerSecond: 1_000, seconds: 20, rounds: 5 }
const quickly = { ...whole, streams: 5_000, messages: 30_000, longEvents: 10_000, seconds: 5, rounds: 2 }
type Settings = typeof whole
type Found = Readonly<Record<string, number | null>>

/** The first of the streams, which all messages of a load into one stream go to. */
const longStream = 's000000'

/** A view is rebuilt from the log, on an idle server and on one that goes on writing; one actor is folded from its first event. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.quick ? quickly : whole
  const { say, signal } = options
  await using workplace = await openWorkplace()
  say('Hearth: starting')
  await using probe = await openProbe(workplace)
  await makeStreams(probe, settings.streams)
  say(`Writing ${settings.messages} messages and one stream of ${settings.longEvents} events`)
  await probe.load({ streams: settings.streams, requests: settings.messages, connections: 256, seconds: 900 })
  await probe.settled()
  const long = { streams: 1, requests: Math.ceil(settings.longEvents / eventsPerMessage) }
  await probe.load({ ...long, connections: 256, seconds: 900 })
  await probe.settled()
  const rounds: Found[] = []
  for (let round = 1; round <= settings.rounds; round += 1) {
    signal.throwIfAborted()
    rounds.push({ ...(await idle(probe, round, options)), ...(await loaded(probe, round, settings, options)) })
  }
  const ours = figuresOf(rounds)
  const median = (name: string): number => ours[name]?.median ?? NaN
  return {
    schema: 1,
    name: 'replay',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: { ...settings, quick: options.quick, eventsPerMessage, effect: 'none', postgres: probe.postgres },
    ours,
    peers: {},
    aims: [
      atLeast('events a second, rebuilding a view', 100_000, median('eventsPerSecond')),
      atMost('pause of commits at the exchange in ms, idle', 100, median('pausedMs')),
    ],
    ...(await counted(probe)),
  }
}

async function rebuilt(probe: Probe): Promise<{ events: number; seconds: number; pausedMs: number }> {
  const answer = await probe.hearth.call('views.rebuild', { view: 'probe' })
  return { events: Number(answer['events']), seconds: Number(answer['seconds']), pausedMs: Number(answer['pausedMs']) }
}

async function idle(probe: Probe, round: number, { say }: BenchOptions): Promise<Found> {
  const before = cpuOf(probe.target.processes)
  const { events, seconds, pausedMs } = await rebuilt(probe)
  const after = cpuOf(probe.target.processes)
  const micros = (spent: number): number => (1e6 * spent) / events
  say(`round ${round}: ${Math.round(events / seconds)} events/s, a pause of ${pausedMs.toFixed(0)} ms`)
  const began = performance.now()
  const actor = `main/probe:${longStream}/probe/${longStream}`
  const state = (await probe.hearth.call('actors.state', { actor }))['state'] as Record<string, number>
  const folded = (state['count'] ?? 0) + (state['settled'] ?? 0)
  const actorEventsPerSecond = folded / ((performance.now() - began) / 1000)
  return {
    eventsPerSecond: events / seconds,
    pausedMs,
    serverCpuMicrosPerEvent: micros(after.serverSeconds - before.serverSeconds),
    postgresCpuMicrosPerEvent: micros(after.postgresSeconds - before.postgresSeconds),
    actorEventsPerSecond,
  }
}

async function loaded(probe: Probe, round: number, settings: Settings, { say }: BenchOptions): Promise<Found> {
  const { streams, ratePerSecond, seconds } = settings
  const loading = probe.load({ streams, ratePerSecond, seconds, connections: 64 })
  const [load, found] = await Promise.all([loading, rebuilt(probe)])
  await probe.settled()
  const p99 = percentile(load.latency, 0.99)
  const loopDelayP99Ms = (await probe.target.loopDelayMs?.()) ?? null
  say(
    `round ${round}, with ${ratePerSecond} messages/s: ${Math.round(found.events / found.seconds)} events/s, p99 ${p99.toFixed(0)} ms`,
  )
  for (const trouble of troubleOf(load)) say(`  ${trouble}`)
  return {
    'whileWriting.eventsPerSecond': found.events / found.seconds,
    'whileWriting.pausedMs': found.pausedMs,
    'whileWriting.messageP99Ms': p99,
    'whileWriting.loopDelayP99Ms': loopDelayP99Ms,
  }
}

/** The view must be what the log leads to. */
async function counted(probe: Probe): Promise<Pick<BenchResult, 'acknowledged' | 'verified'>> {
  const { different } = await probe.hearth.call('views.verify', { view: 'probe' })
  if (different !== 0) throw new Error(`After its rebuilds the view differs from the log in ${String(different)} rows.`)
  return await probe.counts()
}
