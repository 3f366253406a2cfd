import {
  formatLocal,
  HearthError,
  isInstantInRange,
  isZone,
  localToInstant,
  parseInstant,
  parseLocal,
  schema,
} from '@hearth/protocol'
import * as z from 'zod'
import type { Plan } from './plan.ts'
import { parseRule, startText } from './recurrence/index.ts'

export const setInput = z.strictObject({
  text: schema.text({ max: 2000 }),
  at: z.string().max(64).optional(),
  rule: z.string().max(500).optional(),
  start: z.string().max(64).optional(),
  zone: z.string().max(64).optional(),
  catchUp: z.enum(['once', 'skip', 'each']).optional(),
  home: schema.home(),
})

const invalid = (path: string, message: string): HearthError =>
  new HearthError('input.invalid', 'The input is not valid.', { issues: [{ path, message }] })

/** What the caller asked for, as a plan. Throws what is wrong with it. */
export function planOf(input: z.infer<typeof setInput>, ownZone: string, now: number): Plan {
  const { at, rule, start, zone, catchUp = 'once' } = input
  if (zone !== undefined && !isZone(zone))
    throw invalid('zone', 'must be the IANA name of a zone, such as Europe/Berlin')
  if (rule === undefined) {
    if (start !== undefined) throw invalid('start', 'belongs to a rule; a single time is given as at')
    if (at === undefined) throw invalid('at', 'give a time, or a rule')
    return { type: 'once', at: timeOf('at', at, zone, ownZone), zone: zone ?? ownZone, catchUp }
  }
  if (at !== undefined && start !== undefined) throw invalid('at', 'a rule has one start')
  const parsed = parseRule(rule)
  if (parsed.type === 'failure') throw invalid('rule', parsed.message)
  const path = start === undefined ? 'at' : 'start'
  const from = start ?? at
  const instant = from === undefined ? Math.floor(now / 1000) * 1000 : timeOf(path, from, zone, ownZone)
  const local =
    from === undefined || hasOffset(from) ? startText(instant, zone ?? ownZone) : formatLocal(localOf(path, from))
  if (local === undefined) throw invalid(path, 'must lie in the years 1970 to 9999, on the clock of its zone too')
  return { type: 'rule', rule, start: local, zone: zone ?? ownZone, catchUp }
}

const hasOffset = (text: string): boolean => /(?:[Zz]|[+-]\d\d:\d\d)$/.test(text.slice(10))

function localOf(path: string, text: string): number {
  const parsed = parseLocal(text)
  if (parsed.type === 'failure') throw invalid(path, parsed.message)
  return parsed.local
}

function timeOf(path: string, text: string, zone: string | undefined, ownZone: string): number {
  if (!hasOffset(text)) return inRange(path, localToInstant(localOf(path, text), zone ?? ownZone))
  const parsed = parseInstant(text)
  if (parsed.type === 'failure') throw invalid(path, parsed.message)
  if (zone !== undefined) {
    throw new HearthError(
      'reminders.zone-and-offset',
      `${path} has an offset, and a zone is given: one of them decides, not both.`,
    )
  }
  return parsed.ms
}

function inRange(path: string, ms: number): number {
  if (!isInstantInRange(ms)) throw invalid(path, 'must lie in the years 1970 to 9999')
  return ms
}
