import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, errorCode, say } from '../errors.js'
import { cloneRoot } from './clone.js'
import { takeInstallLock } from './install-lock.js'
import { runNpm } from './install.js'

const source = 'packages/models/src/providers/gguf/library'
const words = ['ci', '--ignore-scripts', '--omit=optional', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund']

/**
 * Installs what runs local models, where it is not there: the packages of the lock file and the binary of this platform for its
 * processor, each checked against its hash. It goes beside the code of Hearth, to be written by nobody else.
 */
export async function installLocalModels() {
  const root = cloneRoot()
  if (root === undefined)
    throw new CommandError('cli.no-clone', 'Local models are run by a clone of the repository only.')
  const lock = read(join(root, source, 'package-lock.json'))
  const folder = join(root, '.cache/node-llama-cpp')
  const mark = createHash('sha256')
    .update(lock)
    .update(read(join(root, source, 'binaries.json')))
    .digest('hex')
  const isInstalled = () => existsSync(join(folder, 'installed')) && read(join(folder, 'installed')).trim() === mark
  if (isInstalled()) return
  const binary = binaryFor(root)
  makeFolder(join(root, '.cache'))
  const held = await takeInstallLock(join(root, '.cache/.installing'))
  const beside = `${folder}.new`
  try {
    if (isInstalled()) return
    const began = Date.now()
    say('installing node-llama-cpp, which runs local models')
    rmSync(beside, { recursive: true, force: true })
    makeFolder(beside)
    writePackages(beside, JSON.parse(lock), binary)
    await runNpm(beside, words, held.alsoHeldBy)
    writeFileSync(join(beside, 'installed'), `${mark}\n`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(beside, folder)
    say(`installed in ${((Date.now() - began) / 1000).toFixed(1)} s`)
  } finally {
    rmSync(beside, { recursive: true, force: true })
    held.release()
  }
}

/** @param {string} path */
const read = (path) => readFileSync(path, 'utf8')

/** @param {string} path */
function makeFolder(path) {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new CommandError('cli.unwritable', `${path} cannot be made (${code}): who may write this clone installs it.`)
  }
}

/** @typedef {{ name: string, version: string, integrity: string }} Binary */

/** @param {string} root @returns {Binary} */
function binaryFor(root) {
  const platform = `${process.platform}-${process.arch}`
  const known = JSON.parse(read(join(root, source, 'binaries.json')))[platform]
  if (known !== undefined) return known
  throw new CommandError('cli.no-binary', `Local models do not run on ${platform}: there is no binary for it.`)
}

/**
 * The lock file has no optional package: those of node-llama-cpp weigh 600 MB, and are for graphics cards. The binary is made a
 * package that has to be there.
 * @param {string} folder
 * @param {{ packages: Record<string, unknown> }} lock
 * @param {Binary} binary
 */
function writePackages(folder, lock, { name, version, integrity }) {
  const { dependencies } = /** @type {{ dependencies: Record<string, string> }} */ (lock.packages[''])
  const all = { ...dependencies, [name]: version }
  const packages = {
    ...lock.packages,
    '': { dependencies: all },
    [`node_modules/${name}`]: { version, integrity },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: all }))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }))
}
