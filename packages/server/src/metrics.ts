import { formatEffectId, type EndedAttempt, type LaneStatus, type Meter, type ResultEnvelope } from '@hearth/kernel'
import { codeOf } from './waits.ts'
import type { ViewStatus } from './store/views/view-keeper.ts'

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

interface Histogram {
  observe(seconds: number): void
  lines(name: string, help: string): string
}

function createHistogram(): Histogram {
  const counts = new Array<number>(bounds.length + 1).fill(0)
  let sum = 0
  return {
    observe: (seconds) => {
      const place = bounds.findIndex((bound) => seconds <= bound)
      const index = place === -1 ? bounds.length : place
      counts[index] = (counts[index] ?? 0) + 1
      sum += seconds
    },
    lines: (name, help) => {
      let total = 0
      const buckets = counts.map(
        (count, index) => `${name}_bucket{le="${bounds[index] ?? '+Inf'}"} ${(total += count)}`,
      )
      return [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} histogram`,
        ...buckets,
        `${name}_sum ${sum}`,
        `${name}_count ${total}`,
      ].join('\n')
    },
  }
}

interface ReadAnew {
  readonly lanes: readonly LaneStatus[]
  /** Null: never counted yet. */
  readonly owed: Readonly<Record<string, number>> | null
  /** Exposed even when nothing of them is owed. */
  readonly kinds: readonly string[]
  readonly views: Readonly<Record<string, ViewStatus>>
  readonly watchers: number
}

function waitLines(lanes: readonly LaneStatus[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { wait } of lanes)
    if (wait !== null) counts.set(codeOf(wait.trouble), (counts.get(codeOf(wait.trouble)) ?? 0) + 1)
  return [
    '# HELP hearth_lanes_waiting Lanes that wait for the database, by why.',
    '# TYPE hearth_lanes_waiting gauge',
    ...[...counts].map(([code, count]) => `hearth_lanes_waiting{code="${code}"} ${count}`),
  ]
}

export interface KernelMetrics extends Meter {
  /** The text exposition, with what is read anew at each scrape. */
  expose(now: ReadAnew): string
}

/** The others say that an attempt is about to be made or still runs. */
const attemptEnds: ReadonlySet<string> = new Set(['settle', 'stuck', 'dead', 'retry'])

/** A result of an attempt that was made, and that no longer counts. */
export interface LateResult {
  readonly effect: string
  readonly attempt: number
  readonly ended: string
}

interface Tell {
  storeFailed(reason: string): void
  late(result: LateResult): void
  ended(ended: EndedAttempt): void
  readonly waits: Meter['waits']
}

export function createKernelMetrics(tell: Tell): KernelMetrics {
  // A kind that was owed once, by a feature that is off now, stays as well.
  const kindsSeen = new Set<string>()
  const owedLines = ({ owed, kinds }: Pick<ReadAnew, 'owed' | 'kinds'>): readonly string[] => {
    for (const kind of [...kinds, ...Object.keys(owed ?? {})]) kindsSeen.add(kind)
    const valueOf = (kind: string): number => (owed === null ? Number.NaN : (owed[kind] ?? 0))
    return [...kindsSeen].map((kind) => `hearth_effects_owed{kind="${kind}"} ${valueOf(kind)}`)
  }
  const commit = createHistogram()
  const lateness = createHistogram()
  const commands = { accepted: 0, refused: 0, replayed: 0, failed: 0, settled: 0, stale: 0 }
  let batches = 0
  const attempts = new Map<string, Map<EndedAttempt['how'], number>>()
  const countEnd = (ended: EndedAttempt): void => {
    const { row, how } = ended
    let counts = attempts.get(row.kind)
    if (counts === undefined) attempts.set(row.kind, (counts = new Map()))
    counts.set(how, (counts.get(how) ?? 0) + 1)
    if (how !== 'done') tell.ended(ended)
  }
  const tellLate = ({ effect, attempt, result }: ResultEnvelope): void => {
    if (!attemptEnds.has(result.type)) return
    const ended = result.type === 'settle' ? result.outcome.type : result.type
    tell.late({ effect: formatEffectId(effect), attempt, ended })
  }
  return {
    committed: (_commands, seconds) => {
      batches += 1
      commit.observe(seconds)
    },
    decided: (deciding) => {
      for (const { reply } of deciding.replies) {
        if (reply.replayed) commands.replayed += 1
        else if (reply.status >= 500) commands.failed += 1
        else if (reply.status >= 400) commands.refused += 1
        else commands.accepted += 1
      }
      commands.settled += deciding.draft.settled.length
      commands.stale += deciding.stale.length
      for (const envelope of deciding.stale) tellLate(envelope)
      for (const ended of deciding.ended) countEnd(ended)
    },
    lateness: (seconds) => lateness.observe(seconds),
    refusedByStore: (reason) => {
      commands.failed += 1
      tell.storeFailed(reason)
    },
    storeFailed: (error) => tell.storeFailed(error instanceof Error ? error.message : String(error)),
    waits: tell.waits,
    expose: ({ lanes, views, watchers, ...effects }) =>
      [
        '# HELP hearth_commands_total Commands and results decided, by what came of them.',
        '# TYPE hearth_commands_total counter',
        ...Object.entries(commands).map(([outcome, count]) => `hearth_commands_total{outcome="${outcome}"} ${count}`),
        '# HELP hearth_commits_total Batches committed.',
        '# TYPE hearth_commits_total counter',
        `hearth_commits_total ${batches}`,
        commit.lines('hearth_commit_seconds', 'From deciding a batch to its commit.'),
        lateness.lines('hearth_timer_lateness_seconds', 'How long after its due time a timer was taken up.'),
        '# HELP hearth_effects_owed Effects not yet settled, by kind.',
        '# TYPE hearth_effects_owed gauge',
        ...owedLines(effects),
        '# HELP hearth_effect_attempts_total Attempts at effects that ended, by kind and by what came of them. A webhook delivered is done, one to be tried again is retry.',
        '# TYPE hearth_effect_attempts_total counter',
        ...[...attempts].flatMap(([kind, counts]) =>
          [...counts].map(([how, count]) => `hearth_effect_attempts_total{kind="${kind}",outcome="${how}"} ${count}`),
        ),
        '# HELP hearth_watchers Queries that are watched.',
        '# TYPE hearth_watchers gauge',
        `hearth_watchers ${watchers}`,
        ...waitLines(lanes),
        '# HELP hearth_inbox_refused_total Commands that found no room.',
        '# TYPE hearth_inbox_refused_total counter',
        `hearth_inbox_refused_total ${lanes.reduce((sum, lane) => sum + lane.refused, 0)}`,
        '# HELP hearth_view_building Whether a view is built from the log and cannot be read yet.',
        '# TYPE hearth_view_building gauge',
        ...Object.entries(views).map(
          ([view, { building }]) => `hearth_view_building{view="${view}"} ${Number(building)}`,
        ),
        '# HELP hearth_view_behind_events Events between a trailing view and the end of the log.',
        '# TYPE hearth_view_behind_events gauge',
        ...Object.entries(views).flatMap(([view, { behind }]) =>
          behind === undefined ? [] : [`hearth_view_behind_events{view="${view}"} ${behind}`],
        ),
        '# HELP hearth_inbox_bytes Bytes of commands that wait to be decided.',
        '# TYPE hearth_inbox_bytes gauge',
        `hearth_inbox_bytes ${lanes.reduce((sum, lane) => sum + lane.bytes, 0)}`,
        '# HELP hearth_inbox_commands Commands that wait to be decided.',
        '# TYPE hearth_inbox_commands gauge',
        `hearth_inbox_commands ${lanes.reduce((sum, lane) => sum + lane.count, 0)}`,
        '',
      ].join('\n'),
  }
}
