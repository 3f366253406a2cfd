import { lowerBound } from './arithmetic.ts'

/** Times of a day in order, in seconds, addressed by number without writing all of them down: there can be 86,400. */
export interface ClockTimes {
  readonly size: number
  at(index: number): number
  /** How many come before `second`. */
  before(second: number): number
}

/** Sorted values, and for every possible value how many of them come before it. */
interface Dial {
  readonly values: readonly number[]
  readonly before: Uint8Array
}

const everyHour = dial([...Array(24).keys()], 24)
const everySixty = dial([...Array(60).keys()], 60)

/** Every hour with every minute with every second; an empty list means all of them. */
export function clockTimes(
  hours: readonly number[],
  minutes: readonly number[],
  seconds: readonly number[],
): ClockTimes {
  const hourDial = hours.length === 0 ? everyHour : dial(hours, 24)
  const minuteDial = minutes.length === 0 ? everySixty : dial(minutes, 60)
  const secondDial = seconds.length === 0 ? everySixty : dial(seconds, 60)
  const inMinute = secondDial.values.length
  const inHour = minuteDial.values.length * inMinute
  return {
    size: hourDial.values.length * inHour,
    at(index) {
      const hour = Math.floor(index / inHour)
      const rest = index - hour * inHour
      const minute = Math.floor(rest / inMinute)
      const second = secondDial.values[rest - minute * inMinute] ?? 0
      return (hourDial.values[hour] ?? 0) * 3600 + (minuteDial.values[minute] ?? 0) * 60 + second
    },
    before(time) {
      const minuteOfDay = Math.floor(time / 60)
      const hour = Math.floor(minuteOfDay / 60)
      const hours = hourDial.before[hour] ?? 0
      if (hourDial.values[hours] !== hour) return hours * inHour
      const minutes = minuteDial.before[minuteOfDay - hour * 60] ?? 0
      if (minuteDial.values[minutes] !== minuteOfDay - hour * 60) return hours * inHour + minutes * inMinute
      return hours * inHour + minutes * inMinute + (secondDial.before[time - minuteOfDay * 60] ?? 0)
    },
  }
}

/** The times at some places of a list of times. */
export function pickTimes(times: ClockTimes, places: readonly number[]): ClockTimes {
  return {
    size: places.length,
    at: (index) => times.at(places[index] ?? 0),
    before: (second) => lowerBound(places, times.before(second)),
  }
}

/** BYSETPOS: positions counted from 1 or from -1 at the end, as places counted from 0. */
export function placesOf(positions: readonly number[], size: number): readonly number[] {
  const places = positions.map((position) => (position > 0 ? position - 1 : size + position))
  return [...new Set(places.filter((place) => place >= 0 && place < size))].sort((a, b) => a - b)
}

function dial(values: readonly number[], size: number): Dial {
  const before = new Uint8Array(size + 1)
  for (const value of values) before[value + 1] = 1
  for (let value = 1; value <= size; value += 1) before[value] = (before[value] ?? 0) + (before[value - 1] ?? 0)
  return { values, before }
}
