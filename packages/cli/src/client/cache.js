import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { errorCode } from '../errors.js'

/** @import { Operation } from './operations.js' */

/**
 * A copy of what a server offers, for completion, which must not wait for a server.
 * @param {string} server its address, or its data folder
 * @param {NodeJS.ProcessEnv} env
 */
function pathOf(server, env) {
  const folder = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache')
  // A name for a file, not a secret: FNV-1a, 32 bits.
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(server)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return join(folder, 'hearth', `operations-${hash.toString(16)}.json`)
}

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return undefined
  }
}

/**
 * @param {string} server
 * @param {NodeJS.ProcessEnv} env
 * @returns {Operation[] | undefined}
 */
export function recallOperations(server, env) {
  const text = textOf(pathOf(server, env))
  if (text === undefined) return undefined
  try {
    const items = JSON.parse(text)
    return Array.isArray(items) ? items : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}

/**
 * Keeps the copy. With `onlyKnown` nothing is written for a server whose operations nobody wanted to have completed.
 * @param {string} server
 * @param {readonly Operation[]} operations
 * @param {NodeJS.ProcessEnv} env
 * @param {{ onlyKnown?: boolean }} [options]
 */
export function keepOperations(server, operations, env, { onlyKnown = false } = {}) {
  const path = pathOf(server, env)
  const kept = textOf(path)
  const text = JSON.stringify(operations)
  if (kept === text || (onlyKnown && kept === undefined)) return
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
    writeFileSync(`${path}.${process.pid}`, text, { mode: 0o600 })
    renameSync(`${path}.${process.pid}`, path)
  } catch (error) {
    // Without a copy there is no completion of operations, and everything else works.
    if (errorCode(error) === undefined) throw error
  }
}
