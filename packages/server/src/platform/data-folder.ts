import { accessSync, constants, mkdirSync } from 'node:fs'
import { HearthError } from '@hearth/protocol'

/** Made for its owner alone. One that exists keeps its mode: whoever made it may want it so. */
export function makeDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as { code?: string }
    const detail = `The data folder ${path} cannot be used (${code}). Name another with --data or HEARTH_DATA.`
    throw new HearthError('data.unusable', detail, { cause: error })
  }
}
