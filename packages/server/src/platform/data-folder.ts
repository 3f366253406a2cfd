import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { HearthError } from '@hearth/protocol'

/** Made for its owner alone. One that exists keeps its mode: whoever made it may want it so. */
export function makeDataFolder(path: string): void {
  try {
    makeFolder(path)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as { code?: string }
    const detail = `The data folder ${path} cannot be used (${code}). Name another with --data or HEARTH_DATA.`
    throw new HearthError('data.unusable', detail, { cause: error })
  }
}

/** Not `recursive`: where a file system refuses new folders with ENOENT, as /proc does, Node would try for ever. */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as { code?: string }
    if (code !== 'EEXIST' || !statSync(path).isDirectory()) throw error
  }
}
