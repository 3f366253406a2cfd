import { setTimeout as sleep } from 'node:timers/promises'
import { templateOf } from '../gateway/measure.ts'
import type { HearthGateway } from '../gateways/hearth.ts'
import { percentile, slowerThan, total } from '../load/histogram.ts'
import type { Histogram } from '../load/histogram.ts'
import { runLoadApart } from '../load/process.ts'
import type { PostgresStore } from '../store.ts'
import { said } from '../upstream/protocol.ts'
import { askedOf, triesSince } from './calls.ts'
import type { Death, Mortal } from './deaths.ts'

export interface PhaseSettings {
  readonly connections: number
  readonly beforeSeconds: number
  readonly deadSeconds: number
  readonly backSeconds: number
}

export interface Phase {
  readonly figures: Readonly<Record<string, number | null>>
  readonly answered: number
  readonly failed: number
  readonly faults: readonly string[]
}

const recordedWithinMs = 60_000

/** Full load on a model that two have: the first of them dies, and comes back. */
export async function measurePhase(
  hearth: HearthGateway,
  store: PostgresStore,
  mortal: Mortal,
  how: Death,
  settings: PhaseSettings,
): Promise<Phase> {
  const { connections, beforeSeconds, deadSeconds, backSeconds } = settings
  const seconds = beforeSeconds + deadSeconds + backSeconds
  const since = Date.now()
  const loading = runLoadApart({
    template: templateOf(hearth, 'whole'),
    completion: { form: 'whole', text: said },
    connections,
    seconds,
    windowSeconds: 1,
  })
  // Whatever goes wrong meanwhile, it is heard of below.
  loading.catch(() => undefined)
  const [diedAt, backAt] = await liveAndDie(mortal, how, settings)
  const load = await loading
  const { acknowledged, statuses, unanswered, latency, faults, windows, beganAt } = load
  const sent = total(latency) + unanswered
  await untilRecorded(store, hearth.key, since, sent)
  const asked = askedOf(await triesSince(store, hearth.key, since), 'first', diedAt, backAt)
  const failed = sent - acknowledged
  const second = (at: number): number => (at - beganAt) / 1000
  const rate = (from: number, to: number): number => rateOf(windows, Math.ceil(from), Math.floor(to))
  return {
    answered: acknowledged,
    failed,
    faults: [...faults, ...(statuses[200] === sent ? [] : [JSON.stringify(statuses)])],
    figures: {
      [`${how}.answered`]: acknowledged,
      [`${how}.failed`]: failed,
      [`${how}.triesAtTheDead`]: asked.tries,
      [`${how}.leftAloneAfterMs`]: asked.leftAloneAfterMs,
      [`${how}.askedAgainAfterMs`]: asked.askedAgainAfterMs,
      [`${how}.before.perSecond`]: rate(0, second(diedAt)),
      [`${how}.dead.perSecond`]: rate(second(diedAt), second(backAt)),
      [`${how}.back.perSecond`]: rate(second(backAt), seconds),
      [`${how}.p99Ms`]: percentile(latency, 0.99),
      [`${how}.greatestMs`]: percentile(latency, 1),
      [`${how}.slowerThanASecond`]: slowerThan(latency, 1_000),
    },
  }
}

async function liveAndDie(
  mortal: Mortal,
  how: Death,
  { beforeSeconds, deadSeconds }: PhaseSettings,
): Promise<readonly [diedAt: number, backAt: number]> {
  await sleep(beforeSeconds * 1000)
  const diedAt = Date.now()
  await mortal.die(how)
  await sleep(deadSeconds * 1000)
  await mortal.comeBack()
  return [diedAt, Date.now()]
}

/** Answers a second in whole windows of a second. */
function rateOf(windows: readonly Histogram[], from: number, to: number): number {
  const those = Array.from({ length: Math.max(0, to - from) }, (_, index) => windows[from + index])
  return those.reduce((sum, window) => sum + (window === undefined ? 0 : total(window)), 0) / those.length
}

async function untilRecorded(store: PostgresStore, key: string, since: number, sent: number): Promise<void> {
  const until = performance.now() + recordedWithinMs
  for (;;) {
    const [row] = await store.rows(
      (sql) => sql`select count(*)::text as count from hearth.view_calls_1 where asker = ${key} and at >= ${since}`,
    )
    if (Number(row?.['count']) >= sent) return
    if (performance.now() > until) throw new Error(`${row?.['count']} of ${sent} calls are in the ledger.`)
    await sleep(200)
  }
}
