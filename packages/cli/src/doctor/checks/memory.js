import { existsSync, readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import { advice, good } from '../check.js'

const megabyte = 1024 ** 2

/** What is left for programs, with what the system gives back when it is asked. */
function available() {
  const path = '/proc/meminfo'
  const [, kilobytes] = existsSync(path) ? (/^MemAvailable:\s+(\d+)/m.exec(readFileSync(path, 'utf8')) ?? []) : []
  const system = kilobytes === undefined ? freemem() : Number(kilobytes) * 1024
  const [limit, used] = ['memory.max', 'memory.current'].map((name) => numberIn(`/sys/fs/cgroup/${name}`))
  return limit === undefined || used === undefined ? system : Math.min(system, limit - used)
}

/** @param {string} path */
function numberIn(path) {
  const number = existsSync(path) ? Number(readFileSync(path, 'utf8')) : Number.NaN
  return Number.isNaN(number) ? undefined : number
}

/** @type {import('../check.js').Check} */
export const check = {
  name: 'memory',
  examine: ({ status }) => {
    const left = available()
    const { server, postgres } = status?.memory ?? {}
    const used =
      server == null
        ? ''
        : ` The server uses ${Math.round(server / megabyte)} MB, PostgreSQL ${Math.round((postgres ?? 0) / megabyte)} MB.`
    const seen = `${Math.round(left / megabyte)} MB of memory are left of ${Math.round(totalmem() / megabyte)} MB.${used}`
    if (left > 256 * megabyte) return [good(seen)]
    return [
      advice(
        `Only ${seen}`,
        'When none is left the system ends a program, which may be the server or its PostgreSQL. Nothing is lost by that, but it takes a moment.',
        'End what else runs here, or give the machine more.',
      ),
    ]
  },
}
