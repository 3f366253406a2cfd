import { readLedger } from '../gateway/ledger.ts'
import { allAnswered, templateOf } from '../gateway/measure.ts'
import { budget, startHearthGateway } from '../gateways/hearth.ts'
import { runLoadApart } from '../load/process.ts'
import type { BenchOptions } from '../main.ts'
import { atMost, currentCommit, describeMachine, figuresOf } from '../result.ts'
import type { BenchResult } from '../result.ts'
import { hearthStore } from '../store.ts'
import { said } from '../upstream/protocol.ts'
import { startUpstream } from '../upstream/upstream.ts'
import { openWorkplace } from '../workplace.ts'
import { deaths, startMortal } from './deaths.ts'
import type { Death } from './deaths.ts'
import { measurePhase } from './phase.ts'
import type { Phase, PhaseSettings } from './phase.ts'

interface Settings extends PhaseSettings {
  readonly rounds: number
}

const whole: Settings = { connections: 64, beforeSeconds: 5, deadSeconds: 10, backSeconds: 15, rounds: 3 }
/** One that failed is left alone for 2 seconds, then 4, then 8, each cut by up to a quarter: it is back before the second look. */
const quickly: Settings = { ...whole, beforeSeconds: 2, deadSeconds: 4, backSeconds: 5, rounds: 1 }

const warmUpSeconds = 4

function describe({ answered, failed, figures }: Phase, how: Death): string {
  const value = (name: string): number | string => figures[`${how}.${name}`] ?? '-'
  return [
    `${answered} answered, ${value('slowerThanASecond')} of them after more than a second, ${failed} failed`,
    `left alone after ${value('leftAloneAfterMs')} ms and ${value('triesAtTheDead')} tries`,
    `asked again after ${value('askedAgainAfterMs')} ms`,
  ].join('; ')
}

/** A model that two providers have, at full load: the one that is asked first dies in each of the ways there are, and comes back. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const { quick, say, signal } = options
  const settings = quick ? quickly : whole
  await using workplace = await openWorkplace()
  await using mortal = await startMortal()
  await using second = await startUpstream()
  say('Hearth: starting')
  await using hearth = await startHearthGateway(workplace, { first: mortal.upstream(), second })
  await using store = hearthStore(hearth.hearth)
  const rounds: Readonly<Record<string, number | null>>[] = []
  const warmUp = { template: templateOf(hearth, 'whole'), completion: { form: 'whole', text: said } as const }
  let answered = allAnswered(
    await runLoadApart({ ...warmUp, connections: settings.connections, seconds: warmUpSeconds }),
  )
  let failed = 0
  for (let round = 1; round <= settings.rounds; round += 1) {
    for (const how of deaths) {
      signal.throwIfAborted()
      const phase = await measurePhase(hearth, store, mortal, how, settings)
      answered += phase.answered
      failed += phase.failed
      rounds.push(phase.figures)
      say(`${how}, round ${round}: ${describe(phase, how)}`)
      for (const fault of phase.faults) say(`  ${fault}`)
    }
  }
  const ours = figuresOf([...rounds, { failed }])
  const ledger = await readLedger(hearth, store, answered)
  return {
    schema: 1,
    name: 'breaker',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick,
      deaths: {
        killed: 'SIGKILL of the provider',
        refuses: 'it takes no connections, and those that were there are gone',
        errors: 'it answers 500',
        hangs: 'it takes requests and says nothing; when it is back, those connections are gone',
      },
      leftAloneAfterMs: 'from its death to the last try before half a second without any, by the records of the calls',
      askedAgainAfterMs: 'from its return to the first try that it answered',
      hearth: { budget, records: 'on', ledger },
      postgres: await store.settings(),
    },
    ours,
    peers: {},
    aims: [
      atMost('requests failed that had another candidate', 0, failed),
      ...deaths.map((how) => atMost(`${how}: left alone after ms`, 1_000, ours[`${how}.leftAloneAfterMs`]?.max ?? NaN)),
    ],
    acknowledged: answered,
    verified: ledger.calls,
  }
}
