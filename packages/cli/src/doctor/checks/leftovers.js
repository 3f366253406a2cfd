import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from '../../process.js'
import { advice, good } from '../check.js'

/** @type {import('../check.js').Check} */
export const check = {
  name: 'leftovers',
  examine: ({ database, server, isAlive: isServerAlive }) => {
    const path = database === undefined ? undefined : join(database, 'postmaster.pid')
    if (path === undefined || !existsSync(path)) return [good('No PostgreSQL is left behind.')]
    const pid = Number.parseInt(readFileSync(path, 'latin1'), 10)
    if (server !== undefined && isServerAlive) return [good(`PostgreSQL runs as process ${pid}.`)]
    if (!isAlive(pid))
      return [
        advice(
          `${path} was left by a PostgreSQL that was killed.`,
          'The next start sees that, recovers, and goes on.',
          'Nothing. Do not remove the file by hand.',
        ),
      ]
    return [
      advice(
        `A PostgreSQL (process ${pid}) runs on the data folder without a server.`,
        'The server was killed. The next one takes it over.',
        'Start the server; to end both cleanly, stop it then with "hearth stop".',
      ),
    ]
  },
}
