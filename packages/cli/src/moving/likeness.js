import { asUtc, instantOf } from '../calendar/local-time.js'
import { hasOffset } from './home-lines.js'

const dayMs = 86_400_000

/** @typedef {{ text: string, at?: string, rule?: string, start?: string, zone?: string }} Like */

/**
 * What makes two reminders the same to whoever is reminded: the text, and when it rings. The start of a series is no part of it, as an
 * import may have set it from a later occurrence on, but what the start says of every occurrence is: time of day, day, and which weeks.
 * @param {Like} reminder
 * @param {string} ownZone
 */
export function likeness({ text, at = '', rule, start = '', zone: given }, ownZone) {
  const zone = given ?? ownZone
  if (rule !== undefined) return [text, ...seriesOf(rule, start), zone].join('\n')
  const instant = hasOffset(at) ? Date.parse(at) : Number.isNaN(asUtc(at)) ? Number.NaN : instantOf(at, zone)
  return [text, Math.floor(instant / 1000)].join('\n')
}

/** @param {string} rule @param {string} start */
function seriesOf(rule, start) {
  const parts = rule
    .toUpperCase()
    .split(';')
    .filter((part) => part !== '' && part !== 'INTERVAL=1' && !part.startsWith('COUNT='))
  const has = (/** @type {RegExp} */ pattern) => parts.some((part) => pattern.test(part))
  const clock = has(/^BY(HOUR|MINUTE|SECOND)=|^FREQ=(HOUR|MINUTE|SECOND)LY/) ? '' : start.slice(11, 16)
  const [, interval = '1'] = /INTERVAL=(\d+)/i.exec(rule) ?? []
  return [
    parts.toSorted().join(';'),
    clock,
    has(/^BY(DAY|MONTHDAY|YEARDAY|WEEKNO)=/) ? '' : dayOf(parts, start),
    phaseOf(parts, start, Number(interval)),
  ]
}

/** The day that a rule without one takes from its start. @param {readonly string[]} parts @param {string} start */
function dayOf(parts, start) {
  if (parts.includes('FREQ=WEEKLY')) return String(new Date(asUtc(start)).getUTCDay())
  if (parts.includes('FREQ=MONTHLY')) return start.slice(8, 10)
  return parts.includes('FREQ=YEARLY') ? start.slice(5, 10) : ''
}

/** Of every second week, say, whether it is the even or the odd ones. @param {readonly string[]} parts @param {string} start @param {number} interval */
function phaseOf(parts, start, interval) {
  if (interval <= 1 || Number.isNaN(asUtc(start))) return ''
  const days = Math.floor(asUtc(start) / dayMs)
  const months = Number(start.slice(0, 4)) * 12 + Number(start.slice(5, 7))
  if (parts.includes('FREQ=DAILY')) return String(days % interval)
  // 1970 began on a Thursday; weeks begin on Mondays.
  if (parts.includes('FREQ=WEEKLY')) return String(Math.floor((days + 3) / 7) % interval)
  if (parts.includes('FREQ=MONTHLY')) return String(months % interval)
  return parts.includes('FREQ=YEARLY') ? String(Number(start.slice(0, 4)) % interval) : ''
}
