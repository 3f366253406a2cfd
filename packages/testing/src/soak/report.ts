import type { ClientEntry, KillTarget, ReceiverEntry } from './ledger.ts'
import type { Finding } from './finding.ts'
import { flatnessOf, memoryBound, p99Bound } from './flatness.ts'
import type { Flatness } from './flatness.ts'
import type { Verdict } from './verdict.ts'

export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface SoakReport {
  readonly schema: 1
  readonly name: 'soak'
  readonly seed: string
  readonly minutes: number
  readonly holds: boolean
  readonly findings: readonly Finding[]
  readonly findingCounts: Readonly<Record<string, number>>
  readonly notAsked: readonly string[]
  readonly reminders: {
    readonly asked: number
    readonly acknowledged: number
    readonly cancelled: number
    readonly setTries: number
  }
  readonly keys: Readonly<Record<string, number>>
  readonly occurrences: {
    readonly owed: number
    readonly allowed: number
    readonly deliveries: number
    readonly distinctIds: number
  }
  readonly repeats: {
    readonly retry: number
    readonly inFlight: number
    /** Of those in flight, the ones answered before the kill: how long before. */
    readonly answeredBeforeKillMs: Spread
    readonly sentAgain: number
    readonly examples: readonly string[]
  }
  readonly receiver: Readonly<Record<string, number>>
  readonly kills: Readonly<Record<string, number>>
  readonly readyMs: Readonly<Record<string, Spread>>
  readonly unreadyMs: Spread
  readonly setMs: Spread
  readonly setWithRetriesMs: Spread
  /** From due to the first arrival at the receiver, outages and all. */
  readonly ringMs: Spread
  readonly memory: readonly {
    readonly when: string
    readonly server: number | null
    readonly postgres: number | null
  }[]
  /** The last part, without kills. */
  readonly calm: Omit<Flatness, 'findings'>
  readonly dataBytes: number
  readonly folder: string | null
}

export interface ReportInput {
  readonly seed: string
  readonly minutes: number
  readonly client: readonly ClientEntry[]
  readonly receiver: readonly ReceiverEntry[]
  readonly verdict: Verdict
  readonly notAsked: readonly string[]
  readonly dataBytes: number
  readonly folder: string | null
}

const shownFindings = 50
const shownRepeats = 20

export function makeReport(input: ReportInput): SoakReport {
  const { seed, minutes, client, receiver, verdict, notAsked, dataBytes, folder } = input
  const acknowledged = client.filter((entry) => entry.type === 'set-acknowledged')
  const inFlight = verdict.repeats.filter((repeat) => repeat.cause === 'in-flight')
  const ready = client.filter((entry) => entry.type === 'ready')
  const { windows, memoryDrift, p99Drift } = flatnessOf(client)
  const targets = [...new Set(ready.map((entry) => entry.target))]
  const spreadOf = (target: KillTarget): Spread =>
    spread(ready.filter((entry) => entry.target === target).map((entry) => entry.tookMs))
  return {
    schema: 1,
    name: 'soak',
    seed,
    minutes,
    holds: verdict.findings.length === 0,
    findings: verdict.findings.slice(0, shownFindings),
    findingCounts: countBy(verdict.findings.map((finding) => finding.type)),
    notAsked,
    reminders: {
      asked: client.filter((entry) => entry.type === 'set-asked').length,
      acknowledged: acknowledged.length,
      cancelled: client.filter((entry) => entry.type === 'cancel-acknowledged').length,
      setTries: acknowledged.reduce((sum, entry) => sum + entry.tries, 0),
    },
    keys: countBy(client.filter((entry) => entry.type === 'key-checked').map((entry) => entry.what)),
    occurrences: {
      owed: verdict.owed,
      allowed: verdict.allowed,
      deliveries: verdict.deliveries,
      distinctIds: verdict.distinctIds,
    },
    repeats: {
      retry: verdict.repeats.filter((repeat) => repeat.cause === 'retry').length,
      inFlight: inFlight.length,
      answeredBeforeKillMs: spread(inFlight.map((repeat) => repeat.answeredBeforeKillMs ?? -1).filter((ms) => ms >= 0)),
      sentAgain: verdict.repeats.filter((repeat) => repeat.cause === 'sent-again').length,
      examples: inFlight
        .slice(0, shownRepeats)
        .map(({ id, answeredBeforeKillMs }) => `${id} ${whenAnswered(answeredBeforeKillMs)}`),
    },
    receiver: countBy(receiver.filter((entry) => entry.type === 'answered').map((entry) => entry.outcome)),
    kills: countBy(client.filter((entry) => entry.type === 'killed').map((entry) => entry.target)),
    readyMs: Object.fromEntries(targets.map((target) => [target, spreadOf(target)])),
    unreadyMs: spread(
      client
        .filter((entry) => entry.type === 'unready')
        .map((entry) => entry.tookMs)
        .filter((took) => took !== null),
    ),
    setMs: spread(acknowledged.map((entry) => entry.answeredMs)),
    setWithRetriesMs: spread(acknowledged.map((entry) => entry.tookMs)),
    ringMs: spread(firstArrivals(receiver)),
    memory: client
      .filter((entry) => entry.type === 'memory')
      .filter(({ when }) => when !== 'calm')
      .map(({ when, server, postgres }) => ({ when, server, postgres })),
    calm: { windows, memoryDrift, p99Drift },
    dataBytes,
    folder,
  }
}

