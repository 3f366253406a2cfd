import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'

// The rules of the house that no compiler knows: a rule that only prose states is not kept.

const root = join(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** What each package may import; in its tests also `testing`. Left to right is the order of the house. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  kernel: ['protocol'],
  models: ['protocol', 'kernel'],
  agents: ['protocol', 'kernel', 'models'],
  features: ['protocol', 'kernel', 'models', 'agents'],
  server: ['protocol', 'kernel', 'models', 'agents', 'features'],
  testing: ['protocol', 'kernel', 'models', 'agents', 'features'],
  sdk: ['protocol'],
  cli: ['protocol', 'sdk'],
  web: ['protocol', 'sdk'],
}

const mayRead = ['packages/server/src/config.ts', 'packages/cli/', 'packages/testing/src/long.ts']
const patterns = ['*', '.*', '{packages,scripts,docs,bench,deploy,agents,teams,.ci}/**/*', '{packages,scripts}/**/.*']
const ignored = /(^|\/)(node_modules|\.git|\.cache|\.services|\.hearth|dist)(\/|$)|\.(tgz|log)$|^\.installing/
const found = await Array.fromAsync(
  glob(patterns, { cwd: root, withFileTypes: true, exclude: (entry) => ignored.test(entry.name) }),
)
const files = found
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  .filter((file) => !ignored.test(file))
  .toSorted()
const code = files.filter((file) => /^(packages|scripts|bench)\/.*\.(ts|js)$/.test(file))
const sources = code.filter((file) => /^packages\/[^/]+\/(src|bin)\//.test(file))

const packageOf = (file: string): string => file.split('/')[1] ?? ''
const importsOf = (file: string): readonly string[] =>
  [...read(file).matchAll(/(?:(?<!\.)\bfrom|\bimport)\s*\(?\s*'([^'\s]+)'/g)].map(([, target = '']) => target)

interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}
const manifest = (name: string): Manifest => JSON.parse(read(`packages/${name}/package.json`)) as Manifest
const packages = [...new Set(files.filter((file) => file.startsWith('packages/')).map(packageOf))]

/** Says every offence at once. */
const none = (offences: readonly string[]): void => assert.deepEqual(offences, [])

test('the rules see the tree', () => {
  for (const file of ['README.md', '.gitignore', 'docs/features.json', 'scripts/check.ts'])
    assert.ok(files.includes(file), file)
  for (const name of ['protocol', 'kernel', 'features', 'server', 'cli']) assert.ok(packages.includes(name), name)
  assert.deepEqual(importsOf('packages/cli/bin/hearth.js'), ['../src/run.js'])
})

test('every package has its place in the house, under its own name', () => {
  none(packages.filter((name) => arrows[name] === undefined || manifest(name).name !== `@hearth/${name}`))
})

test('packages import each other in one direction only, and never the inside of another', () => {
  const offences = code
    .filter((file) => file.startsWith('packages/'))
    .flatMap((file) => {
      const own = packageOf(file)
      const isTest = file.startsWith(`packages/${own}/test/`)
      const allowed = new Set([...(arrows[own] ?? []), ...(isTest ? ['testing', own] : [])])
      return importsOf(file)
        .filter((target) => (target.startsWith('@hearth/') ? !mayImport(allowed, target) : leaves(file, target)))
        .map((target) => `${file} imports ${target}`)
    })
  none(offences)
})

/** What a package exports beside itself may be imported like it. */
function mayImport(allowed: ReadonlySet<string>, target: string): boolean {
  const [name = '', ...beside] = target.slice('@hearth/'.length).split('/')
  return allowed.has(name) && (beside.length === 0 || `./${beside.join('/')}` in (manifest(name).exports ?? {}))
}

/** Whether a relative import leads out of the package. */
function leaves(file: string, target: string): boolean {
  if (!target.startsWith('.')) return false
  return !join(file, '..', target).startsWith(`packages/${packageOf(file)}/`)
}

test('the client stands alone: it imports nothing but its own files', () => {
  const own = sources.filter((file) => file.startsWith('packages/sdk/'))
  assert.ok(own.length > 0)
  none(own.flatMap((file) => importsOf(file).filter((target) => !target.startsWith('.'))))
  assert.equal(manifest('sdk').dependencies, undefined)
})

test('a package declares what its source imports, and nothing against the arrows', () => {
  const offences = packages.flatMap((name) => {
    const { dependencies = {}, devDependencies = {} } = manifest(name)
    const used = sources.filter((file) => packageOf(file) === name).flatMap(importsOf)
    const undeclared = used
      .filter((target) => !/^(\.|node:)/.test(target))
      .map((target) => target.split('/', target.startsWith('@') ? 2 : 1).join('/'))
      .filter((target) => dependencies[target] === undefined)
    const against = Object.keys(dependencies)
      .filter((target) => target.startsWith('@hearth/'))
      .filter((target) => !arrows[name]?.includes(target.slice('@hearth/'.length)))
    const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, range]) => !/^\d+\.\d+\.\d+/.test(range),
    )
    return [
      ...new Set(undeclared.map((target) => `${name} imports ${target} without declaring it`)),
      ...against.map((target) => `${name} depends on ${target}`),
      ...ranges.map(([target, range]) => `${name} wants ${target} ${range}: pin it`),
    ]
  })
  none(offences)
})

