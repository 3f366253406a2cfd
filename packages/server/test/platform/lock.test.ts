import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockDataFolder } from '../../src/platform/lock.ts'
import { isHearthError } from '../doors/is-hearth-error.ts'

function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'hearth-lock-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

const program = `
const { lockDataFolder } = await import(${JSON.stringify(import.meta.resolve('../../src/platform/lock.ts'))})
try {
  lockDataFolder(process.argv[1])
  process.stdout.write('held\\n')
  setInterval(() => {}, 1000)
} catch (error) {
  process.stdout.write(error.code + '\\n')
}`

const start = (path: string): ChildProcess =>
  spawn(process.execPath, ['--input-type=module', '-e', program, path], { stdio: ['ignore', 'pipe', 'inherit'] })

async function saying(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  return String(chunk).trim()
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('a second lock is refused until the first is given back', () => {
  using place = folder()
  const first = lockDataFolder(place.path)
  assert.throws(() => lockDataFolder(place.path), isHearthError('data.in-use', /Another Hearth server/))
  first[Symbol.dispose]()
  lockDataFolder(place.path)[Symbol.dispose]()
})

test('another process is refused, also by another name of the folder, until the holder is killed', async () => {
  using place = folder()
  using elsewhere = folder()
  const alias = join(elsewhere.path, 'alias')
  symlinkSync(place.path, alias)
  const holder = start(place.path)
  assert.equal(await saying(holder), 'held')
  assert.throws(() => lockDataFolder(place.path), isHearthError('data.in-use'))
  assert.throws(() => lockDataFolder(alias), isHearthError('data.in-use'))
  await kill(holder)
  lockDataFolder(alias)[Symbol.dispose]()
})

test('of many that start at once exactly one gets it, on a fresh folder and after a kill', async () => {
  using place = folder()
  for (let round = 0; round < 2; round += 1) {
    const children = Array.from({ length: 8 }, () => start(place.path))
    const said = await Promise.all(children.map(saying))
    assert.deepEqual(said.toSorted(), [...Array.from({ length: 7 }, () => 'data.in-use'), 'held'])
    await Promise.all(children.filter((_, index) => said[index] === 'held').map(kill))
  }
})

test('a folder where nothing can be locked', () => {
  using place = folder()
  assert.throws(() => lockDataFolder(join(place.path, 'missing')), isHearthError('data.unusable', /cannot be locked/))
  writeFileSync(join(place.path, 'server.lock'), 'this is no lock file, but long enough to be looked at. '.repeat(20))
  assert.throws(() => lockDataFolder(place.path), isHearthError('data.unusable', /cannot be locked/))
})
