import { CommandError } from '../errors.js'
import { callOperation, listOperations } from './operations.js'
import { dataFolder, serverToCall } from './server.js'
import { keepOperations } from './cache.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Operation } from './operations.js' */

/**
 * For commands that are made of operations: the server, and what it offers.
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function openSession(options, env) {
  const server = serverToCall(options, env)
  const operations = (await listOperations(server)) ?? []
  keepOperations(options.url ?? dataFolder(options, env), operations, env, { onlyKnown: true })
  /** @param {string} name @returns {Operation} */
  const need = (name) => {
    const found = operations.find((operation) => operation.name === name)
    if (found === undefined) throw new CommandError('cli.operation-missing', `This server has no operation ${name}.`)
    return found
  }
  return {
    server,
    operations,
    need,
    /** @param {string} name */
    has: (name) => operations.some((operation) => operation.name === name),
    /**
     * @param {string} name
     * @param {Record<string, unknown>} input
     * @param {string} [key]
     * @returns {Promise<any>}
     */
    call: (name, input, key) => callOperation(server, need(name), input, key),
  }
}

/** @typedef {Awaited<ReturnType<typeof openSession>>} Session */
