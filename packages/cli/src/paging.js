import { callOperation } from './client/operations.js'
import { usage } from './errors.js'
import { readable } from './print.js'
import { screenOf } from './terminal/screen.js'

/** @import { OwnOptions } from './arguments.js' */
/** @import { Operation } from './client/operations.js' */
/** @import { Server } from './client/server.js' */

/**
 * A call as it was asked for.
 * @typedef {object} Wanted
 * @property {Server} server
 * @property {Operation} operation
 * @property {Record<string, unknown>} input
 * @property {OwnOptions} options
 * @property {NodeJS.ProcessEnv} env
 */

/**
 * Every page of a list, one after the other.
 * @param {Server} server
 * @param {Operation} operation
 * @param {Record<string, unknown>} input
 * @returns {AsyncGenerator<Record<string, unknown>[], void>}
 */
export async function* pagesOf(server, operation, input) {
  for (let after = input['after']; ;) {
    const { items, next } =
      (await callOperation(server, operation, after === undefined ? input : { ...input, after }, undefined)) ?? {}
    if (!Array.isArray(items)) throw usage(`${operation.name} gives no list: --all is for lists.`)
    yield items
    if (typeof next !== 'string') return
    after = next
  }
}

/**
 * As JSON, a line for every item as it comes; for a person one table of all.
 * @param {Wanted} wanted
 */
export async function printPages({ server, operation, input, options, env }) {
  if (operation.consequence !== undefined && operation.consequence !== 'read')
    throw usage(`${operation.name} gives no list: --all is for lists.`)
  const items = []
  for await (const page of pagesOf(server, operation, input)) {
    if (options.json) process.stdout.write(page.map((item) => `${JSON.stringify(item)}\n`).join(''))
    else items.push(...page)
  }
  if (!options.json) process.stdout.write(`${readable({ items }, screenOf(process.stdout, env))}\n`)
}
