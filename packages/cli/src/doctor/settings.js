import { readFileSync } from 'node:fs'
import { CommandError, errorCode } from '../errors.js'

/**
 * What a server would be started with, as far as a check wants to know it.
 * @typedef {object} Settings
 * @property {string} host
 * @property {number} port
 * @property {string | undefined} databaseUrl
 * @property {string | undefined} ownerKey
 * @property {string | undefined} masterKey
 */

/**
 * Flags win over the environment, which wins over the file, as for the server.
 * @param {ReadonlyMap<string, string>} flags
 * @param {NodeJS.ProcessEnv} env
 * @returns {Settings}
 */
export function settingsOf(flags, env) {
  const file = fileOf(env)
  /** @param {string} name @param {string} variable */
  const given = (name, variable) => {
    const value = flags.get(name) ?? (env[variable] || file[name])
    return value === undefined ? undefined : String(value)
  }
  return {
    host: given('host', 'HEARTH_HOST') ?? '127.0.0.1',
    port: Number(given('port', 'HEARTH_PORT') ?? 4600),
    databaseUrl: given('databaseUrl', 'DATABASE_URL'),
    ownerKey: given('ownerKey', 'HEARTH_OWNER_KEY'),
    masterKey: given('masterKey', 'HEARTH_MASTER_KEY'),
  }
}

/** @param {NodeJS.ProcessEnv} env @returns {Record<string, unknown>} */
function fileOf(env) {
  const path = env['HEARTH_CONFIG']
  if (!path) return {}
  try {
    return JSON.parse(readFileSync(path, 'utf8')) ?? {}
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : `cannot be read (${errorCode(error)})`
    throw new CommandError('cli.unreadable', `The file of HEARTH_CONFIG, ${path}, ${reason}`)
  }
}
