import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the clone this file lies in; undefined when the command was installed as a package. */
export function cloneRoot() {
  const root = fileURLToPath(new URL('../../../..', import.meta.url))
  const isClone = existsSync(join(root, 'package-lock.json')) && existsSync(join(root, 'packages/cli/bin/hearth.js'))
  return isClone ? root.replace(/\/$/, '') : undefined
}
