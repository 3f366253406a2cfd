import { direct } from '../gateways/direct.ts'
import { peers, startPeers } from '../gateways/gateways.ts'
import type { StartedPeers } from '../gateways/gateways.ts'
import { budget, startHearthGateway } from '../gateways/hearth.ts'
import { ours, takeTurns } from '../gateways/turns.ts'
import type { BenchOptions } from '../main.ts'
import { currentCommit, describeMachine } from '../result.ts'
import type { BenchResult } from '../result.ts'
import { hearthStore } from '../store.ts'
import { startUpstream } from '../upstream/upstream.ts'
import { openWorkplace } from '../workplace.ts'
import { aimsOf } from './aims.ts'
import { addedTo, describe, peerFigures } from './figures.ts'
import type { Found } from './figures.ts'
import { readLedger } from './ledger.ts'
import { Measured } from './measured.ts'
import type { GatewaySettings } from './measure.ts'

interface Settings extends GatewaySettings {
  readonly rounds: number
}

const whole: Settings = {
  sequentialSeconds: 5,
  fewConnections: 16,
  fewSeconds: 5,
  connections: 64,
  seconds: 15,
  streamSeconds: 5,
  rounds: 5,
}
const quickly: Settings = { ...whole, sequentialSeconds: 2, fewSeconds: 2, seconds: 4, streamSeconds: 2, rounds: 1 }
/** Before the first round, so that what is compiled late is compiled: as many requests for all, but for the slowest. */
const warmingUp: GatewaySettings = {
  ...quickly,
  sequentialSeconds: 1,
  fewSeconds: 1,
  seconds: 10,
  requests: 10_000,
  streamSeconds: 1,
}

/** Chat completions through Hearth and its peers to one fast provider: what each adds to asking that provider itself. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const { quick, say } = options
  const settings = quick ? quickly : whole
  await using workplace = await openWorkplace()
  await using upstream = await startUpstream()
  say('Hearth: starting')
  await using hearth = await startHearthGateway(workplace, { fake: upstream })
  await using store = hearthStore(hearth.hearth)
  await using others = await startPeers(options.peers ? peers : [], workplace.folder, upstream, say)
  const all = new Map([
    [direct.name, new Measured(await direct.start(workplace.folder, upstream))],
    [ours, new Measured(hearth)],
    ...[...others.running].map(([name, gateway]) => [name, new Measured(gateway)] as const),
  ])
  const failed = await measureAll(all, settings, { ...options, stop: others.stop })
  const figures = new Map([...all].map(([name, measured]) => [name, measured.figures()]))
  const answered = all.get(ours)?.answered ?? NaN
  const ledger = await readLedger(hearth, store, answered)
  const peersFound = peerFigures(figures, new Map([...others.absent, ...failed]))
  const found = figures.get(ours) ?? {}
  return {
    schema: 1,
    name: 'gateway',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick,
      request: 'a chat completion of 2 messages, answered with 13 tokens; one stream at a time',
      added: 'percentiles of a round, less those of the upstream itself in the same round',
      memory:
        'PSS; growth is the mean of the last quarter of its samples, one a second at the most connections, in times that of the second',
      hearth: { budget, records: 'on', cpuMicrosPerRequest: 'with its PostgreSQL', ledger },
      postgres: await store.settings(),
      peers: Object.fromEntries(
        [direct, ...peers].map(({ name, differs, settings: own }) => [name, { differs, ...own }]),
      ),
    },
    ours: found,
    peers: peersFound,
    aims: aimsOf(found, peersFound, settings.connections),
    acknowledged: answered,
    verified: ledger.calls,
  }
}

/** Every round has the upstream first: what the others add is added to what that took in the same round. */
async function measureAll(
  all: ReadonlyMap<string, Measured>,
  settings: Settings,
  options: BenchOptions & Pick<StartedPeers, 'stop'>,
): Promise<ReadonlyMap<string, string>> {
  let floor: Found = {}
  return await takeTurns(all.keys(), settings.rounds, options, async (name, round) => {
    const measured = all.get(name)
    if (round === 0) return await measured?.warmUp(warmingUp)
    const found = (await measured?.round(settings)) ?? {}
    if (name === direct.name) floor = found
    measured?.keep(name === direct.name ? found : { ...found, ...addedTo(floor, found, settings) })
    options.say(`${name}, round ${round}: ${describe(found, settings)}`)
  })
}
