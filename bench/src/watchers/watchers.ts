import { memoryOf } from '../cost.ts'
import { startHearth } from '../hearth.ts'
import { percentile } from '../load/histogram.ts'
import type { BenchOptions } from '../main.ts'
import { atMost, currentCommit, describeMachine, figuresOf, type BenchResult } from '../result.ts'
import { hearthStore } from '../store.ts'
import { openWorkplace } from '../workplace.ts'
import { gatherApart } from './crowd.ts'

const whole = { watchers: 10_000, homes: 10_000, changesPerSecond: 1_000, seconds: 30, rounds: 3 }
const quickly = { ...whole, watchers: 2_000, homes: 2_000, changesPerSecond: 200, seconds: 10, rounds: 1 }

const setAtOnce = 64

/** Connections that watch a list each, and changes to these lists: how long until the watcher of a list has its change. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const { say, signal, quick } = options
  const settings = quick ? quickly : whole
  const { watchers, homes, changesPerSecond, seconds } = settings
  await using workplace = await openWorkplace()
  say('Hearth: starting')
  await using hearth = await startHearth(workplace.folder, null, { HEARTH_WATCHERS: String(watchers + 1000) })
  workplace.alsoRemove(hearth.postgres.data)
  await using store = hearthStore(hearth)
  say(`a reminder in each of ${homes} homes`)
  const reminders: string[] = []
  for (let from = 0; from < homes; from += setAtOnce)
    await Promise.all(
      Array.from({ length: Math.min(setAtOnce, homes - from) }, async (_, step) => {
        const set = { text: 'first', at: '2090-01-01T00:00:00Z', home: `w${from + step}` }
        reminders[from + step] = String((await hearth.call('reminders.set', set))['id'])
      }),
    )
  const before = memoryOf(hearth.processes.server()) ?? NaN
  const { port, headers } = hearth
  await using crowd = await gatherApart({ port, headers, watchers, homes, reminders })
  const bytesEach = ((memoryOf(hearth.processes.server()) ?? NaN) - before) / watchers
  say(`${watchers} watch, ${Math.round(bytesEach)} bytes each`)
  const rounds: Record<string, number | null>[] = []
  let changes = 0
  for (let round = 1; round <= settings.rounds; round += 1) {
    signal.throwIfAborted()
    const result = await crowd.run({ changesPerSecond, seconds })
    const status = await hearth.status()
    changes += result.changes
    const { delivery, afterAnswer, delivered, failed, wrong, resets, closed } = result
    say(
      `round ${round}: ${delivered} delivered of ${result.changes}, p50 ${percentile(delivery, 0.5).toFixed(1)} ms, p99 ${percentile(delivery, 0.99).toFixed(1)} ms, ${failed} failed, ${wrong} wrong`,
    )
    rounds.push({
      deliveryP50Ms: percentile(delivery, 0.5),
      deliveryP99Ms: percentile(delivery, 0.99),
      deliveryP999Ms: percentile(delivery, 0.999),
      afterAnswerP99Ms: percentile(afterAnswer, 0.99),
      delivered,
      failed,
      wrong,
      resets,
      closed,
      bytesEach,
      loopDelayP99Ms: Number(status['loopDelayP99Ms']),
    })
  }
  const bytesAfter = ((memoryOf(hearth.processes.server()) ?? NaN) - before) / watchers
  rounds.push({ bytesEachAfter: bytesAfter })
  const ours = figuresOf(rounds)
  const verified = await store.rows(
    (sql) => sql`select count(*)::text as count from hearth.log where types = 'reminder.changed'`,
  )
  return {
    schema: 1,
    name: 'watchers',
    commit: currentCommit(),
    machine: describeMachine(),
    settings: {
      ...settings,
      quick,
      each: 'a WebSocket that watches reminders.list of a home',
      change: 'reminders.change of a text over HTTP, open loop, homes in turn',
      delivery: 'from the moment a change ought to have been sent to its arrival at a watcher',
      bytesEach: 'PSS of the server with all watchers, less that without, before the first change',
      postgres: await store.settings(),
    },
    ours,
    peers: {},
    aims: [
      atMost('delivery p99 in ms', 250, ours['deliveryP99Ms']?.median ?? NaN),
      atMost('bytes a watcher', 30_000, ours['bytesEach']?.median ?? NaN),
      atMost('watchers that hold something wrong in the end', 0, ours['wrong']?.max ?? NaN),
      atMost('connections that were closed', 0, ours['closed']?.max ?? NaN),
    ],
    acknowledged: changes,
    verified: Number(verified[0]?.['count']),
  }
}
