import { type Stats, accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { OperatingUser } from './operating-user.ts'

const read = 4
const traverse = 1

/** Whether the user can go into every folder down to this one, itself included. */
export const canReach = (user: OperatingUser, folder: string): boolean =>
  ancestry(folder).every((each) => allows(user, each, traverse))

/** Whether the user can read and run this file. */
export const canRun = (user: OperatingUser, file: string): boolean =>
  existsSync(file) && canReach(user, dirname(realpathSync(file))) && allows(user, realpathSync(file), read | traverse)

// For another user the mode bits are read and nothing else: what an access list allows besides is not used, which
// costs a copy or another place, never a failure.
function allows(user: OperatingUser, path: string, wanted: number): boolean {
  if (user.other) return (bitsFor(user, statSync(path)) & wanted) === wanted
  try {
    accessSync(path, ((wanted & read) === 0 ? 0 : constants.R_OK) | constants.X_OK)
    return true
  } catch {
    return false
  }
}

function bitsFor(user: OperatingUser, stats: Stats): number {
  if (stats.uid === user.uid) return stats.mode >> 6
  return stats.gid === user.gid ? stats.mode >> 3 : stats.mode
}

function ancestry(folder: string): readonly string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [...ancestry(parent), folder]
}
