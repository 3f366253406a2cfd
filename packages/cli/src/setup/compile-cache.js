import { accessSync, constants, mkdirSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { join } from 'node:path'
import { errorCode } from '../errors.js'

/** Long enough for a server to have loaded what it starts with. */
const flushAfterMs = 10_000

/**
 * Keeps compiled modules in the clone's node_modules, where it may be written, for this process and those it starts.
 * @param {string | undefined} root
 */
export function useCompileCache(root) {
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
  nodeModule.enableCompileCache(folder)
  // Node writes the cache when a process ends; a server that is killed would leave none.
  setTimeout(() => nodeModule.flushCompileCache(), flushAfterMs).unref()
}
