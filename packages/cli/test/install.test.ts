// long: a run of everything that npm alone tests has five minutes
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { missingPackages } from '../src/setup/installation.js'
import { finish, start } from './command.ts'
import {
  installByHand,
  platformEntry,
  platformPackage,
  smallClone,
  workspaceEntries,
  type SmallClone,
} from './small-clone.ts'

const offline = { npm_config_offline: 'true' }
const launch = (clone: SmallClone) => finish(start(clone.prepare, [clone.program, 'exit', '0'], { env: offline }))

test('what is missing is installed once, said on standard error, and left alone afterwards', async () => {
  await using clone = await smallClone()
  const first = await launch(clone)
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stderr, /installing what is missing: npm ci --include=dev/)
  assert.equal(first.stdout.split('\n').length, 2, 'standard output is the program alone')
  const path = join(clone.root, 'node_modules/.package-lock.json')
  const before = await stat(path)
  const second = await launch(clone)
  assert.deepEqual([second.code, second.stderr], [0, ''])
  assert.equal((await stat(path)).mtimeMs, before.mtimeMs)
})

test('of two commands that find a bare clone one installs and the other waits', async () => {
  await using clone = await smallClone()
  const outcomes = await Promise.all([launch(clone), launch(clone), launch(clone)])
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    [0, 0, 0],
  )
  assert.equal(outcomes.filter(({ stderr }) => stderr.includes('installing')).length, 1)
  assert.equal(existsSync(join(clone.root, '.installing')), false)
})

test('an installation that was cut off is done again from nothing', async () => {
  await using clone = await smallClone()
  await launch(clone)
  await writeFile(join(clone.root, '.installing'), JSON.stringify([{ pid: process.pid, started: 'another process' }]))
  const outcome = await launch(clone)
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.match(outcome.stderr, /npm ci/)
  assert.match((await launch(clone)).stderr, /^$/)
})

test('a package that went missing is added without emptying the folder', async () => {
  await using clone = await smallClone()
  await launch(clone)
  const mark = join(clone.root, 'node_modules/.mark')
  await writeFile(mark, '')
  await rm(join(clone.root, 'node_modules/@hearth'), { recursive: true })
  const outcome = await launch(clone)
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.match(outcome.stderr, /npm install/)
  assert.ok(existsSync(mark))
  assert.deepEqual(
    JSON.parse(await readFile(join(clone.root, 'package-lock.json'), 'utf8')).packages['node_modules/@hearth/cli'],
    workspaceEntries['node_modules/@hearth/cli'],
  )
})

test('a package that cannot be installed ends the command and leaves no lock', async () => {
  await using clone = await smallClone({
    'node_modules/nowhere-to-be-had': { version: '1.0.0', integrity: 'sha512-x' },
  })
  const outcome = await launch(clone)
  assert.deepEqual([outcome.code, outcome.stdout], [1, ''])
  assert.match(outcome.stderr, /could not be installed: nowhere-to-be-had/)
  assert.equal(existsSync(join(clone.root, '.installing')), false)
})

test('an installation that waits for a registry without an answer ends when it is told to', async () => {
  const asked = Promise.withResolvers<void>()
  const silent = createServer((socket) => {
    socket.resume().on('error', () => undefined)
    asked.resolve()
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const registry = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
  const needs = { name: 'hearth', version: '0.1.0', workspaces: ['packages/*'], dependencies: { somewhere: '1.0.0' } }
  await using clone = await smallClone({
    '': needs,
    'node_modules/somewhere': {
      version: '1.0.0',
      resolved: `${registry}somewhere-1.0.0.tgz`,
      integrity: 'sha512-eA==',
    },
  })
  await writeFile(join(clone.root, 'package.json'), JSON.stringify(needs))
  const env = { npm_config_registry: registry, npm_config_cache: join(clone.root, 'cache') }
  const child = start(clone.prepare, [clone.program, 'exit', '0'], { env })
  const finished = finish(child)
  await asked.promise
  child.kill('SIGTERM')
  const { code, stderr } = await finished
  silent.close()
  assert.equal(code, 143, stderr)
  assert.match(stderr, /the installation was stopped/)
  assert.equal(existsSync(join(clone.root, '.installing')), false)
})

test('what counts as missing follows the platform, the purpose and the version', async () => {
  const entry = { version: '1.0.0', integrity: 'sha512-a' }
  await using clone = await smallClone({
    [`node_modules/${platformPackage}`]: platformEntry,
    'node_modules/elsewhere': { ...entry, optional: true, os: ['nowhere'] },
    'node_modules/not-here': { ...entry, optional: true, os: `!${process.platform}` },
    'node_modules/checks': { ...entry, dev: true },
    'node_modules/needed': entry,
    'node_modules/needed/node_modules/inner': entry,
  })
  const all = { development: true, optional: () => true }
  assert.deepEqual(missingPackages(clone.root, all), ['@hearth/cli', platformPackage, 'checks', 'needed', 'inner'])
  const few = { development: false, optional: () => false }
  assert.deepEqual(missingPackages(clone.root, few), ['@hearth/cli', 'needed', 'inner'])
  await installByHand(clone)
  assert.deepEqual(missingPackages(clone.root, all), ['checks', 'needed', 'inner'])
  const path = join(clone.root, 'node_modules/.package-lock.json')
  const { packages } = JSON.parse(await readFile(path, 'utf8'))
  packages[`node_modules/${platformPackage}`].version = '23.0.0'
  await writeFile(path, JSON.stringify({ packages }))
  assert.deepEqual(missingPackages(clone.root, all), [platformPackage, 'checks', 'needed', 'inner'])
})
