import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorCode } from '../errors.js'

/** Long enough for a server to have loaded what it starts with. */
const flushAfterMs = 10_000
const compileWithinMs = 15_000

/**
 * Keeps compiled modules in the clone's node_modules, where it may be written, for this process and those it starts.
 * @param {string | undefined} root
 * @param {string} [ahead] a module that a process of its own compiles first after each change of the clone
 */
export function useCompileCache(root, ahead) {
  if (root === undefined || process.env['NODE_COMPILE_CACHE'] || process.env['NODE_DISABLE_COMPILE_CACHE']) return
  const folder = join(root, 'node_modules/.cache/hearth')
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return
  }
  process.env['NODE_COMPILE_CACHE'] = folder
  if (ahead !== undefined) compileAhead(root, folder, ahead)
  nodeModule.enableCompileCache(folder)
  // Node writes the cache when a process ends; a server that is killed would leave none.
  setTimeout(() => nodeModule.flushCompileCache(), flushAfterMs).unref()
}

/**
 * Once for each version of Node and of the clone, as far as its files tell.
 * @param {string} root
 * @param {string} folder
 * @param {string} name
 */
function compileAhead(root, folder, name) {
  const marker = join(folder, 'ahead')
  const version = `${process.version} ${process.arch} ${changed(join(root, '.git/index'))} ${changed(join(root, 'package-lock.json'))}`
  if (textOf(marker) === version) return
  // Written first: where compiling fails, it is not tried at every start.
  writeFileSync(marker, version)
  let file
  try {
    file = fileURLToPath(import.meta.resolve(name))
  } catch (error) {
    // Whoever wants to run it will say that it is not there.
    if (errorCode(error) === undefined) throw error
    return
  }
  spawnSync(process.execPath, [file], { stdio: 'ignore', timeout: compileWithinMs })
}

/** @param {string} path */
const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return undefined
  }
}
