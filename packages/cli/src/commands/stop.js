import { readOwnOptions } from '../arguments.js'
import { dataFolder, notRunning, runningServer } from '../client/server.js'
import { CommandError, errorCode, say } from '../errors.js'
import { commandLine, isAlive, sleep, startedAt } from '../process.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { RunningServer } from '../client/server.js' */

/** The clock of the file system and the machine's own may differ by a tick of each. */
const clockSlackMs = 2000

/**
 * A server that was killed leaves its file behind, and its pid may be another program's by now. That one started
 * after the file was written, which tells them apart even when both are Node.
 * @param {RunningServer} server
 */
async function isServer(server) {
  if (!isAlive(server.pid)) return false
  const started = startedAt(server.pid)
  if (started === undefined) return await answers(server.url)
  const isNode = /node|hearth/.test(commandLine(server.pid) ?? '')
  if (isNode && started <= server.writtenAt + clockSlackMs) return true
  // A machine's clock that was set back makes a server look younger than its file.
  return isNode && (await answers(server.url))
}

/** @param {string} url */
async function answers(url) {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) })
    return answer.ok
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return false
  }
}

/** @param {number} pid */
function terminate(pid) {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    // Gone since the look: as good as stopped.
    if (errorCode(error) === 'ESRCH') return
    throw new CommandError('cli.not-allowed', `The server (pid ${pid}) belongs to another user: stop it as that user.`)
  }
}

/**
 * Returns when the process is gone: a clean stop may take as long as the work that it finishes.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function stop(words, options, env) {
  readOwnOptions(words, options, ['data'])
  const folder = dataFolder(options, env)
  const server = runningServer(folder)
  if (server === undefined || !(await isServer(server))) throw notRunning(folder)
  const ticks = startedAt(server.pid)
  terminate(server.pid)
  for (let waited = 0; isAlive(server.pid); waited += 50) {
    // The pid was given to another process in the meantime.
    const now = startedAt(server.pid)
    if (ticks !== undefined && now !== undefined && Math.abs(now - ticks) > clockSlackMs) break
    if (waited === 5000) say(`waiting for pid ${server.pid} to stop`)
    await sleep(50)
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ stopped: server.pid })}\n`)
  else say(`stopped (pid ${server.pid})`)
}
