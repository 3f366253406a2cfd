import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorCode } from '../../errors.js'
import { advice, good, wrong } from '../check.js'
import { nearest } from '../folders.js'

/** @import { Finding, Patient } from '../check.js' */

const slackMs = 2000
const dayMs = 86_400_000
const todo = 'Set the clock, and let the system keep it (timedatectl set-ntp true, or chrony).'
const why = 'Reminders ring by it, keys expire by it, and signatures of webhooks are refused when it is off by minutes.'

/** @param {number} ms */
const span = (ms) => {
  const seconds = Math.round(Math.abs(ms) / 1000)
  if (seconds < 120) return `${seconds} seconds`
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`
}

/** @type {import('../check.js').Check} */
export const check = {
  name: 'clock',
  examine: async (patient) => {
    const findings = [
      ...beforeInstallation(),
      ...fromFiles(patient),
      ...apart('The running server', patient.clockAheadMs ?? 0),
      ...(await fromDatabase(patient.settings.databaseUrl)),
      ...jump(),
    ]
    return findings.length === 0 ? [good(`It is ${new Date().toISOString()}, and nothing here disagrees.`)] : findings
  },
}

/** This program cannot be from the future. @returns {Finding[]} */
function beforeInstallation() {
  const { mtimeMs } = statSync(fileURLToPath(import.meta.url))
  if (Date.now() >= mtimeMs - dayMs) return []
  return [
    wrong(
      `The clock shows ${new Date().toISOString()}, ${span(mtimeMs - Date.now())} before this program was installed.`,
      why,
      todo,
    ),
  ]
}

/** @param {Patient} patient @returns {Finding[]} */
function fromFiles({ data }) {
  const folder = nearest(data)
  const findings = []
  const written = timeOfFile(folder)
  if (written !== undefined && Math.abs(written - Date.now()) > slackMs)
    findings.push(
      advice(
        `The file system of ${folder} shows a time that is ${span(written - Date.now())} off this machine’s.`,
        'It keeps the time of another machine: one of the two is wrong.',
        todo,
      ),
    )
  const newest = Math.max(
    ...['server.json', 'server.lock', 'logs', 'owner.key'].map((name) => writtenAt(join(data, name))),
  )
  if (newest - Date.now() > slackMs)
    findings.push(
      wrong(
        `Files of ${data} were written ${span(newest - Date.now())} in the future: the clock was set back, or it was wrong then.`,
        `${why} Hearth never goes back in time: until the clock has caught up, what it writes bears the later time.`,
        todo,
      ),
    )
  return findings
}

/** 0 where it is not there, or hidden. @param {string} path */
function writtenAt(path) {
  try {
    return statSync(path).mtimeMs
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return 0
  }
}

/** @param {string} folder */
function timeOfFile(folder) {
  const path = join(folder, `.doctor-clock-${process.pid}`)
  try {
    writeFileSync(path, 'x', { flag: 'wx' })
    const { mtimeMs } = statSync(path)
    rmSync(path, { force: true })
    return mtimeMs
  } catch (error) {
    // Whether it can be written is another check's to say.
    if (errorCode(error) === undefined) throw error
    return undefined
  }
}

/** @param {string} whose @param {number} aheadMs @returns {Finding[]} */
function apart(whose, aheadMs) {
  if (Math.abs(aheadMs) <= slackMs) return []
  return [wrong(`${whose} is ${span(aheadMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine’s clock.`, why, todo)]
}

/** @param {string | undefined} url @returns {Promise<Finding[]>} */
async function fromDatabase(url) {
  if (url === undefined) return []
  const { askPostgres } = await import('../postgres-answer.js')
  try {
    return apart('The database', (await askPostgres(url)).clockAheadMs)
  } catch (error) {
    // That it does not answer is another check's to say.
    if (!(error instanceof Error)) throw error
    return []
  }
}

/** What the clock went besides the time that has passed since this program started. @returns {Finding[]} */
function jump() {
  const off = Date.now() - (performance.timeOrigin + performance.now())
  if (Math.abs(off) < 500) return []
  return [advice(`The clock has just been set by ${span(off)}.`, 'Something on this machine moves it in steps.', todo)]
}
