import { slotOf } from '../../../packages/kernel/src/slot.ts'
import type { LoadResult } from '../load/load.ts'
import { streamNamed } from '../load/request.ts'
import { runLoadApart } from '../load/process.ts'
import type { Probe } from '../kernel/probe.ts'
import { merged, percentile, total } from '../load/histogram.ts'

export interface Setting {
  /** Marks them in their text. */
  readonly name: string
  readonly count: number
  readonly homes: number
  readonly connections: number
  /** The first is due then, the others one after the other. */
  readonly from: number
  readonly everyMs: number
}

/** Of the latencies of messages. */
export const windowSeconds = 0.25

let serials = 1_000_000_000

/** Sets reminders, each once, in homes in turn, through the operation that anyone uses. */
export async function setReminders(probe: Probe, setting: Setting): Promise<LoadResult> {
  const { name, count, homes, connections, from, everyMs } = setting
  const { port, headers } = probe.hearth
  serials += 100_000_000
  return await runLoadApart({
    template: {
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/api/v1/call/reminders.set',
      headers,
      body: `{"text":"${name} {{instant}}","at":"{{instant}}","home":"h{{stream}}"}`,
      streams: homes,
      order: 'in turn',
      firstSerial: serials,
      instants: { from, everyMs },
    },
    connections,
    seconds: 3_600,
    requests: count,
  })
}

/** The home of so many that the load filled in for `h{{stream}}`. */
export const homeNamed = (stream: number): string => `h${streamNamed(stream)}`

export interface Rung {
  readonly due: number
  readonly at: number
  readonly slot: number
}

/** Those of the name that have rung, as a second connection sees them. */
export async function rungOf(probe: Probe, name: string): Promise<readonly Rung[]> {
  const rows = await probe.store.rows(
    (sql) =>
      sql`select home, text, rung from hearth.view_reminders_2 where rung is not null and text like ${`${name} %`}`,
  )
  return rows.map((row) => ({
    due: Date.parse(String(row['text']).slice(name.length + 1)),
    at: Number(row['rung']),
    slot: slotOf('main', String(row['home'])),
  }))
}

export const setEvents = (probe: Probe): Promise<number> =>
  probe.store
    .rows((sql) => sql`select count(*)::text as count from hearth.log where types = 'reminder.set'`)
    .then(([row]) => Number(row?.['count']))

/** Rings of one lane that came before one that was due earlier. */
export function outOfOrder(rung: readonly Rung[], lanes: number): number {
  let found = 0
  for (let lane = 0; lane < lanes; lane += 1) {
    const ofLane = rung.filter(({ slot }) => slot % lanes === lane).toSorted((a, b) => a.at - b.at || a.due - b.due)
    let latest = 0
    for (const { due } of ofLane) {
      if (due < latest) found += 1
      latest = Math.max(latest, due)
    }
  }
  return found
}

export function lateness(rung: readonly Rung[]): Record<string, number> {
  const sorted = rung.map(({ due, at }) => at - due).toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  return { latenessP50Ms: at(0.5), latenessP99Ms: at(0.99), latenessMaxMs: at(1) }
}

export const perSecond = ({ acknowledged, seconds }: LoadResult): number => acknowledged / seconds

/** Of the messages that were answered while they rang; what came before and after would flatter them. */
export function messageFigures(load: LoadResult, from: number, to: number): Record<string, number | null> {
  const place = (at: number): number => Math.max(0, Math.floor((at - load.beganAt) / (windowSeconds * 1000)))
  const during = merged(load.windows.slice(place(from), place(to) + 1))
  return {
    messagesPerSecond: load.inTime / load.seconds,
    messagesP50Ms: total(during) === 0 ? null : percentile(during, 0.5),
    messagesP99Ms: total(during) === 0 ? null : percentile(during, 0.99),
    messagesDuring: total(during),
    messagesNotStarted: load.notStarted,
  }
}
