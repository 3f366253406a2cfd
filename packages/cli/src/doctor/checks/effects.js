import { plain } from '../../plain.js'
import { good, unknown, wrong } from '../check.js'

/** @import { Finding, Patient } from '../check.js' */

/** @type {import('../check.js').Check} */
export const check = {
  name: 'effects',
  examine: async (patient) => {
    const { status } = patient
    if (status === undefined) return [unknown('What was set aside only a running server tells.')]
    const findings = [
      ...(await aside(patient, 'dead', 'was given up after all its tries, or could not be decided')),
      ...(await aside(patient, 'stuck', 'ended, but its actor cannot take the end')),
    ]
    for (const [needs, count] of Object.entries(status.aside ?? {}))
      findings.push(
        wrong(
          `${count} actors cannot be read: they need ${plain(needs)}.`,
          'Commands to them wait.',
          'docs/guides/repair.md says what to put back.',
        ),
      )
    return findings.length === 0 ? [good('Nothing is set aside.')] : findings
  },
}

/**
 * @param {Patient} patient
 * @param {'dead' | 'stuck'} state
 * @param {string} what
 * @returns {Promise<Finding[]>}
 */
async function aside({ status, call }, state, what) {
  const count = status[state] ?? 0
  if (count === 0) return []
  const { items = [] } = await call('effects.list', { state, limit: 3 })
  const named = items.map((/** @type {any} */ { id, kind, failure }) => `${id} (${kind}: ${failure ?? 'no reason'})`)
  return [
    wrong(
      `${count} of what is owed to the world ${what}: ${plain(named.join(', '))}${count > named.length ? ', …' : ''}.`,
      'It is not tried again by itself.',
      `hearth effects.list --state ${state}; then for each: hearth effects.replay --id ID, with --as done or --as failed where it is not to be run.`,
    ),
  ]
}
