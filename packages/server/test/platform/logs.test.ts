import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLogFile } from '../../src/platform/log-file.ts'
import { readableLine } from '../../src/platform/readable-line.ts'

function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'hearth-logs-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

/** In a process of its own: standard error is part of what is tested. */
function logIn(data: string, script: string): readonly string[] {
  const program = `
const { openLogs } = await import(${JSON.stringify(import.meta.resolve('../../src/platform/logs.ts'))})
const logs = openLogs({ data: process.argv[1], level: 'info' })
const { log } = logs
${script}
await logs[Symbol.asyncDispose]()`
  const { stderr, stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program, data])
  assert.deepEqual([String(stdout), status], ['', 0], String(stderr))
  return String(stderr).trimEnd().split('\n')
}

test('lines are JSON, at the level, on standard error and in the file', () => {
  using place = folder()
  const lines = logIn(
    place.path,
    `log.debug({}, 'no'); log.info({ port: 1 }, 'yes'); log.error({ err: new Error('e') }, 'bad')`,
  )
  const [first, second] = lines.map((line) => JSON.parse(line))
  assert.equal(lines.length, 2)
  assert.deepEqual([first.level, first.port, first.msg], ['info', 1, 'yes'])
  assert.match(first.time, /^\d{4}-\d\d-\d\dT.*Z$/)
  assert.match(second.err.stack, /^Error: e\n/)
  const file = join(place.path, 'logs', 'hearth.log')
  assert.equal(readFileSync(file, 'utf8'), `${lines.join('\n')}\n`)
  assert.deepEqual([statSync(file).mode & 0o777, statSync(join(place.path, 'logs')).mode & 0o777], [0o600, 0o700])
})

test('secrets are hidden', () => {
  using place = folder()
  const lines = logIn(
    place.path,
    `log.info({ authorization: 'hunter2', config: { ownerKey: 'hunter2', masterKey: 'hunter2' } }, 'a')
     log.info({ request: { headers: { authorization: 'hunter2', cookie: 'hunter2' } } }, 'b')
     log.info({ secret: 'hunter2', err: new Error('no route to postgres://me:hunter2@db/x') }, 'postgres://me:hunter2@db')`,
  )
  assert.equal(lines.length, 3)
  assert.doesNotMatch(lines.join('\n'), /hunter2/)
  assert.match(lines[2] ?? '', /postgres:\/\/me:\[hidden\]@db/)
})

test('a file stays within its size and few files are kept', () => {
  using place = folder()
  const path = join(place.path, 'a.log')
  using file = openLogFile({ path, maxBytes: 100, keep: 2 })
  for (let number = 0; number < 50; number += 1) {
    file.write(`${String(number).padStart(29, '0')}\n`)
    file.flush()
  }
  assert.deepEqual(readdirSync(place.path), ['a.log', 'a.log.1', 'a.log.2'])
  const kept = ['a.log.2', 'a.log.1', 'a.log'].flatMap((name) => {
    const text = readFileSync(join(place.path, name), 'utf8')
    assert.ok(text.length <= 100)
    return text.trimEnd().split('\n').map(Number)
  })
  assert.deepEqual(kept, [42, 43, 44, 45, 46, 47, 48, 49])
})

test('a person reads a line that cannot steer the terminal', () => {
  const time = '2026-01-02T03:04:05.678Z'
  const line = {
    level: 'warn',
    time,
    msg: 'a\u001b[2Jb',
    port: 1,
    text: 'two words',
    err: { stack: 'Error: x\n  at y' },
  }
  const text = readableLine(JSON.stringify(line))
  assert.equal(text, '\u001b[33m03:04:05.678 warn  a [2Jb\u001b[0m port=1 text="two words"\nError: x\n  at y\n')
  assert.equal(readableLine('not json\n'), 'not json\n')
})
