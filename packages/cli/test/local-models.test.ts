// long: a run of everything that npm alone tests has five minutes
// shows: A1
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { finish, start, temporaryFolder } from './command.ts'
import { startRegistry, type PackageRegistry } from './package-registry.ts'
import { smallClone, type SmallClone } from './small-clone.ts'

const binary = '@node-llama-cpp/linux-x64'
const onLinux = process.platform === 'linux' && process.arch === 'x64' ? false : 'there is a binary for Linux on x64'

const packages = [
  {
    name: 'node-llama-cpp',
    version: '3.22.1',
    files: { 'index.js': 'export const told = true' },
    manifest: {
      scripts: { postinstall: 'touch "$INIT_CWD/scripts-ran"' },
      optionalDependencies: { '@node-llama-cpp/linux-x64-cuda': '3.22.1' },
    },
  },
  { name: binary, version: '3.22.1', files: { 'addon.node': 'native code' } },
  { name: '@node-llama-cpp/linux-x64-cuda', version: '3.22.1', files: { 'addon.node': 'a lot of it' } },
]

interface Ground extends AsyncDisposable {
  readonly clone: SmallClone
  readonly registry: PackageRegistry
  readonly folder: string
  /** The lock file with this hash of the library, and of the binary. */
  lock(integrity?: string, ofBinary?: string): Promise<void>
  install(): ReturnType<typeof finish>
}

async function ground(): Promise<Ground> {
  await using undo = new AsyncDisposableStack()
  const clone = undo.use(await smallClone())
  const scratch = undo.use(await temporaryFolder())
  const registry = undo.use(await startRegistry(scratch.path, packages))
  const source = join(clone.root, 'packages/models/src/providers/gguf/library')
  await mkdir(source, { recursive: true })
  const version = '3.22.1'
  const parts = undo.move()
  return {
    clone,
    registry,
    folder: join(clone.root, '.cache/node-llama-cpp'),
    lock: async (integrity = registry.integrityOf('node-llama-cpp'), ofBinary = registry.integrityOf(binary)) => {
      const all = {
        lockfileVersion: 3,
        requires: true,
        packages: {
          '': { dependencies: { 'node-llama-cpp': version } },
          'node_modules/node-llama-cpp': { version, integrity },
        },
      }
      await writeFile(join(source, 'package-lock.json'), JSON.stringify(all))
      await writeFile(
        join(source, 'binaries.json'),
        JSON.stringify({ 'linux-x64': { name: binary, version, integrity: ofBinary } }),
      )
    },
    install: () => {
      const env = { npm_config_registry: registry.url, npm_config_cache: join(scratch.path, 'cache') }
      return finish(start(clone.hearth, ['models', 'install'], { env }))
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

test(
  'what runs local models is installed once, without scripts and without what is optional',
  { skip: onLinux },
  async () => {
    await using here = await ground()
    await here.lock()
    const first = await here.install()
    assert.equal(first.code, 0, first.stderr)
    const modules = join(here.folder, 'node_modules')
    assert.deepEqual((await readdir(modules)).filter((name) => !name.startsWith('.')).toSorted(), [
      '@node-llama-cpp',
      'node-llama-cpp',
    ])
    assert.deepEqual(await readdir(join(modules, '@node-llama-cpp')), ['linux-x64'])
    assert.equal(existsSync(join(here.folder, 'scripts-ran')), false)
    assert.ok(!here.registry.asked.some((path) => path.includes('cuda')))
    const asked = here.registry.asked.length
    const second = await here.install()
    assert.deepEqual([second.code, second.stderr, here.registry.asked.length], [0, '', asked])
  },
)

test('a package of another hash is not installed, and what was there stays', { skip: onLinux }, async () => {
  await using here = await ground()
  await here.lock()
  assert.equal((await here.install()).code, 0)
  const mark = await readFile(join(here.folder, 'installed'), 'utf8')
  const other = `sha512-${Buffer.alloc(64, 7).toString('base64')}`
  for (const hashes of [[other], [undefined, other]] as const) {
    await here.lock(...hashes)
    const refused = await here.install()
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /EINTEGRITY/)
    assert.equal(await readFile(join(here.folder, 'installed'), 'utf8'), mark)
    assert.deepEqual(await readdir(join(here.clone.root, '.cache')), ['node-llama-cpp'])
  }
})

test('another version takes the place of the one that is there, and of half of one', { skip: onLinux }, async () => {
  await using here = await ground()
  await here.lock()
  await mkdir(join(here.folder, 'node_modules/half'), { recursive: true })
  await mkdir(join(`${here.folder}.new`, 'node_modules/half'), { recursive: true })
  assert.equal((await here.install()).code, 0)
  assert.equal(existsSync(join(here.folder, 'node_modules/half')), false)
  await writeFile(join(here.folder, 'installed'), 'of another lock file')
  assert.match((await here.install()).stderr, /installing/)
})

test('of several that install at once one does', { skip: onLinux }, async () => {
  await using here = await ground()
  await here.lock()
  const outcomes = await Promise.all([here.install(), here.install(), here.install()])
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    [0, 0, 0],
  )
  assert.equal(outcomes.filter(({ stderr }) => stderr.includes('installing node-llama-cpp')).length, 1)
})

test('where its folder cannot be made it says so', { skip: onLinux }, async () => {
  await using here = await ground()
  await here.lock()
  await writeFile(join(here.clone.root, '.cache'), 'a file')
  const refused = await here.install()
  assert.deepEqual([refused.code, here.registry.asked], [1, []])
  assert.match(refused.stderr, /\.cache cannot be made/)
})

test('where there is no binary for the platform, it says so', async () => {
  await using here = await ground()
  await here.lock()
  await writeFile(join(here.clone.root, 'packages/models/src/providers/gguf/library/binaries.json'), '{}')
  const refused = await here.install()
  assert.deepEqual([refused.code, here.registry.asked], [1, []])
  assert.match(refused.stderr, /there is no binary/)
})
