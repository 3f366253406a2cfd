import { invalid } from './position-in.ts'

const shape = /^P(?=.)(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?)$/

/** Of days of 24 hours: what has years or months has no length of its own. Undefined where it is no such duration. */
function parseDuration(text: string): number | undefined {
  const found = shape.exec(text)
  if (found === null) return undefined
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0))
  return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000
}

export function durationOf(
  path: string,
  text: string,
  { shortest, longest }: { readonly shortest: number; readonly longest: number },
): number {
  const ms = parseDuration(text)
  if (ms !== undefined && ms >= shortest && ms <= longest) return ms
  throw invalid(
    path,
    `must be a duration from ${formatDuration(shortest)} to ${formatDuration(longest)}, such as PT30M`,
  )
}

/** In whole seconds. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const part = (value: number, letter: string): string => (value === 0 ? '' : `${value}${letter}`)
  const days = part(Math.floor(seconds / 86_400), 'D')
  const hours = part(Math.floor(seconds / 3600) % 24, 'H')
  const minutes = part(Math.floor(seconds / 60) % 60, 'M')
  const rest = part(seconds % 60, 'S')
  const time = `${hours}${minutes}${rest}`
  if (days === '' && time === '') return 'PT0S'
  return `P${days}${time === '' ? '' : `T${time}`}`
}
