import { peerFigures } from '../gateway/figures.ts'
import { readLedger } from '../gateway/ledger.ts'
import { direct } from '../gateways/direct.ts'
import { peers, startPeers } from '../gateways/gateways.ts'
import { budget, startHearthGateway } from '../gateways/hearth.ts'
import { ours, takeTurns } from '../gateways/turns.ts'
import type { BenchOptions } from '../main.ts'
import { atMost, currentCommit, describeMachine, figuresOf } from '../result.ts'
import type { BenchResult } from '../result.ts'
import { hearthStore } from '../store.ts'
import { startUpstream } from '../upstream/upstream.ts'
import { openWorkplace } from '../workplace.ts'
import { after, measureStreams, tokensOf } from './measure.ts'
import type { StreamSettings } from './measure.ts'

interface Settings extends StreamSettings {
  readonly rounds: number
}

const whole: Settings = {
  streams: 1_000,
  tokensPerSecond: 50,
  seconds: 30,
  beginsWithinMs: 2_000,
  patienceSeconds: 120,
  rounds: 3,
}
const quickly: Settings = { ...whole, seconds: 8, rounds: 1 }
/** Before the first round: few streams, which say all that is said in the rounds. */
const warmingUp: StreamSettings = { ...quickly, streams: 50, seconds: 2, beginsWithinMs: 200 }

type Found = Readonly<Record<string, number | null>>

/** What is held after the last round, in times what was after the first; none of a single one. */
function growthOver(rounds: readonly Found[]): Found {
  const [first, last] = [rounds[0]?.[after], rounds.at(-1)?.[after]]
  return { memoryGrowth: rounds.length < 2 || first == null || last == null ? null : last / first }
}

/** A thousand answers at once, each token of which says when it was written. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const { quick, say } = options
  const settings = quick ? quickly : whole
  await using workplace = await openWorkplace()
  await using upstream = await startUpstream()
  say('Hearth: starting')
  await using hearth = await startHearthGateway(workplace, { fake: upstream })
  await using store = hearthStore(hearth.hearth)
  await using others = await startPeers(options.peers ? peers : [], workplace.folder, upstream, say)
  const floor = await direct.start(workplace.folder, upstream)
  const all = new Map([[direct.name, floor] as const, [ours, hearth] as const, ...others.running])
  const found = new Map<string, Found[]>()
  let answered = 0
  const turns = { ...options, stop: others.stop }
  const failed = await takeTurns(all.keys(), settings.rounds, turns, async (name, round) => {
    const gateway = all.get(name)
    if (gateway === undefined) return
    const now = round === 0 ? warmingUp : settings
    await upstream.speak({ tokens: tokensOf(now), everyMs: 1000 / now.tokensPerSecond, stamped: true })
    const { figures, whole: ended } = await measureStreams(gateway, now)
    if (name === ours) answered += ended
    if (round === 0) return
    found.set(name, [...(found.get(name) ?? []), figures])
    const [p50, p99, rate] = [figures['lagP50Ms'], figures['lagP99Ms'], figures['tokensPerSecond']]
    say(
      `${name}, round ${round}: ${rate?.toFixed(0)} tokens/s, lag p50 ${p50?.toFixed(2)} ms, p99 ${p99?.toFixed(2)} ms`,
    )
  })
  const figures = new Map([...found].map(([name, rounds]) => [name, figuresOf([...rounds, growthOver(rounds)])]))
  const ledger = await readLedger(hearth, store, answered)
  const own = figures.get(ours) ?? {}
  return {
    schema: 1,
    name: 'stream',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick,
      lag: 'from the moment the upstream wrote a token to its arrival, by the clock that all processes share',
      whole: 'every stream is read to its end: all tokens in their turn, then [DONE]',
      hearth: { budget, records: 'on', ledger },
      postgres: await store.settings(),
      peers: Object.fromEntries(
        [direct, ...peers].map(({ name, differs, settings: theirs }) => [name, { differs, ...theirs }]),
      ),
    },
    ours: own,
    peers: peerFigures(figures, new Map([...others.absent, ...failed])),
    aims: [
      atMost('lag p99 in ms', 50, own['lagP99Ms']?.median ?? NaN),
      atMost('event-loop delay p99 in ms', 20, own['loopDelayP99Ms']?.median ?? NaN),
      ...(own['memoryGrowth'] === undefined
        ? []
        : [atMost('memory after the last round, in times that after the first', 1.1, own['memoryGrowth'].median)]),
    ],
    acknowledged: answered,
    verified: ledger.calls,
  }
}
