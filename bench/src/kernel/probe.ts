import { startHearth } from '../hearth.ts'
import type { Hearth } from '../hearth.ts'
import type { LoadPlan, LoadResult } from '../load/load.ts'
import { runLoadApart } from '../load/process.ts'
import { hearthStore } from '../store.ts'
import type { PostgresStore } from '../store.ts'
import type { Workplace } from '../workplace.ts'
import { hearthTarget } from './hearth-target.ts'
import { eventsPerMessage, templateOf, untilSettled } from './measure.ts'
import type { Target } from './measure.ts'

/** A Hearth of its own under one load after another, with what it acknowledged of all of them. */
export interface Probe extends AsyncDisposable {
  readonly target: Target
  readonly hearth: Hearth
  readonly store: PostgresStore
  readonly postgres: Readonly<Record<string, string>>
  readonly load: (options: ProbeLoad) => Promise<LoadResult>
  /** When every effect of what was acknowledged so far has settled. */
  readonly settled: () => Promise<void>
  readonly counts: () => Promise<{ readonly acknowledged: number; readonly verified: number }>
}

export interface ProbeLoad extends Pick<LoadPlan, 'connections' | 'seconds' | 'ratePerSecond' | 'requests'> {
  readonly streams: number
  readonly order?: 'random' | 'in turn'
  readonly firstStream?: number
  readonly keys?: boolean
}

export async function openProbe(workplace: Workplace): Promise<Probe> {
  await using stack = new AsyncDisposableStack()
  const hearth = stack.use(await startHearth(workplace.folder))
  workplace.alsoRemove(hearth.postgres.data)
  const store = stack.use(hearthStore(hearth))
  const target = hearthTarget(hearth, store)
  const postgres = await store.settings()
  let acknowledged = 0
  const owned = stack.move()
  return {
    target,
    hearth,
    store,
    postgres,
    load: async ({ streams, order = 'random', firstStream = 0, keys = false, ...plan }) => {
      const template = { ...templateOf(target, { streams, order, keys }), firstStream }
      const result = await runLoadApart({ template, ...plan })
      acknowledged += result.acknowledged
      return result
    },
    settled: () => untilSettled(async () => acknowledged - ((await target.settled?.()) ?? 0), acknowledged),
    counts: async () => ({ acknowledged, verified: (await store.events()) / eventsPerMessage }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** A first message to each stream, which makes it. */
export async function makeStreams(probe: Probe, streams: number): Promise<void> {
  await probe.load({ streams, order: 'in turn', requests: streams, connections: 256, seconds: 300 })
  await probe.settled()
}
