import { createRequire } from 'node:module'
import { errorCode } from '../../errors.js'
import { cloneRoot } from '../../setup/clone.js'
import { hasNode24 } from '../../setup/runtime.js'
import { advice, good, wrong } from '../check.js'

/** The Node that npm brought for the server, where this one is too old. */
function packagedVersion() {
  try {
    const name = `node-${process.platform}-${process.arch}/package.json`
    return /** @type {string} */ (createRequire(import.meta.url)(name).version)
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error
    return undefined
  }
}

/** @type {import('../check.js').Check} */
export const check = {
  name: 'node',
  examine: () => {
    const { node } = process.versions
    if (hasNode24()) return [good(`This is Node ${node}.`)]
    if (cloneRoot() === undefined)
      return [good(`This is Node ${node}, enough for this command; a server needs Node 24.`)]
    const packaged = packagedVersion()
    if (packaged !== undefined)
      return [
        advice(
          `This is Node ${node}; the server needs Node 24 and runs with the packaged ${packaged}.`,
          'Every start goes through a second process.',
          'Install Node 24 or newer, when it suits.',
        ),
      ]
    return [
      wrong(
        `This is Node ${node}, and no packaged Node 24 is installed.`,
        'The command works, but the server does not start with it.',
        'Install Node 24 or newer, or run "npm install" in the clone.',
      ),
    ]
  },
}
