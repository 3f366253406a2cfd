import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeDataFolder } from '../../src/platform/data-folder.ts'
import { openOwnerKey } from '../../src/platform/owner-key.ts'
import { removeServerFile, writeServerFile } from '../../src/platform/server-file.ts'
import { isHearthError } from '../doors/is-hearth-error.ts'

function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'hearth-data-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

const modeOf = (path: string): number => statSync(path).mode & 0o777

test('the folder is made for its owner alone, with those above it', () => {
  using place = folder()
  const data = join(place.path, 'a', 'b')
  makeDataFolder(data)
  makeDataFolder(data)
  assert.equal(modeOf(data), 0o700)
  writeFileSync(join(place.path, 'file'), '')
  const message = /--data or HEARTH_DATA/
  assert.throws(() => makeDataFolder(join(place.path, 'file')), isHearthError('data.unusable', message))
  assert.throws(() => makeDataFolder(join(place.path, 'file', 'c')), isHearthError('data.unusable', message))
  // A file system that refuses new folders with ENOENT: Node's own recursion would go on for ever.
  if (process.platform === 'linux')
    assert.throws(() => makeDataFolder('/proc/hearth/data'), isHearthError('data.unusable', message))
})

test("the owner's key is made once, kept, and replaced by one that is given", () => {
  using place = folder()
  const path = join(place.path, 'owner.key')
  const open = (given?: string) => openOwnerKey({ data: place.path, given })
  const first = open()
  const made = readFileSync(path, 'utf8').trim()
  assert.match(made, /^hearth_[\w-]{43}$/)
  assert.equal(modeOf(path), 0o600)
  assert.equal(first.matches(made), true)
  assert.equal(open().matches(made), true)
  assert.equal(open().fingerprint, first.fingerprint)

  const given = open('a-key-of-my-own!')
  assert.equal(readFileSync(path, 'utf8'), 'a-key-of-my-own!\n')
  assert.deepEqual([given.matches('a-key-of-my-own!'), given.matches(made), given.matches('')], [true, false, false])
  assert.notEqual(given.fingerprint, first.fingerprint)
  assert.equal(open().matches('a-key-of-my-own!'), true)
  assert.equal(modeOf(path), 0o600)
  assert.deepEqual(readdirSync(place.path), ['owner.key'])

  writeFileSync(path, 'too short')
  assert.throws(() => open(), isHearthError('config.invalid', /owner\.key must hold 16 to 200/))
  assert.doesNotMatch(JSON.stringify(given), /a-key-of-my-own/)
})

test('the server file is replaced whole and removed', () => {
  using place = folder()
  const path = join(place.path, 'server.json')
  const file = { url: 'http://127.0.0.1:1', pid: 1, version: '1.0.0', postgres: null }
  writeServerFile(place.path, file)
  const before = statSync(path).ino
  writeServerFile(place.path, { ...file, pid: 2 })
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).pid, 2)
  assert.notEqual(statSync(path).ino, before)
  removeServerFile(place.path)
  removeServerFile(place.path)
  assert.equal(existsSync(path), false)
})
