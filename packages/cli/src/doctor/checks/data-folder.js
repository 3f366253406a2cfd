import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { errorCode } from '../../errors.js'
import { advice, good, wrong } from '../check.js'
import { nearest } from '../folders.js'

/** @import { Finding } from '../check.js' */

/** @type {import('../check.js').Check} */
export const check = {
  name: 'data-folder',
  examine: ({ data, database }) => {
    const there = existsSync(data)
    const folder = nearest(data)
    const refused = tryToWrite(folder)
    if (refused !== undefined) return [unwritable(folder, refused, data)]
    if (!statSync(folder).isDirectory())
      return [wrong(`${folder} is a file.`, 'The server needs a folder.', 'Name another with --data or HEARTH_DATA.')]
    if (!there) return [good(`${data} is not there yet: the first start makes it.`)]
    return [good(`${data} can be written.`), ...ownership(data), ...databaseOf(database)]
  },
}

/** @param {string} folder @returns {string | undefined} the code of the error */
function tryToWrite(folder) {
  const path = join(folder, `.doctor-${process.pid}`)
  try {
    writeFileSync(path, 'x', { flag: 'wx' })
    rmSync(path, { force: true })
    return undefined
  } catch (error) {
    return errorCode(error) ?? String(error)
  }
}

/** @param {string} folder the data folder, or where it would be made @param {string} code @param {string} data */
function unwritable(folder, code, data) {
  const why = 'The server cannot keep anything there, and does not start.'
  const user = userInfo().username
  switch (code) {
    case 'EROFS':
      return wrong(`${folder} is mounted read-only.`, why, 'Mount it for writing, or name another folder with --data.')
    case 'ENOSPC':
    case 'EDQUOT':
      return wrong(`${folder} has no room left (${code}).`, why, 'Make room there.')
    case 'ENOTDIR':
      return wrong(`${folder} is a file.`, why, 'Name a folder with --data or HEARTH_DATA.')
    default:
      return wrong(
        `"${user}" cannot write in ${folder} (${code}).`,
        why,
        existsSync(data)
          ? `Run Hearth as the user who owns it (user id ${statSync(folder).uid}), give it to this one (chown -R ${user} ${data}), or name another with --data.`
          : `Name another folder with --data or HEARTH_DATA, or have ${data} made for "${user}".`,
      )
  }
}

/** @param {string} data @returns {Finding[]} */
function ownership(data) {
  const { uid, mode } = statSync(data)
  const own = process.getuid?.()
  const findings = []
  if (own !== undefined && uid !== own)
    findings.push(
      (own === 0 ? advice : wrong)(
        `${data} belongs to the user id ${uid}, and this is ${own}.`,
        'What one user makes there the other may not be able to read: keys, locks, the database.',
        'Run Hearth as the user who owns the folder, always.',
      ),
    )
  if ((mode & 0o022) !== 0)
    findings.push(
      wrong(
        `Others may write in ${data} (mode ${(mode & 0o777).toString(8)}).`,
        'Whoever can put another key or another server.json there reads everything.',
        `chmod 700 ${data}`,
      ),
    )
  return findings
}

/** @param {string | undefined} database @returns {Finding[]} */
const databaseOf = (database) =>
  database === undefined || existsSync(database)
    ? []
    : [
        wrong(
          `The database was in ${database}, and is not there.`,
          'Without it there is no log: the server does not start, so that it does not begin anew by itself.',
          'Bring the folder back, mount its volume, or restore a backup into a new data folder.',
        ),
      ]
