import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSessions } from '../../src/doors/rest/sessions.ts'

function folder(): Disposable & { readonly path: string; files(): readonly string[] } {
  const path = mkdtempSync(join(tmpdir(), 'hearth-sessions-'))
  return {
    path,
    files: () => readdirSync(path).map((name) => join(path, name)),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  }
}

test('a token is good once and for 15 minutes, whichever process is asked', () => {
  using place = folder()
  let time = 0
  const open = () => openSessions({ folder: place.path, owner: 'o', now: () => time })
  const sessions = open()
  const [first, second] = [sessions.issueToken(), sessions.issueToken()]
  time += 15 * 60_000 - 1
  assert.equal(open().spendToken(first), true)
  assert.equal(sessions.spendToken(first), false)
  time += 1
  assert.equal(sessions.spendToken(second), false)
})

test('sessions outlive a restart until they end, but not a new key', () => {
  using place = folder()
  let time = 0
  const open = (owner: string) => openSessions({ folder: place.path, owner, now: () => time })
  const value = open('one').begin()
  for (const file of place.files()) assert.doesNotMatch(`${file} ${readFileSync(file, 'utf8')}`, new RegExp(value))
  assert.equal(open('one').has(value), true)
  assert.equal(open('two').has(value), false)
  time += 30 * 24 * 60 * 60_000
  assert.equal(open('one').has(value), false)
  time = 0
  open('one').end(value)
  assert.equal(open('one').has(value), false)
})

test('two processes know of each other’s sessions, and of their end', () => {
  using place = folder()
  const [one, other] = [1, 2].map(() => openSessions({ folder: place.path, owner: 'o' }))
  const value = one?.begin() ?? ''
  assert.equal(other?.has(value), true)
  one?.end(value)
  assert.equal(other?.has(value), false)
})

test('there are a hundred at most, and a damaged one is none', () => {
  using place = folder()
  const sessions = openSessions({ folder: place.path, owner: 'o' })
  const values = Array.from({ length: 102 }, () => sessions.begin())
  const good = values.filter((value) => openSessions({ folder: place.path, owner: 'o' }).has(value))
  assert.deepEqual(good, values.slice(2))
  for (const content of ['', '{', '[]', '{"owner":"o","expires":"b"}', '{"owner":"o"}']) {
    for (const file of place.files()) writeFileSync(file, content)
    assert.equal(sessions.has(values[101] ?? ''), false)
  }
  sessions.begin()
  assert.equal(place.files().length, 1)
})
