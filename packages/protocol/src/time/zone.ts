import { offsetAt, offsetsOf } from './zone-offsets.ts'

const dayMs = 86_400_000

/**
 * The instant at which a wall clock in `zone` shows `local`. A time that the clock skips moves forward by the length of the
 * gap; of a time that it shows twice the first counts. Throws `time.zone-unknown`. The result may lie outside the years
 * 1970 to 9999 by up to a day.
 */
export function localToInstant(local: number, zone: string): number {
  const offsets = offsetsOf(zone)
  const before = offsetAt(offsets, local - dayMs)
  const after = offsetAt(offsets, local + dayMs)
  const early = local - before
  if (before === after || offsetAt(offsets, early) === before) return early
  const late = local - after
  return offsetAt(offsets, late) === after ? late : early
}

/** What a wall clock in `zone` shows at an instant. Throws `time.zone-unknown`. */
export function instantToLocal(ms: number, zone: string): number {
  return ms + offsetAt(offsetsOf(zone), ms)
}

/**
 * The last local time up to which every local time falls at or before an instant. It is what the clock shows, except within
 * one gap's length after a gap, where the skipped times fall too: they are then still ahead of that instant.
 */
export function lastLocalUpTo(ms: number, zone: string): number {
  const offsets = offsetsOf(zone)
  const now = offsetAt(offsets, ms)
  // The longest gap since 1970 is a day: Pacific/Apia left out 2011-12-30.
  const before = offsetAt(offsets, ms - dayMs)
  return now > before && localToInstant(ms + before, zone) === ms ? ms + before : ms + now
}
