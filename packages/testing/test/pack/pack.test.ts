import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { onlyWhenLong } from '@hearth/testing/long'

const execute = promisify(execFile)
const root = join(import.meta.dirname, '../../../..')

/** A copy of what is packed: packing replaces the manifest for a moment, and other tests read it. */
async function copyOfTree(to: string): Promise<void> {
  const skipped = /[/\\](node_modules|dist)$/
  for (const name of ['protocol', 'kernel', 'testing'])
    await cp(join(root, 'packages', name), join(to, 'packages', name), {
      recursive: true,
      filter: (path) => !skipped.test(path),
    })
  for (const file of ['tsconfig.json', 'scripts/pack.js']) await cp(join(root, file), join(to, file))
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'))
}

/** The example of the README, as a stranger would copy it. */
async function example(): Promise<string> {
  const readme = await readFile(join(root, 'packages/testing/README.md'), 'utf8')
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? []
  return code
}

test('packed, it installs alone in an empty folder, and the example runs every case', onlyWhenLong, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-pack-'))
  try {
    const [tree, empty] = [join(folder, 'tree'), join(folder, 'empty')]
    await Promise.all([mkdir(tree), mkdir(empty)])
    await copyOfTree(tree)
    const packing = join(tree, 'packages/testing')
    const manifest = await readFile(join(packing, 'package.json'), 'utf8')
    const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', empty], { cwd: packing })
    const [{ filename, files }] = JSON.parse(stdout)
    assert.deepEqual(
      files.filter(({ path }: { path: string }) => !/^(package\.json|dist\/|LICENSE|README)/.test(path)),
      [],
    )
    assert.equal(await readFile(join(packing, 'package.json'), 'utf8'), manifest, 'the manifest is put back')
    await writeFile(join(empty, 'package.json'), '{ "private": true, "type": "module" }')
    const env = { ...process.env, npm_config_offline: 'true' }
    await execute('npm', ['install', '--no-audit', '--no-fund', `./${filename}`], { cwd: empty, env })
    await writeFile(join(empty, 'mine.test.js'), await example())
    const told = await execute(process.execPath, ['--test', '--test-reporter=tap', 'mine.test.js'], {
      cwd: empty,
      env: plain(),
    })
    assert.match(told.stdout, /^# pass [4-9]\d$/m)
    assert.match(told.stdout, /^# fail 0$/m)
    await writeFile(join(empty, 'types.ts'), types)
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const words = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,esnext,dom']
    const nodeTypes = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node']
    await execute(process.execPath, [compiler, ...words, ...nodeTypes, 'types.ts'], { cwd: empty })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

/** A test run inside a test run reports to its parent, unless it does not know of it. */
function plain(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env
  return env
}

const types = `
import { createMemoryLog, createMemoryStore, logCases, type LogSubject } from '@hearth/testing'
const store = createMemoryStore()
export const subject: LogSubject = {
  log: createMemoryLog(store),
  tenant: 'main',
  slot: () => 1,
  viewRows: async (view) => store.viewRows(view),
  deadLetters: async () => store.deadLetters(),
}
// @ts-expect-error: a log is not a number
export const wrong: LogSubject = { ...subject, log: 3 }
export const names: readonly string[] = logCases.map(({ name }) => name)
`
