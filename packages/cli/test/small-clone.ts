import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { temporaryFolder } from './command.ts'

export const platformPackage = `node-${process.platform}-${process.arch}`

/** The first Node before 24 on the path, as machines have it; undefined where there is none. */
export const olderNode = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find((path) => {
    try {
      return Number(execFileSync(path, ['-p', 'process.versions.node.split(".")[0]'], { stdio: 'pipe' })) < 24
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return false
    }
  })

const rootPackage = { name: 'hearth', version: '0.1.0', private: true, workspaces: ['packages/*'] }
const link = { resolved: 'packages/cli', link: true }
export const workspaceEntries = {
  'node_modules/@hearth/cli': link,
  'packages/cli': {
    name: '@hearth/cli',
    version: '0.1.0',
    license: 'Apache-2.0',
    bin: { hearth: 'bin/hearth.js' },
    engines: { node: '>=20' },
  },
}

/** Does what its first argument says and prints who runs it. */
const program = `
  const [what, code] = process.argv.slice(2)
  if (what === 'exit') process.exitCode = Number(code)
  else {
    setInterval(() => undefined, 1000)
    if (what === 'catch') process.on('SIGTERM', () => process.exit(5))
  }
  console.log(JSON.stringify({ version: process.version, pid: process.pid, words: process.argv.slice(2) }))
`

export interface SmallClone extends AsyncDisposable {
  readonly root: string
  readonly prepare: string
  readonly hearth: string
  readonly program: string
}

/** A clone that holds the command alone, so that npm installs it without the network. */
export async function smallClone(
  entries: Readonly<Record<string, unknown>> = {},
  name = 'a clone',
): Promise<SmallClone> {
  const folder = await temporaryFolder()
  const root = join(folder.path, name)
  const cli = join(root, 'packages/cli')
  await mkdir(cli, { recursive: true })
  const original = join(import.meta.dirname, '..')
  for (const part of ['bin', 'src', 'package.json'])
    await cp(join(original, part), join(cli, part), { recursive: true })
  const lock = {
    ...rootPackage,
    lockfileVersion: 3,
    requires: true,
    packages: { '': rootPackage, ...workspaceEntries, ...entries },
  }
  await writeFile(join(root, 'package.json'), JSON.stringify(rootPackage))
  await writeFile(join(root, 'package-lock.json'), JSON.stringify(lock))
  await writeFile(join(root, 'program.ts'), program)
  return {
    root,
    prepare: join(cli, 'bin/prepare.js'),
    hearth: join(cli, 'bin/hearth.js'),
    program: join(root, 'program.ts'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

export const platformEntry = {
  version: '24.0.0',
  integrity: 'sha512-x',
  optional: true,
  os: [process.platform],
  cpu: process.arch,
}

/** Puts node_modules there as npm would have, with the Node that runs this test as the packaged one. */
export async function installByHand(clone: SmallClone, mode = 0o755): Promise<void> {
  const folder = join(clone.root, 'node_modules', platformPackage)
  await mkdir(join(folder, 'bin'), { recursive: true })
  await mkdir(join(clone.root, 'node_modules/@hearth'))
  await cp(join(clone.root, 'packages/cli'), join(clone.root, 'node_modules/@hearth/cli'), { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: platformPackage, version: '24.0.0' }))
  copyFileSync(process.execPath, join(folder, 'bin/node'))
  chmodSync(join(folder, 'bin/node'), mode)
  const packages = { 'node_modules/@hearth/cli': link, [`node_modules/${platformPackage}`]: platformEntry }
  await writeFile(join(clone.root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
}
