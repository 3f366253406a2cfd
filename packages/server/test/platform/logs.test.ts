import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { accessLog, type Access } from '../../src/platform/access-log.ts'
import { hiding, secretsIn } from '../../src/platform/hide.ts'
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

test('what looks like a secret, or is one of this server, is taken out of any line', () => {
  const hide = hiding(['known-secret', 'ab'])
  const key = `hearth_${'a'.repeat(26)}_${'b'.repeat(43)}`
  for (const [line, clean] of [
    ['has known-secret in it', 'has [hidden] in it'],
    ['ab is too short to be hidden', 'ab is too short to be hidden'],
    ['postgres://me:word@db/x', 'postgres://me:[hidden]@db/x'],
    ['https://word@host/x', 'https://[hidden]@host/x'],
    ['authorization: Bearer abcdefgh.ijk', 'authorization: Bearer [hidden]'],
    ['whsec_AAAABBBBCCCC+/==', 'whsec_[hidden]'],
    [key, `hearth_${'a'.repeat(26)}_[hidden]`],
    [`hearth_${'c'.repeat(43)}`, 'hearth_[hidden]'],
    ['cookie hearth_session_4600=abc-def', 'cookie hearth_session_4600=[hidden]'],
    ['GET /x?limit=1&access_token=abc&x=y', 'GET /x?limit=1&access_token=[hidden]&x=y'],
    ['{"url":"http://127.0.0.1:4600/?a=b"}', '{"url":"http://127.0.0.1:4600/?a=b"}'],
  ] as const)
    assert.equal(hide(line), clean)
})

test('a secret of the settings is taken out however it stands in them and in a line', () => {
  const given = {
    ownerKey: 'a"b\\c-of-the-owner',
    otelHeaders: 'key=x%2By-of-the-collector',
    s3AccessKeyId: 'of-the-owner',
  }
  const hide = hiding(secretsIn(given))
  const line = JSON.stringify({ owner: given.ownerKey, sent: 'x+y-of-the-collector', set: given.otelHeaders })
  assert.equal(hide(line), '{"owner":"[hidden]","sent":"[hidden]","set":"key=[hidden]"}')
})

test('failures stand in a file of their own, too', () => {
  using place = folder()
  logIn(place.path, `log.info({}, 'well'); log.error({ err: new Error('e') }, 'bad'); log.fatal({}, 'worse')`)
  const told = readFileSync(join(place.path, 'logs', 'error.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    told.map(({ msg }) => msg),
    ['bad', 'worse'],
  )
  assert.match(told[0].err.stack, /^Error: e\n/)
})

test('a line of a call is JSON whatever stands in it, and calls are written only where that is wanted', () => {
  const lines: string[] = []
  const write = accessLog((line) => lines.push(line))
  const access: Access = {
    requestId: 'a"b\\c\n',
    correlation: 'ü',
    door: 'rest',
    operation: 'reminders.list',
    status: 200,
    ms: 1.23456,
    bytes: 7,
    address: '127.0.0.1',
  }
  write(access)
  write({ ...access, what: 'watch-end', kind: 'key', principal: 'key_1', code: 'watch.over' })
  const [first, second] = lines.map((line) => JSON.parse(line))
  const { level, time, ...told } = first
  assert.equal(level, 'info')
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000)
  assert.deepEqual(told, { ...access, what: 'call', ms: 1.235 })
  assert.deepEqual(
    [second.what, second.kind, second.principal, second.code],
    ['watch-end', 'key', 'key_1', 'watch.over'],
  )
  using place = folder()
  logIn(place.path, 'logs.access?.({})')
  assert.deepEqual(readdirSync(join(place.path, 'logs')).toSorted(), ['error.log', 'hearth.log'])
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

test('where no new file can be opened the old ones stay', () => {
  using place = folder()
  const path = join(place.path, 'a.log')
  for (const name of ['a.log.1', 'a.log.2']) writeFileSync(join(place.path, name), name)
  mkdirSync(`${path}.new`)
  using file = openLogFile({ path, maxBytes: 100, keep: 2 })
  for (let number = 0; number < 20; number += 1) {
    file.write(`${String(number).padStart(29, '0')}\n`)
    file.flush()
  }
  for (const name of ['a.log.1', 'a.log.2']) assert.equal(readFileSync(join(place.path, name), 'utf8'), name)
  rmdirSync(`${path}.new`)
  file.write('last\n')
  file.flush()
  assert.match(readFileSync(path, 'utf8'), /"parts":\d+\}\nlast\n$/)
})

/** Nine lines of 260 bytes, where no file may have more than 1024. */
function writeWithinLimit(path: string, maxBytes: number, isBusy: boolean): void {
  const program = `
const { openLogFile } = await import(${JSON.stringify(import.meta.resolve('../../src/platform/log-file.ts'))})
const file = openLogFile({ path: process.argv[1], maxBytes: ${maxBytes}, keep: 9, everyMs: 1, isBusy: ${isBusy} })
for (let number = 0; number < 9; number += 1) {
  file.write(JSON.stringify({ number, text: 'x'.repeat(237) }) + '\\n')
  if (${isBusy}) await new Promise((resolve) => setTimeout(resolve, 50))
  else file.flush()
}
file[Symbol.dispose]()`
  const script = 'ulimit -f 2; exec "$0" --input-type=module -e "$1" "$2"'
  const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, program, path])
  assert.equal(status, 0, String(stderr))
}

for (const isBusy of [false, true])
  test(`a disk that takes a part of a line costs that line, and this is told${isBusy ? ', beside all else' : ''}`, () => {
    using place = folder()
    writeWithinLimit(join(place.path, 'a.log'), 1050, isBusy)
    const texts = readdirSync(place.path).map((name) => readFileSync(join(place.path, name), 'utf8'))
    const whole = texts.flatMap((text) => text.split('\n').slice(0, -1)).map((line) => JSON.parse(line))
    assert.deepEqual(whole.map(({ number, parts }) => number ?? `lost ${parts}`).toSorted(), [
      0,
      1,
      2,
      4,
      5,
      6,
      7,
      8,
      'lost 1',
    ])
  })

for (const isBusy of [false, true])
  test(`what a full disk does not take moves no older file${isBusy ? ', beside all else' : ''}`, () => {
    using place = folder()
    const path = join(place.path, 'a.log')
    writeFileSync(`${path}.1`, 'older')
    writeWithinLimit(path, 2000, isBusy)
    assert.deepEqual(readdirSync(place.path), ['a.log', 'a.log.1'])
    assert.equal(readFileSync(`${path}.1`, 'utf8'), 'older')
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
  assert.equal(readableLine(JSON.stringify(line), false), text.replaceAll(/\u001b\[\d+m/g, ''))
  assert.equal(readableLine('not json\n'), 'not json\n')
  const steering = '\u009b31m\u202e'
  for (const given of [`${steering}\n`, JSON.stringify({ ...line, text: steering }), JSON.stringify(steering)])
    assert.doesNotMatch(readableLine(given, false), /[^\P{C}\n]/u)
  assert.equal(readableLine('null\n'), 'null\n')
})
