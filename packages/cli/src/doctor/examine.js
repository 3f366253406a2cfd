import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readAnswer, request } from '../client/request.js'
import { runningServer, serverToCall } from '../client/server.js'
import { CommandError, errorCode } from '../errors.js'
import { isAlive } from '../process.js'
import { unknown } from './check.js'

/** @import { Check, Finding, Patient } from './check.js' */
/** @import { Settings } from './settings.js' */
/** @import { Server } from '../client/server.js' */

/** Every module of the folder is a check. @returns {Promise<Check[]>} */
export async function allChecks() {
  const folder = new URL('checks/', import.meta.url)
  const names = readdirSync(folder).filter((name) => name.endsWith('.js'))
  const modules = await Promise.all(names.sort().map((name) => import(new URL(name, folder).href)))
  return modules.map(({ check }) => check)
}

/**
 * @param {string} data
 * @param {Settings} settings
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Patient>}
 */
export async function meet(data, settings, env) {
  const server = noted(data)
  const record = recordOf(join(data, 'postgres.json'))
  const spoken = server === undefined ? { refusal: undefined } : await speak(data, env)
  return {
    data,
    settings,
    env,
    server,
    isMade: existsSync(join(data, 'server.lock')),
    database: record,
    isAlive: server !== undefined && isAlive(server.pid),
    status: undefined,
    clockAheadMs: undefined,
    call: () => Promise.reject(new CommandError('cli.not-running', 'The server does not answer.')),
    ...spoken,
  }
}

/** @param {string} data */
function noted(data) {
  try {
    return runningServer(data)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return undefined
  }
}

/** @param {string} path @returns {string | undefined} */
function recordOf(path) {
  try {
    const { data, passwords } = JSON.parse(readFileSync(path, 'utf8'))
    return typeof data === 'string' && passwords !== '' ? data : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError) && errorCode(error) === undefined) throw error
    return undefined
  }
}

/**
 * @param {string} data
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Pick<Patient, 'refusal'> & Partial<Patient>>}
 */
async function speak(data, env) {
  try {
    const server = serverToCall({ json: false, help: false, version: false, data }, env)
    const began = Date.now()
    const answer = await request(server, { method: 'GET', path: '/api/v1/status', withinMs: 10_000 })
    const date = Date.parse(answer.headers.date ?? '')
    const status = readAnswer(answer)
    // The header has whole seconds: the server's clock showed something between it and a second more.
    const clockAheadMs = Number.isNaN(date) ? undefined : apart(date, date + 999, began, Date.now())
    return { status, refusal: undefined, clockAheadMs, call: (operation, input) => callAt(server, operation, input) }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { refusal: error.message }
  }
}

/**
 * How far one span of time lies after another; 0 where they meet.
 * @param {number} first
 * @param {number} last
 * @param {number} from
 * @param {number} to
 */
const apart = (first, last, from, to) => (first > to ? first - to : last < from ? last - from : 0)

/** @param {Server} server @param {string} operation @param {object} input */
async function callAt(server, operation, input) {
  const path = `/api/v1/call/${operation}`
  return readAnswer(await request(server, { method: 'POST', path, body: JSON.stringify(input), withinMs: 30_000 }))
}

/**
 * @param {Check} check
 * @param {Patient} patient
 * @returns {Promise<Finding[]>}
 */
export async function examine(check, patient) {
  try {
    return await check.examine(patient)
  } catch (error) {
    // What one check stumbles over must not hide what the others find.
    return [unknown(`This could not be looked at: ${error instanceof Error ? error.message : String(error)}`)]
  }
}
