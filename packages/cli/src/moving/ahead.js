import { instantOf, localOf } from '../calendar/local-time.js'

/** @import { Session } from '../client/session.js' */
/** @import { ReminderInput } from './entry.js' */

const compared = 10
const mostCounted = 1000

/**
 * A series that began in the past, so that importing it rings nothing that has passed: it starts with the occurrence that comes next,
 * where that leads to the very same occurrences; else it keeps its start and passes over what it has missed.
 * @param {Session} session
 * @param {ReminderInput} input
 * @param {{ now: number, ownZone: string }} options
 * @returns {Promise<{ input: ReminderInput, note?: string } | undefined>} undefined: it has come to its end
 */
export async function ahead(session, input, { now, ownZone }) {
  const { rule = '', start, zone = ownZone, except } = input
  if (start === undefined || instantOf(start, zone) > now) return { input }
  const series = { zone, ...(except === undefined ? {} : { except }) }
  const from = new Date(now).toISOString()
  const coming = await preview(session, { rule, start, ...series, from, count: compared })
  const [first] = coming
  if (first === undefined) return undefined
  const shorter = await withoutPassed(session, { rule, start, zone }, first)
  if (shorter !== undefined) {
    const moved = { rule: shorter, start: localOf(first, zone) }
    const same = await preview(session, { ...moved, ...series, count: compared }).catch(() => [])
    if (String(same) === String(coming)) return { input: { ...input, ...moved } }
  }
  const note = 'it passes over what it misses, so that nothing of the past rings now'
  return { input: { ...input, catchUp: 'skip' }, note }
}

/**
 * @param {Session} session
 * @param {{ rule: string, start: string, zone: string, except?: string[], from?: string, count: number }} wanted
 * @returns {Promise<number[]>} instants
 */
async function preview({ call }, wanted) {
  const { occurrences } = await call('reminders.preview', wanted)
  return occurrences.map((/** @type {string} */ each) => Date.parse(each))
}

/**
 * The rule with as many occurrences less as come before the first that is left; exceptions count.
 * @param {Session} session
 * @param {{ rule: string, start: string, zone: string }} series
 * @param {number} first
 */
async function withoutPassed(session, series, first) {
  const { rule } = series
  const count = Number(/COUNT=(\d+)/i.exec(rule)?.[1] ?? 0)
  if (count === 0) return rule
  if (count > mostCounted) return undefined
  const all = await preview(session, { ...series, count })
  return rule.replace(/COUNT=\d+/i, `COUNT=${all.filter((instant) => instant >= first).length}`)
}
