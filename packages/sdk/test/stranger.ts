import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
export const root = join(import.meta.dirname, '../../..')

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
}

export interface Stranger extends AsyncDisposable {
  readonly folder: string
  /** What the package holds. */
  readonly files: readonly string[]
  /** Runs a program in the folder. Rejects when it fails. */
  run(program: string, words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>
  write(file: string, text: string): Promise<void>
  /** Holds the files against the package's types, with those of Node beside them. */
  checkTypes(files: readonly string[]): Promise<void>
}

/** The package, packed and installed in an empty folder. Made from a copy: packing replaces the manifest, and other tests read it. */
export async function stranger(): Promise<Stranger> {
  const place = await mkdtemp(join(tmpdir(), 'hearth-sdk-pack-'))
  const [tree, folder] = [join(place, 'tree'), join(place, 'empty')]
  await Promise.all([mkdir(join(tree, 'packages'), { recursive: true }), mkdir(folder)])
  const packing = join(tree, 'packages/sdk')
  const filter = (path: string): boolean => !/[/\\](node_modules|dist)$/.test(path)
  await cp(join(root, 'packages/sdk'), packing, { recursive: true, filter })
  for (const file of ['tsconfig.json', 'scripts/pack.js']) await cp(join(root, file), join(tree, file))
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'))
  const run: Stranger['run'] = (program, words, env = {}) =>
    execute(program, words, { cwd: folder, env: { ...plainEnvironment(), ...env } })
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], { cwd: packing })
  const [{ filename, files }] = JSON.parse(stdout)
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await run('npm', ['install', '--no-audit', '--no-fund', `./${filename}`], { npm_config_offline: 'true' })
  return {
    folder,
    files: files.map(({ path }: { readonly path: string }) => path),
    run,
    write: (file, text) => writeFile(join(folder, file), text),
    checkTypes: async (names) => {
      const compiler = join(root, 'node_modules/typescript/bin/tsc')
      const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node']
      const words = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false']
      const target = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom']
      await run(process.execPath, [compiler, ...words, ...target, ...types, ...names])
    },
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  }
}

/** A test run inside a test run reports to its parent, unless it does not know of it. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env
  return env
}

/** The blocks of a document that are in one language. */
export async function blocksOf(file: string, language: string): Promise<readonly string[]> {
  const text = await readFile(join(root, file), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code)
}

/** A Node of this machine that is older than the one that runs this, if there is one: 20 is the oldest that will do. */
export async function olderNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = join(folder, 'node')
    const version = await execute(program, ['--version']).catch(() => undefined)
    const major = Number(/^v(\d+)\./.exec(version?.stdout ?? '')?.[1] ?? 0)
    if (major >= 20 && major < 24) return program
  }
  return undefined
}