test('only the configuration and the command read the environment', () => {
  const reads = /process\s*\.\s*env\b|import[^'\n]*\benv\b[^'\n]*'node:process'/
  const offences = sources.filter(
    (file) => !mayRead.some((allowed) => file.startsWith(allowed)) && reads.test(read(file)),
  )
  none(offences)
})

test('a path made from a module’s address survives a folder with a space', () => {
  none(code.filter((file) => /import\.meta\.url\)\.pathname/.test(read(file))))
})

test('no source file is longer than 400 lines, but for what is generated', () => {
  const written = sources.filter((file) => !/^\/\/ Made from .* by npm run generate\.\n/.test(read(file)))
  none(written.filter((file) => read(file).split('\n').length > 401))
})
/** Made once in a process, or once for a connection of a client. */
const getterOnce = [
  'kernel effects/rests.ts',
  'features models/recorder.ts',
  'features models/texts/keeper.ts',
  'models gateway/gates.ts',
  'sdk live/connection.ts',
  'server doors/rest/door.ts',
  'server doors/rest/listener.ts',
  'server platform/stop.ts',
  'server store/embedded/supervisor.ts',
  'server store/views/filling.ts',
  'server store/views/writes.ts',
  'server workers/channel.ts',
]

test('an object is written out with a getter of its own only where few are made', () => {
  // Each is a new kind of object to the engine, which keeps it, and with it all that the getter reaches, until the next full collection.
  const found = sources.filter((file) => /^ {4,}get \w+\(\)/m.test(read(file)))
  none(found.filter((file) => !getterOnce.includes(file.replace(/^packages\/(\w+)\/src\//, '$1 '))))
})

test('files are named in kebab-case, in words that say what they hold', () => {
  const named = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/
  const vague = /^(utils?|helpers?|manager|service|misc|common)\b/
  const offences = files
    .filter((file) => /^(packages|scripts|bench|docs|\.ci)\//.test(file))
    .filter((file) => !/^(README|LICENSE|CHANGELOG|Dockerfile)/.test(basename(file)))
    .filter((file) => file.split('/').some((part) => !named.test(part) || vague.test(part)))
  none(offences)
})

test('a feature is named in its own folder and in generated files only', () => {
  const folders = files
    .filter((file) => /^packages\/features\/src\/[^/]+\/feature\.ts$/.test(file))
    .map((file) => file.split('/')[3])
  const elsewhere = sources.filter(
    (file) => !file.startsWith('packages/features/src/') || file === 'packages/features/src/feature.ts',
  )
  const offences = folders.flatMap((folder) =>
    elsewhere
      .filter((file) => importsOf(file).some((target) => target.includes(`/${folder}/`)))
      .map((file) => `${file} names ${folder}`),
  )
  none(offences)
  assert.match(read('packages/features/src/index.ts'), /^\/\/ Made from the folders beside this file/)
})

test('documents keep their length', () => {
  const lines = (file: string): number => read(file).trimEnd().split('\n').length
  none(files.filter((file) => file === 'README.md' && lines(file) > 200))
  none(files.filter((file) => /^docs\/decisions\/.*\.md$/.test(file) && lines(file) > 40))
})

test('no tracked file names a registry or a path of somebody’s machine', () => {
  const hosts = ['npmjs.org', 'npmjs.com', 'yarnpkg.com', 'pypi.org', 'crates.io', 'npmmirror.com'].map((host) =>
    host.replace('.', '\\.'),
  )
  const registry = new RegExp(`(registry\\.|//)[a-z.-]*(${hosts.join('|')})`)
  const machine = new RegExp(`(^|[\\s'"\`(=:])/(${['work', 'root', 'Users', 'home/[a-z]'].join('|')})(/|\\b)`, 'm')
  const own = 'packages/testing/test/repository.test.ts'
  const offences = files
    .filter((file) => file !== own)
    .filter((file) => [registry, machine].some((pattern) => pattern.test(read(file))))
  none(offences)
})

interface LockEntry {
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

test('the lock file names no registry and every platform’s packages', () => {
  const { packages: locked } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockEntry> }
  none(
    Object.entries(locked)
      .filter(([, { resolved = '' }]) => resolved.includes('://'))
      .map(([path]) => path),
  )
  // npm drops what the registry at hand does not have; `npm ci` then refuses the lock file everywhere.
  const dropped = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(locked, path, name)),
  )
  none(dropped)
})

/** Whether npm finds the package from that folder: beside it or in a folder above. */
function isLocked(locked: Readonly<Record<string, LockEntry>>, from: string, name: string): boolean {
  const candidates = from
    .split('/node_modules/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'))
  return [...candidates.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`].some(
    (path) => path in locked,
  )
}

test('the packages that others install ship a licence', () => {
  for (const name of ['cli', 'sdk', 'testing']) assert.equal(read(`packages/${name}/LICENSE`), read('LICENSE'), name)
})
