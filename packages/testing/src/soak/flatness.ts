import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import type { ClientEntry } from './ledger.ts'
import { driftOf, middleOf } from './slope.ts'

/** A stretch of the load without kills. */
export interface CalmWindow {
  /** Seconds since the calm began. */
  readonly at: number
  /** Of server and PostgreSQL together, the middle of all looks; null where the system does not tell. */
  readonly memory: number | null
  readonly p99Ms: number
}

export interface Flatness {
  readonly windows: readonly CalmWindow[]
  /** From the first judged window to the last, in parts of the middle: 0.1 is a tenth more. Null for too few windows. */
  readonly memoryDrift: number | null
  readonly p99Drift: number | null
  readonly findings: readonly Finding[]
}

const windowMs = 30_000
/** While a server is young its heap and the buffers of PostgreSQL come to their size: that part is shown and not judged. */
const warmingShare = 1 / 3
const fewestWindows = 6
export const memoryBound = 0.15
export const p99Bound = 0.5
/** A rise of less than so many milliseconds is none. */
const leastP99Ms = 20

/** Whether memory and latency stayed where they were while one server had the load for itself. */
export function flatnessOf(client: readonly ClientEntry[]): Flatness {
  const windows = windowsOf(client)
  const judged = windows.slice(Math.ceil(windows.length * warmingShare))
  if (judged.length < fewestWindows) return { windows, memoryDrift: null, p99Drift: null, findings: [] }
  const memoryDrift = driftOf(judged.flatMap(({ at, memory }) => (memory === null ? [] : [{ at, value: memory }])))
  const p99Drift = driftOf(judged.map(({ at, p99Ms }) => ({ at, value: p99Ms })))
  const p99Middle = middleOf(judged.map(({ p99Ms }) => p99Ms))
  const findings: Finding[] = []
  if (memoryDrift !== null && memoryDrift > memoryBound)
    findings.push(finding('memory-grows', `by ${percent(memoryDrift)} over ${seconds(judged)} s without a kill`))
  if (p99Drift !== null && p99Drift > p99Bound && p99Drift * p99Middle > leastP99Ms)
    findings.push(finding('latency-grows', `p99 by ${percent(p99Drift)} over ${seconds(judged)} s without a kill`))
  return { windows, memoryDrift, p99Drift, findings }
}

function windowsOf(client: readonly ClientEntry[]): readonly CalmWindow[] {
  const looks = client.filter((entry) => entry.type === 'memory').filter(({ when }) => when === 'calm')
  const [first, last] = [looks[0]?.at ?? 0, looks.at(-1)?.at ?? 0]
  const acknowledged = client.filter((entry) => entry.type === 'set-acknowledged')
  const count = Math.floor((last - first) / windowMs)
  return Array.from({ length: count }, (_, index) => {
    const from = first + index * windowMs
    const within = ({ at }: { readonly at: number }): boolean => at >= from && at < from + windowMs
    const held = looks
      .filter(within)
      .flatMap(({ server, postgres }) => (server === null || postgres === null ? [] : [server + postgres]))
    const took = acknowledged
      .filter(within)
      .map(({ answeredMs }) => answeredMs)
      .toSorted((a, b) => a - b)
    return {
      at: (from - first) / 1000,
      memory: held.length === 0 ? null : middleOf(held),
      p99Ms: took[Math.min(took.length - 1, Math.floor(took.length * 0.99))] ?? 0,
    }
  })
}

const percent = (share: number): string => `${Math.round(share * 100)}%`

const seconds = (windows: readonly CalmWindow[]): number =>
  Math.round((windows.at(-1)?.at ?? 0) - (windows[0]?.at ?? 0) + windowMs / 1000)
