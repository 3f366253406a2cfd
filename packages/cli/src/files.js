import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { CommandError, errorCode } from './errors.js'

/**
 * Whoever looks finds the former file or the whole new one.
 * @param {string} path
 * @param {string} text
 */
export function writeByRename(path, text) {
  const beside = `${path}.${process.pid}`
  try {
    writeFileSync(beside, text, { mode: 0o600 })
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new CommandError('cli.unwritable', `${path} cannot be written (${code})`)
  }
}
