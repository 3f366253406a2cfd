import { startBaseline } from '../baseline/baseline.ts'
import type { ClusterRecipe } from '../baseline/cluster.ts'
import { startHearth } from '../hearth.ts'
import type { BenchOptions } from '../main.ts'
import { measurePeers } from '../peers/peers.ts'
import type { Measured } from '../peers/peers.ts'
import { atLeast, atMost, currentCommit, describeMachine, figuresOf } from '../result.ts'
import type { Aim, BenchResult, Figures } from '../result.ts'
import { hearthStore } from '../store.ts'
import { hearthTarget } from './hearth-target.ts'
import { openWorkplace } from '../workplace.ts'
import { eventsPerMessage, measure } from './measure.ts'
import type { Phase, Target } from './measure.ts'

interface Settings {
  readonly connections: number
  readonly streams: number
  readonly seconds: number
  readonly rounds: number
  /** What comes before the rounds: a first message to each stream, with figures of its own, or seconds of warming up. */
  readonly before: Phase['length']
}

const whole: Settings = { connections: 256, streams: 20_000, seconds: 15, rounds: 5, before: 'each' }
const quickly: Settings = { ...whole, seconds: 2.5, rounds: 3 }
/** Peers take ten times as long: quickly, one short round each. */
const peersQuickly: Settings = { ...quickly, rounds: 1, before: 2 }

type Found = Readonly<Record<string, number | null>>

/** Messages into 20,000 streams over HTTP: acknowledged, settled, and what each costs. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.quick ? quickly : whole
  await using workplace = await openWorkplace()
  const { measured: ours, recipe } = await measureHearth(workplace, settings, options)
  const baseline = await measureBaseline(workplace.folder, recipe, settings, options)
  if (baseline.acknowledged !== baseline.verified)
    throw new Error(`The baseline acknowledged ${baseline.acknowledged} and holds ${baseline.verified}.`)
  const peersSettings = options.quick ? peersQuickly : settings
  const peers = await measurePeers({
    leftOut: options.peers ? null : 'left out by --quick; --peers measures it all the same',
    folder: workplace.folder,
    recipe,
    say: options.say,
    signal: options.signal,
    measure: (name, target) => measureRounds(name, target, peersSettings, options),
  })
  return {
    schema: 1,
    name: 'kernel',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick: options.quick,
      eventsPerMessage,
      effect: 'none',
      postgres: recipe.settings,
      baseline: baselineDiffers,
      peers: { ...peersSettings, ...peers.settings },
    },
    ours: ours.figures,
    peers: { baseline: baseline.figures, ...peers.figures },
    aims: aimsOf(ours.figures, baseline.figures, peers.figures),
    acknowledged: ours.acknowledged,
    verified: ours.verified,
  }
}

const baselineDiffers =
  'the hand-written baseline writes a key, 3 event rows and a view row a message; it has no effect to settle, no seal, no hash chain, no roles, and checks no caller'

async function measureHearth(
  workplace: Awaited<ReturnType<typeof openWorkplace>>,
  settings: Settings,
  options: BenchOptions,
): Promise<{ measured: Measured; recipe: ClusterRecipe }> {
  options.say('Hearth: starting')
  await using hearth = await startHearth(workplace.folder)
  const { program, data } = hearth.postgres
  workplace.alsoRemove(data)
  await using store = hearthStore(hearth)
  const target = hearthTarget(hearth, store)
  const measured = await measureRounds('Hearth', target, settings, options)
  return { measured, recipe: { program, likeData: data, settings: await store.settings() } }
}

async function measureBaseline(
  folder: string,
  recipe: ClusterRecipe,
  settings: Settings,
  options: BenchOptions,
): Promise<Measured> {
  options.say('Baseline: starting')
  await using target = await startBaseline(folder, recipe)
  return await measureRounds('Baseline', target, settings, options)
}

async function measureRounds(
  name: string,
  target: Target,
  settings: Settings,
  { say, signal }: BenchOptions,
): Promise<Measured> {
  const { connections, streams, seconds, rounds, before } = settings
  const found: Found[] = []
  let acknowledged = 0
  const phase = async (what: string, prefix: string, length: Phase['length'], keys: boolean): Promise<Found> => {
    signal.throwIfAborted()
    const result = await measure(target, { length, keys, connections, streams })
    acknowledged += result.acknowledged
    const { acknowledgedPerSecond, p99Ms } = result.figures
    say(`${name}, ${what}: ${Math.round(acknowledgedPerSecond ?? 0)}/s, p99 ${(p99Ms ?? 0).toFixed(1)} ms`)
    for (const trouble of result.trouble) say(`  ${trouble}`)
    return Object.fromEntries(Object.entries(result.figures).map(([figure, value]) => [`${prefix}${figure}`, value]))
  }
  if (before === 'each') found.push(await phase('a first message to each stream', 'newStreams.', before, false))
  else await phase('warming up', '', before, false)
  for (let round = 1; round <= rounds; round += 1) {
    const without = await phase(`round ${round}`, '', seconds, false)
    const withKeys = await phase(`round ${round} with keys`, 'withKeys.', seconds, true)
    found.push({ ...without, ...withKeys })
  }
  const verified = (await target.store.events()) / eventsPerMessage
  return { figures: figuresOf(found), acknowledged, verified }
}

function aimsOf(ours: Figures, baseline: Figures, peers: BenchResult['peers']): Aim[] {
  const median = (figures: Figures, name: string): number => figures[name]?.median ?? NaN
  const ran = (peer: string): boolean => peers[peer] !== undefined && !('absent' in peers[peer])
  const times = (peer: string, figure: string): number => median(ours, figure) / median(peers[peer] as Figures, figure)
  const cpu = (figures: Figures): number =>
    median(figures, 'serverCpuMicrosPerMessage') + median(figures, 'postgresCpuMicrosPerMessage')
  return [
    atLeast('acknowledged a second', 15_000, median(ours, 'acknowledgedPerSecond')),
    atLeast('acknowledged a second, with keys', 15_000, median(ours, 'withKeys.acknowledgedPerSecond')),
    atLeast('settled a second', 10_000, median(ours, 'settledPerSecond')),
    atMost('p99 in ms', 100, median(ours, 'p99Ms')),
    atMost('event-loop delay p99 in ms', 20, median(ours, 'loopDelayP99Ms')),
    atMost("processor time a message, in times the baseline's", 2, cpu(ours) / cpu(baseline)),
    ...['dbos', 'restate']
      .filter(ran)
      .flatMap((peer) => [
        atLeast(`acknowledged a second, in times ${peer}'s`, 10, times(peer, 'acknowledgedPerSecond')),
        atLeast(`settled a second, in times ${peer}'s`, 10, times(peer, 'settledPerSecond')),
      ]),
  ]
}
