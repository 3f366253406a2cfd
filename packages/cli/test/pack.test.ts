import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { inherited, temporaryFolder } from './command.ts'
import { smallServer } from './small-server.ts'
import { onlyWhenLong } from '@hearth/testing/long'

const execute = promisify(execFile)

test('the packed command works in an empty folder', onlyWhenLong, async () => {
  await using server = await smallServer(({ path }) =>
    path === '/api/v1/status' ? { status: 200, body: { lanes: 2 } } : undefined,
  )
  await using folder = await temporaryFolder()
  const env = { ...inherited(), ...server.env, npm_config_offline: 'true' }
  const options = { cwd: folder.path, env }
  const { stdout } = await execute(
    'npm',
    ['pack', '--json', '--pack-destination', folder.path, join(import.meta.dirname, '..')],
    options,
  )
  const { filename, files } = JSON.parse(stdout)[0]
  assert.deepEqual(
    files.filter(({ path }: { path: string }) => !/^(package\.json|bin\/|src\/|LICENSE|README)/.test(path)),
    [],
  )
  await writeFile(join(folder.path, 'package.json'), '{ "private": true }')
  await execute('npm', ['install', '--no-audit', '--no-fund', `./${filename}`], options)
  const status = await execute('npx', ['hearth', 'status', '--json'], options)
  assert.deepEqual(JSON.parse(status.stdout), { lanes: 2 })
  const called = await execute('npx', ['hearth', 'reminders.set', '--text', 'tea', '--json'], options)
  assert.deepEqual(JSON.parse(called.stdout), { text: 'tea' })
  await assert.rejects(execute('npx', ['hearth', 'start'], options), /The server is not installed beside this command/)
})
