import { readOwnOptions } from '../arguments.js'
import { readAnswer, request } from '../client/request.js'
import { serverToCall } from '../client/server.js'
import { readable } from '../print.js'
import { screenOf } from '../terminal/screen.js'

/** @import { OwnOptions } from '../arguments.js' */

/**
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function status(words, options, env) {
  readOwnOptions(words, options, ['url', 'data'])
  const server = serverToCall(options, env)
  const output = readAnswer(await request(server, { method: 'GET', path: '/api/v1/status' }))
  const text = options.json ? JSON.stringify(output) : readable(output, screenOf(process.stdout, env))
  process.stdout.write(`${text}\n`)
}
