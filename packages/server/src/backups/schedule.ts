/** How many whole backups stay: the newest, and the newest of each of the last days, weeks and months that have one. */
export interface Keep {
  readonly last: number
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
}

export const usualKeep: Keep = { last: 3, daily: 7, weekly: 4, monthly: 0 }
export const keepRule =
  'must be a number of backups, or like "last=3,daily=7,weekly=4,monthly=6", and keep at least one'
export const everyRule = 'must be an ISO 8601 duration in weeks, days, hours, minutes and seconds, like P1D or PT6H'

/** Undefined for what is none: see `keepRule`. */
export function parseKeep(text: string): Keep | undefined {
  if (/^[1-9]\d{0,3}$/.test(text)) return { last: Number(text), daily: 0, weekly: 0, monthly: 0 }
  const keep = { last: 0, daily: 0, weekly: 0, monthly: 0 }
  for (const part of text.split(',')) {
    const [, name, count] = /^\s*(last|daily|weekly|monthly)=(\d{1,4})\s*$/.exec(part) ?? []
    if (name === undefined) return undefined
    keep[name as keyof Keep] = Number(count)
  }
  return Object.values(keep).some((count) => count > 0) ? keep : undefined
}

const secondMs = 1000
const units = [7 * 86_400, 86_400, 3_600, 60, 1].map((seconds) => seconds * secondMs)

/** Milliseconds; undefined for what is no duration of a fixed length. */
export function parseEvery(text: string): number | undefined {
  const parts = /^P(?=.)(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/.exec(
    text,
  )
  if (parts === null) return undefined
  const milliseconds = units.reduce((sum, unit, index) => sum + unit * Number(parts[index + 1] ?? 0), 0)
  return milliseconds > 0 ? milliseconds : undefined
}

export interface Dated {
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Which of them stay. Periods are those of UTC, and count only where there is a backup. */
export function kept<Backup extends Dated>(backups: readonly Backup[], keep: Keep): ReadonlySet<Backup> {
  const newestFirst = backups.toSorted((a, b) => b.at - a.at)
  const stay = new Set(newestFirst.slice(0, keep.last))
  const periods: readonly (readonly [number, (at: number) => string | number])[] = [
    [keep.daily, (at) => Math.floor(at / units[1]!)],
    // 1970 began on a Thursday; weeks begin on Mondays.
    [keep.weekly, (at) => Math.floor((at / units[1]! + 3) / 7)],
    [keep.monthly, (at) => new Date(at).toISOString().slice(0, 7)],
  ]
  for (const [count, periodOf] of periods) {
    const newest = new Map<string | number, Backup>()
    for (const backup of newestFirst) {
      const period = periodOf(backup.at)
      if (!newest.has(period)) newest.set(period, backup)
    }
    for (const backup of [...newest.values()].slice(0, count)) stay.add(backup)
  }
  return stay
}
