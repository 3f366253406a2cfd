import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSessions } from '../../src/doors/rest/sessions.ts'

function folder(): Disposable & { readonly file: string } {
  const path = mkdtempSync(join(tmpdir(), 'hearth-sessions-'))
  return { file: join(path, 'sessions.json'), [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('a token is good once and for 15 minutes', () => {
  using place = folder()
  let time = 0
  const sessions = openSessions({ file: place.file, owner: 'o', now: () => time })
  const [first, second] = [sessions.issueToken(), sessions.issueToken()]
  time += 15 * 60_000 - 1
  assert.equal(sessions.spendToken(first), true)
  assert.equal(sessions.spendToken(first), false)
  time += 1
  assert.equal(sessions.spendToken(second), false)
})

test('sessions outlive a restart until they end, but not a new key', () => {
  using place = folder()
  let time = 0
  const open = (owner: string) => openSessions({ file: place.file, owner, now: () => time })
  const value = open('one').begin()
  assert.doesNotMatch(readFileSync(place.file, 'utf8'), new RegExp(value))
  assert.equal(open('one').has(value), true)
  assert.equal(open('two').has(value), false)
  time += 30 * 24 * 60 * 60_000
  assert.equal(open('one').has(value), false)
  time = 0
  open('one').end(value)
  assert.equal(open('one').has(value), false)
})

test('the file stays small, and a damaged one signs everybody out', () => {
  using place = folder()
  const sessions = openSessions({ file: place.file, owner: 'o' })
  const values = Array.from({ length: 102 }, () => sessions.begin())
  const good = values.filter((value) => openSessions({ file: place.file, owner: 'o' }).has(value))
  assert.deepEqual(good, values.slice(2))
  for (const content of ['', '{', '[]', '{"owner":"o","sessions":{"a":"b"}}', '{"owner":"o"}']) {
    writeFileSync(place.file, content)
    assert.equal(openSessions({ file: place.file, owner: 'o' }).has(values[101] ?? ''), false)
  }
})
