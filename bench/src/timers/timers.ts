import { setTimeout as sleep } from 'node:timers/promises'
import { eventsPerMessage, troubleOf } from '../kernel/measure.ts'
import { makeStreams, openProbe } from '../kernel/probe.ts'
import type { Probe } from '../kernel/probe.ts'
import type { LoadResult } from '../load/load.ts'
import type { BenchOptions } from '../main.ts'
import { atLeast, atMost, currentCommit, describeMachine, figuresOf } from '../result.ts'
import type { BenchResult } from '../result.ts'
import { openWorkplace } from '../workplace.ts'
import { lateness, messageFigures, outOfOrder, perSecond, rungOf, setEvents, setReminders } from './reminders.ts'
import type { Rung } from './reminders.ts'

const whole = {
  /** Due in years. */
  far: 900_000,
  due: 100_000,
  dueWithinSeconds: 60,
  atOnce: 100_000,
  homes: 20_000,
  streams: 20_000,
  messagesPerSecond: 2_000,
  connections: 256,
  rounds: 3,
}
const quickly = {
  ...whole,
  far: 20_000,
  due: 5_000,
  dueWithinSeconds: 6,
  atOnce: 5_000,
  homes: 4_000,
  streams: 2_000,
  rounds: 1,
}

type Settings = typeof whole

interface Run extends BenchOptions {
  readonly settings: Settings
  readonly probe: Probe
  readonly lanes: number
  /** Reminders that were acknowledged. */
  set: number
  settable: number
}

const rungWithinMs = 300_000
const yearMs = 31_536_000_000

/** Reminders due one after the other among a million, and very many at the same second with messages meanwhile. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.quick ? quickly : whole
  await using workplace = await openWorkplace()
  options.say('Hearth: starting')
  await using probe = await openProbe(workplace)
  const lanes = Number((await probe.hearth.status())['lanes'])
  const run: Run = { ...options, settings, probe, lanes, set: 0, settable: 1 }
  await makeStreams(probe, settings.streams)
  const { far, homes, connections, streams, messagesPerSecond } = settings
  const setting = await set(run, 'far', far, Date.now() + yearMs, 1000)
  const rounds: Record<string, number | null>[] = [{ setPerSecond: perSecond(setting) }]
  for (let round = 1; round <= settings.rounds; round += 1) {
    rounds.push(await spreadOut(run, `spread${round}`))
    rounds.push(await allAtOnce(run, `at-once${round}`))
  }
  await probe.settled()
  const ours = figuresOf(rounds)
  const median = (name: string): number => ours[name]?.median ?? NaN
  const messages = await probe.counts()
  return {
    schema: 1,
    name: 'timers',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick: options.quick,
      lanes,
      reminders: `reminders.set over HTTP in ${homes} homes, over ${connections} connections`,
      lateness: 'from due to the time by the owner’s clock at which the ring was decided, as the view has it',
      drained: 'from the second at which they are due to the last ring',
      messages: `${messagesPerSecond}/s of probe.record to ${streams} streams, open loop`,
      eventsPerMessage,
      postgres: probe.postgres,
    },
    ours,
    peers: {},
    aims: [
      atMost('lateness p99 in ms, due one after the other', 1_000, median('spread.latenessP99Ms')),
      atLeast('drained a second, due at the same second', 8_000, median('atOnce.drainedPerSecond')),
      atMost('p99 of messages meanwhile in ms', 100, median('atOnce.messagesP99Ms')),
      atMost('rung before what was due earlier in its lane', 0, ours['outOfOrder']?.max ?? NaN),
      atMost('event-loop delay p99 in ms', 20, median('atOnce.loopDelayP99Ms')),
    ],
    acknowledged: messages.acknowledged + run.set,
    verified: messages.verified + (await setEvents(probe)),
  }
}

async function spreadOut(run: Run, name: string): Promise<Record<string, number | null>> {
  const { due, dueWithinSeconds } = run.settings
  const from = Date.now() + leadMs(run, due)
  await set(run, name, due, from, (dueWithinSeconds * 1000) / due)
  const rung = await untilRung(run, name, due, from + dueWithinSeconds * 1000)
  return { ...prefixed('spread.', lateness(rung)), outOfOrder: outOfOrder(rung, run.lanes) }
}

async function allAtOnce(run: Run, name: string): Promise<Record<string, number | null>> {
  const { probe, settings, say } = run
  const { atOnce, streams, messagesPerSecond, connections } = settings
  const second = Math.ceil((Date.now() + leadMs(run, atOnce)) / 1000) * 1000
  // Within a tenth of the second, so that the order in which they ring can be seen.
  await set(run, name, atOnce, second, 99 / atOnce)
  const early = 2_000
  await sleep(Math.max(0, second - early - Date.now()))
  const seconds = early / 1000 + Math.ceil(atOnce / 4_000) + 2
  const load = await probe.load({ streams, connections, seconds, ratePerSecond: messagesPerSecond })
  for (const trouble of troubleOf(load)) say(`  ${trouble}`)
  const loopDelayP99Ms = (await probe.target.loopDelayMs?.()) ?? null
  const rung = await untilRung(run, name, atOnce, second)
  const last = rung.reduce((latest, { at }) => Math.max(latest, at), second)
  const drainedPerSecond = atOnce / ((last - second) / 1000)
  say(`${name}: ${Math.round(drainedPerSecond)}/s drained, the last ${last - second} ms after the second`)
  const figures = { drainedPerSecond, loopDelayP99Ms, ...messageFigures(load), ...lateness(rung) }
  return { ...prefixed('atOnce.', figures), outOfOrder: outOfOrder(rung, run.lanes) }
}

/** As long as it takes to set so many, with room: none may be due before all are set. */
const leadMs = ({ settable }: Run, count: number): number => (count / settable) * 1500 + 3_000

async function set(run: Run, name: string, count: number, from: number, everyMs: number): Promise<LoadResult> {
  const { probe, settings, say, signal } = run
  signal.throwIfAborted()
  const { homes, connections } = settings
  const load = await setReminders(probe, { name, count, homes, connections, from, everyMs })
  run.set += load.acknowledged
  run.settable = perSecond(load)
  say(`${load.acknowledged} reminders set, ${Math.round(run.settable)}/s`)
  for (const trouble of troubleOf(load)) say(`  ${trouble}`)
  if (Date.now() > from) say('  they were due before all of them were set')
  return load
}

async function untilRung(run: Run, name: string, count: number, last: number): Promise<readonly Rung[]> {
  await sleep(Math.max(0, last - Date.now()))
  const until = Date.now() + rungWithinMs
  for (;;) {
    run.signal.throwIfAborted()
    const rung = await rungOf(run.probe, name)
    if (rung.length === count) return rung
    if (Date.now() > until)
      throw new Error(`${rung.length} of ${count} reminders rang within ${rungWithinMs / 1000} s.`)
    await sleep(1_000)
  }
}

const prefixed = <T>(prefix: string, figures: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}${name}`, value]))
