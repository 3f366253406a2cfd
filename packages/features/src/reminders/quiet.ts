import { formatLocal, instantToLocal, localToInstant } from '@hearth/protocol'

/** A time of day at which nobody is to be disturbed, to another; over midnight where the second is not later. */
export interface QuietHours {
  /** Minutes after midnight. */
  readonly from: number
  readonly to: number
}

const dayMs = 86_400_000
const minuteMs = 60_000

/** When the quiet hours end that an instant lies in; null where it lies in none. */
export function quietUntil(at: number, { from, to }: QuietHours, zone: string): number | null {
  const local = instantToLocal(at, zone)
  const midnight = Math.floor(local / dayMs) * dayMs
  const minute = (local - midnight) / minuteMs
  const overnight = to <= from
  const isQuiet = overnight ? minute >= from || minute < to : minute >= from && minute < to
  if (!isQuiet) return null
  const day = overnight && minute >= from ? midnight + dayMs : midnight
  const end = localToInstant(day + to * minuteMs, zone)
  // Where the clock is put back, the same hour may come again.
  return end > at ? end : null
}

const shape = /^([01]\d|2[0-3]):([0-5]\d)$/

/** `HH:MM` as minutes after midnight. Undefined where it is no time of day. */
export function parseTimeOfDay(text: string): number | undefined {
  const found = shape.exec(text)
  return found === null ? undefined : Number(found[1]) * 60 + Number(found[2])
}

export const formatTimeOfDay = (minutes: number): string => formatLocal(minutes * minuteMs).slice(11, 16)