function whenAnswered(beforeKillMs: number | null): string {
  if (beforeKillMs === null) return 'was not answered when the kill came'
  return beforeKillMs >= 0
    ? `was answered ${beforeKillMs} ms before the kill`
    : `was answered ${-beforeKillMs} ms after the kill`
}

function firstArrivals(receiver: readonly ReceiverEntry[]): number[] {
  const first = new Map<string, number>()
  for (const entry of receiver) {
    if (entry.type === 'received' && !first.has(entry.id)) first.set(entry.id, entry.at - entry.due)
  }
  return [...first.values()]
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: round(sorted.at(-1) ?? 0) }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

export function reportText(report: SoakReport): string {
  const { reminders, occurrences, repeats } = report
  const lines = [
    `The loop that kills: ${report.minutes} min, seed ${report.seed}`,
    `  reminders    ${reminders.acknowledged} acknowledged of ${reminders.asked} asked, in ${reminders.setTries} tries; ${reminders.cancelled} cancelled`,
    `  keys checked ${pairs(report.keys)}`,
    `  occurrences  ${occurrences.owed} owed, ${occurrences.allowed} allowed; ${occurrences.distinctIds} distinct ids came in ${occurrences.deliveries} deliveries`,
    `  answers      ${pairs(report.receiver)}`,
    `  repeats      ${repeats.retry} after an answer that was no 2xx, ${repeats.inFlight} in flight at a kill, ${repeats.sentAgain} without excuse`,
    `               of those in flight, answered before the kill: ${spreadText(repeats.answeredBeforeKillMs)}`,
    ...repeats.examples.map((example) => `               ${example}`),
    `  kills        ${pairs(report.kills)}`,
    ...Object.entries(report.readyMs).map(([target, took]) => `  ready after  ${target}: ${spreadText(took)}`),
    `  503 after    ${spreadText(report.unreadyMs)}`,
    `  set          ${spreadText(report.setMs)}; with retries ${spreadText(report.setWithRetriesMs)}`,
    `  rang after   ${spreadText(report.ringMs)}`,
    ...report.memory.map(
      ({ when, server, postgres }) =>
        `  memory       ${when}: server ${megabytes(server)}, PostgreSQL ${megabytes(postgres)}`,
    ),
    `  without kill ${calmText(report.calm)}`,
    `  data folder  ${megabytes(report.dataBytes)}`,
    ...report.notAsked.map((operation) => `  not there    ${operation}`),
    ...Object.entries(report.findingCounts).map(([type, count]) => `  FOUND        ${count} × ${type}`),
    ...report.findings.map(({ type, detail }) => `    ${type}: ${detail}`),
    report.holds ? 'Everything holds.' : `It does not hold. Seed ${report.seed}.`,
    ...(report.folder === null ? [] : [`The data folder, the ledgers and the logs are in ${report.folder}`]),
  ]
  return `${lines.join('\n')}\n`
}

function pairs(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function spreadText({ count, p50, p99, max }: Spread): string {
  return count === 0 ? 'never' : `p50 ${p50} ms, p99 ${p99} ms, max ${max} ms (${count})`
}

function megabytes(bytes: number | null): string {
  return bytes === null ? 'unknown' : `${(bytes / 1e6).toFixed(1)} MB`
}

function calmText({ windows, memoryDrift, p99Drift }: SoakReport['calm']): string {
  const [first, last] = [windows[0], windows.at(-1)]
  if (first === undefined || last === undefined) return 'too short to look at'
  const drift = (share: number | null): string =>
    share === null ? 'too short to judge' : `${share < 0 ? '' : '+'}${(share * 100).toFixed(1)}%`
  return [
    `${windows.length} windows; memory ${megabytes(first.memory)} to ${megabytes(last.memory)}, drift ${drift(memoryDrift)} (at most +${memoryBound * 100}%)`,
    `p99 of set ${first.p99Ms.toFixed(1)} to ${last.p99Ms.toFixed(1)} ms, drift ${drift(p99Drift)} (at most +${p99Bound * 100}%)`,
  ].join('; ')
}
