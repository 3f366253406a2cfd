import { CommandError, usage } from '../errors.js'
import { readAnswer, request } from './request.js'

/** @import { Server } from './server.js' */
/** @import { Schema } from './fields.js' */

/** @typedef {{ title?: string, input: Record<string, unknown> }} Example */

/** @typedef {{ name: string, summary?: string, permission?: string, consequence?: string, watchable?: boolean, input?: Schema, output?: Schema, examples?: Example[], errors?: string[] }} Operation */

const attempts = 5

/**
 * What the server offers; undefined when it does not say.
 * @param {Server} server
 * @param {number} [tries]
 * @returns {Promise<Operation[] | undefined>}
 */
export async function listOperations(server, tries = attempts) {
  const answer = await request(server, { method: 'GET', path: '/api/v1/operations', attempts: tries })
  if (answer.status === 404) return undefined
  const { items } = readAnswer(answer)
  if (!Array.isArray(items))
    throw new CommandError('cli.not-hearth', 'The list of operations cannot be read: is this Hearth?')
  return items
}

/**
 * @param {Operation[] | undefined} operations
 * @param {string} name
 */
export function findOperation(operations, name) {
  if (operations === undefined) return { name }
  const found = operations.find((operation) => operation.name === name)
  if (found !== undefined) return found
  const [area = ''] = name.split('.')
  const near = operations.map((operation) => operation.name).filter((known) => known.startsWith(`${area}.`))
  throw usage(`There is no operation ${name}.${near.length > 0 ? ` Of ${area} there are: ${near.join(', ')}.` : ''}`)
}

/**
 * @param {Server} server
 * @param {Operation} operation
 * @param {unknown} input
 * @param {string | undefined} key
 */
export async function callOperation(server, operation, input, key) {
  const isRead = operation.consequence === 'read'
  const idempotencyKey = key ?? (isRead ? undefined : globalThis.crypto.randomUUID())
  const answer = await request(server, {
    method: 'POST',
    path: `/api/v1/call/${encodeURIComponent(operation.name)}`,
    body: JSON.stringify(input),
    attempts,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  })
  return readAnswer(answer)
}
