import { HearthError } from '@hearth/protocol'

const shape = /^P(?=.)(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/
const shortest = 1000
const longest = 7 * 86_400_000
const usual = 60_000

/** How long the other home has to answer. */
export function timeoutOf(text: string | undefined): number {
  if (text === undefined) return usual
  const [days, hours, minutes, seconds] = (shape.exec(text) ?? []).slice(1).map((part) => Number(part ?? 0))
  const ms = (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1000
  if (ms >= shortest && ms <= longest) return ms
  throw new HearthError('input.invalid', 'The input is not valid.', {
    issues: [{ path: 'timeout', message: 'must be a duration from PT1S to P7D, such as PT30S' }],
  })
}
