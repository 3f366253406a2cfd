import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, errorCode } from '../../errors.js'
import { plain } from '../../plain.js'
import { advice, good, wrong } from '../check.js'

/** @import { Patient } from '../check.js' */

const hourMs = 3_600_000
const oldDays = 7
const lost = 'What came since is gone with the disk.'

/** @type {import('../check.js').Check} */
export const check = {
  name: 'backups',
  examine: async (patient) => {
    if (!patient.isMade) return [good('There is nothing to back up yet.')]
    const { failed, everyMs } = patient.status?.backup ?? {}
    const last = await lastOf(patient)
    const mend = 'Mend what it says, then: hearth backup'
    const findings = []
    if (failed != null)
      findings.push(
        wrong(
          `The last backup failed at ${failed.at}: ${plain(String(failed.detail))}`,
          'What is not backed up is gone with the disk.',
          mend,
        ),
      )
    if (last === undefined)
      findings.push(
        advice(
          'No backup is known of here.',
          'Everything is gone with the disk.',
          'hearth backup --to DIR, on another disk; docs/guides/backup.md says how to have it done by itself.',
        ),
      )
    else if (typeof everyMs === 'number' && Date.now() - last > 2 * everyMs + hourMs)
      findings.push(
        wrong(
          `The last backup was made at ${said(last)}, and more were due since.`,
          lost,
          'See the log for why, then: hearth backup',
        ),
      )
    else if (Date.now() - last > oldDays * 24 * hourMs)
      findings.push(
        advice(`The last backup was made at ${said(last)}, more than ${oldDays} days ago.`, lost, 'hearth backup'),
      )
    return findings.length > 0 || last === undefined ? findings : [good(`The last backup was made at ${said(last)}.`)]
  },
}

/** @param {number} instant */
const said = (instant) => new Date(instant).toISOString()

/** When the newest was made that can be known of. @param {Patient} patient @returns {Promise<number | undefined>} */
async function lastOf({ status, call, data }) {
  const times = [instantOf(status?.backup?.last), newestIn(join(data, 'backups'))]
  if (status !== undefined) {
    try {
      const { items } = await call('backup.list', {})
      times.push(instantOf(items[0]))
    } catch (error) {
      // Where none are kept, or where they cannot be looked at now.
      if (!(error instanceof CommandError)) throw error
    }
  }
  const newest = Math.max(...times)
  return newest === Number.NEGATIVE_INFINITY ? undefined : newest
}

/** @param {any} told @returns {number} */
function instantOf(told) {
  const ms = typeof told?.at === 'string' ? Date.parse(told.at) : told?.at
  return typeof ms === 'number' && !Number.isNaN(ms) ? ms : Number.NEGATIVE_INFINITY
}

/** @param {string} folder */
function newestIn(folder) {
  try {
    const times = readdirSync(folder).map((name) => timeOf(join(folder, name, 'manifest.json')))
    return Math.max(...times)
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return Number.NEGATIVE_INFINITY
  }
}

/** @param {string} manifest */
function timeOf(manifest) {
  try {
    return instantOf(JSON.parse(readFileSync(manifest, 'utf8')))
  } catch (error) {
    // Half made, or something else.
    if (!(error instanceof SyntaxError) && errorCode(error) === undefined) throw error
    return Number.NEGATIVE_INFINITY
  }
}
