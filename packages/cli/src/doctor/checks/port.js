import { createServer } from 'node:net'
import { errorCode } from '../../errors.js'
import { plain } from '../../plain.js'
import { commandLine } from '../../process.js'
import { good, unknown, wrong } from '../check.js'
import { listenerOf } from '../listener.js'

/** @import { Finding } from '../check.js' */

/** @type {import('../check.js').Check} */
export const check = {
  name: 'port',
  examine: async ({ server, isAlive, settings: { host, port } }) => {
    if (server !== undefined && isAlive) return [good(`Hearth listens at ${server.url}.`)]
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      return [
        wrong(
          `The port ${port} is none.`,
          'The server does not start.',
          'Give a number from 0 to 65535 as HEARTH_PORT.',
        ),
      ]
    if (port === 0) return [good('Any free port will do.')]
    const code = await tryPort(host, port)
    return [code === undefined ? good(`${host}:${port} is free.`) : await explain(code, host, port)]
  },
}

/**
 * @param {string} host
 * @param {number} port
 * @returns {Promise<string | undefined>} the code of the error
 */
function tryPort(host, port) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(errorCode(error) ?? String(error)))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

/** @param {string} code @param {string} host @param {number} port @returns {Promise<Finding>} */
async function explain(code, host, port) {
  const why = 'A server that is started now finds no place to listen, and ends.'
  switch (code) {
    case 'EADDRINUSE':
      return wrong(
        `${host}:${port} is taken${await byWhom(host, port)}.`,
        why,
        'Stop that program, or choose another port: hearth start --port 4601, or HEARTH_PORT.',
      )
    case 'EACCES':
      return wrong(`${host}:${port} may not be used by this user.`, why, 'Choose a port from 1024 on.')
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return wrong(`${host} is no address of this machine.`, why, 'Give one as HEARTH_HOST; 0.0.0.0 is all of them.')
    default:
      return unknown(`${host}:${port} cannot be tried (${code}).`)
  }
}

/** @param {string} host @param {number} port */
async function byWhom(host, port) {
  const pid = listenerOf(port)
  const owner = pid === undefined ? '' : ` by process ${pid} (${plain(commandLine(pid)?.trim().slice(0, 120) ?? '')})`
  return (await isHearth(host, port)) ? `${owner}, which is a Hearth on another data folder` : owner
}

/** @param {string} host @param {number} port */
async function isHearth(host, port) {
  const name = /^(0\.0\.0\.0|::)$/.test(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  try {
    const answer = await fetch(`http://${name}:${port}/healthz`, { signal: AbortSignal.timeout(2000) })
    return answer.ok && (await answer.text()) === '{"alive":true}'
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return false
  }
}
