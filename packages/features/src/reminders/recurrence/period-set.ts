import { lowerBound } from './arithmetic.ts'
import type { PeriodDays } from './calendars.ts'
import { placesOf, type ClockTimes } from './clock-times.ts'

const daySeconds = 86_400

/** The local times of one period: its days times the times of day, of which BYSETPOS picks. Addressed by place, never listed. */
export interface PeriodSet {
  size(days: PeriodDays): number
  at(days: PeriodDays, place: number): number
  /** How many of them come before `second`. */
  before(days: PeriodDays, second: number): number
}

export function periodSet(times: ClockTimes, positions: readonly number[]): PeriodSet {
  const picks = new Map<number, readonly number[]>()
  const picked = (days: PeriodDays): readonly number[] | undefined => {
    if (positions.length === 0) return undefined
    const size = (days.to - days.from) * times.size
    const places = picks.get(size) ?? placesOf(positions, size)
    picks.set(size, places)
    return places
  }
  return {
    size: (days) => picked(days)?.length ?? (days.to - days.from) * times.size,
    at(days, place) {
      const index = picked(days)?.[place] ?? place
      const day = Math.floor(index / times.size)
      return (days.base + (days.list[days.from + day] ?? 0)) * daySeconds + times.at(index - day * times.size)
    },
    before(days, second) {
      const day = Math.floor(second / daySeconds)
      const found = Math.min(Math.max(lowerBound(days.list, day - days.base), days.from), days.to)
      const today = found < days.to && days.list[found] === day - days.base
      const all = (found - days.from) * times.size + (today ? times.before(second - day * daySeconds) : 0)
      const places = picked(days)
      return places === undefined ? all : lowerBound(places, all)
    },
  }
}
