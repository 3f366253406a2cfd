import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { hearth, temporaryFolder } from './command.ts'
import { olderNode } from './small-clone.ts'
import { ownerKey, smallServer } from './small-server.ts'

// shows: H1, H3

test('fields become the input that the schema asks for, and a write gets a key', async () => {
  await using server = await smallServer()
  const words = [
    'reminders.set',
    '--text',
    '42',
    '--catch-up',
    'each',
    '--loud',
    '--times',
    '3',
    '--tags',
    'a',
    '--tags=--b',
  ]
  const { code, stdout, stderr } = await hearth(
    [...words, '--place', '{"lat":1.5}', '--note', 'null', '--json'],
    server,
  )
  assert.equal(stderr, '')
  assert.equal(code, 0)
  const input = {
    text: '42',
    catchUp: 'each',
    loud: true,
    times: 3,
    tags: ['a', '--b'],
    place: { lat: 1.5 },
    note: null,
  }
  assert.deepEqual(JSON.parse(stdout), input)
  assert.equal(server.calls[0]?.path, '/api/v1/call/reminders.set')
  assert.match(server.calls[0]?.key ?? '', /^[0-9a-f-]{36}$/)
})

test('booleans can be denied, lists given as JSON, an idempotency key chosen', async () => {
  await using server = await smallServer()
  const words = ['reminders.set', '--no-loud', '--tags', '["x","y"]', '--weights', '1', '--weights', '-2.5']
  const { code } = await hearth([...words, '--text', '{"not":"an object"}', '--key', 'mine'], server)
  assert.equal(code, 0)
  assert.deepEqual(server.calls[0]?.body, {
    loud: false,
    tags: ['x', 'y'],
    weights: [1, -2.5],
    text: '{"not":"an object"}',
  })
  assert.equal(server.calls[0]?.key, 'mine')
})

test('a field of an operation wins over the option of the same name behind the operation', async () => {
  await using server = await smallServer()
  const { code } = await hearth(
    ['webhooks.create', '--url', 'http://127.0.0.1:9/hook', '--events', 'reminder.rang'],
    server,
  )
  assert.equal(code, 0)
  assert.deepEqual(server.calls[0]?.body, { url: 'http://127.0.0.1:9/hook', events: ['reminder.rang'] })
})

test('the server is named by --data, by --url before the command, or by --url after one without such a field', async () => {
  await using server = await smallServer()
  await using other = await temporaryFolder()
  const key = { HEARTH_OWNER_KEY: ownerKey }
  const here = { env: { ...key, HEARTH_DATA: other.path } }
  assert.equal((await hearth(['reminders.list', '--data', server.data], { env: key })).code, 0)
  assert.equal((await hearth(['--data', server.data, 'reminders.list'], { env: key })).code, 0)
  assert.equal((await hearth(['--url', server.url, 'reminders.list'], here)).code, 0)
  assert.equal((await hearth(['reminders.list', '--url', `${server.url}/`], server)).code, 0)
  assert.equal(server.calls.length, 4)
  assert.equal(server.calls[0]?.key, undefined, 'a read needs no key')
})

test('without a known server the key is not sent to a --url that may be a field', async () => {
  await using server = await smallServer()
  await using empty = await temporaryFolder()
  const env = { HEARTH_OWNER_KEY: ownerKey, HEARTH_DATA: empty.path }
  const { code, stderr } = await hearth(['webhooks.create', '--url', server.url, '--events', 'reminder.rang'], { env })
  assert.equal(code, 1)
  assert.match(stderr, /put --url before the operation/)
  assert.deepEqual(server.paths, [])
})

test('input comes as JSON from standard input or a file, and fields win over it', async () => {
  await using server = await smallServer()
  const input = '{"text":"tea","zone":"Europe/Oslo"}'
  const path = join(server.data, 'input.json')
  await writeFile(path, input)
  assert.equal((await hearth(['reminders.set', '--input', '-', '--text', 'coffee'], { ...server, input })).code, 0)
  assert.equal((await hearth(['reminders.set', '--input', path], server)).code, 0)
  assert.equal((await hearth(['reminders.set', '-', '--text', 'water'], { ...server, input })).code, 0)
  assert.deepEqual(server.calls[0]?.body, { text: 'coffee', zone: 'Europe/Oslo' })
  assert.deepEqual(server.calls[1]?.body, { text: 'tea', zone: 'Europe/Oslo' })
  assert.deepEqual(server.calls[2]?.body, { text: 'water', zone: 'Europe/Oslo' })
  const bad = await hearth(['reminders.set', '--input', '-'], { ...server, input: 'tea' })
  assert.equal(bad.code, 2)
  assert.equal((await hearth(['reminders.set', '--input', '-'], { ...server, input: '[1]' })).code, 2)
  assert.equal((await hearth(['reminders.set', '--input', '/nowhere/input.json'], server)).code, 1)
})

test('wrong usage ends with 2 before anything is called', async () => {
  await using server = await smallServer()
  const wrong = [
    ['reminders.set', '--txt', 'a'],
    ['reminders.set', 'a'],
    ['reminders.set', '--text'],
    ['reminders.set', '--text', 'a', '--text', 'b'],
    ['reminders.set', '--times', 'three'],
    ['reminders.set', '--loud', 'perhaps'],
    ['reminders.set', '--weights', '1', '--weights', 'x'],
    ['reminders.sett', '--text', 'a'],
    ['nothing.here'],
    ['nope'],
    ['help', 'nope'],
    ['help', 'nothing.here'],
    ['completion', 'tcsh'],
    ['reminders.list', '--all', '3'],
    ['--wrong', 'status'],
    ['status', '--text', 'a'],
    [],
  ]
  for (const words of wrong) {
    const { code, stdout, stderr } = await hearth(words, server)
    assert.equal(code, 2, `${words.join(' ')}: ${stderr}`)
    assert.equal(stdout, '')
    assert.match(stderr, /^hearth: /)
  }
  assert.deepEqual(server.calls, [])
})

test('a refusal ends with 1, says the code and the issues, and with --json stays JSON', async () => {
  const issues = [{ path: 'at', message: 'not an instant\u001b[2J' }]
  const body = {
    type: 'x',
    title: 'Invalid',
    status: 400,
    detail: 'The input is wrong.',
    code: 'input.invalid',
    issues,
  }
  await using server = await smallServer(() => ({ status: 400, body }))
  const plain = await hearth(['reminders.set', '--text', 'a'], server)
  assert.deepEqual([plain.code, plain.stdout], [1, ''])
  assert.match(plain.stderr, /The input is wrong\. \(input\.invalid\)\n {2}at: not an instant\\u001b\[2J/)
  const json = await hearth(['reminders.set', '--text', 'a', '--json'], server)
  assert.equal(json.code, 1)
  assert.deepEqual(JSON.parse(json.stdout), body)
})

test('a busy or cut call is sent again with the same key', async () => {
  await using server = await smallServer((_, call) => {
    if (call === 1) return { status: 503, body: {}, headers: { 'retry-after': '0' } }
    return call === 2 ? 'cut' : undefined
  })
  const { code, stderr } = await hearth(['reminders.set', '--text', 'a'], server)
  assert.equal(code, 0, stderr)
  assert.equal(server.calls.length, 3)
  assert.equal(new Set(server.calls.map(({ key }) => key)).size, 1)
})

test('a list is a table, the next page is told on standard error', async () => {
  const items = [
    { id: 'r1', text: 'tea\u001b]0;evil\u0007', next: null },
    { id: 'r22', text: 'x', tags: ['a'] },
  ]
  await using server = await smallServer(() => ({ status: 200, body: { items, next: 'cursor' } }))
  const { stdout, stderr } = await hearth(['reminders.list'], server)
  assert.equal(
    stdout,
    [
      'id   text                    next  tags',
      'r1   tea\\u001b]0;evil\\u0007  -     -',
      'r22  x                       -     ["a"]',
      '',
    ].join('\n'),
  )
  assert.equal(stderr, 'hearth: more with --after cursor, or all with --all\n')
  const json = await hearth(['reminders.list', '--json'], server)
  assert.deepEqual(JSON.parse(json.stdout), { items, next: 'cursor' })
  assert.equal(json.stderr, '')
})

test('--all follows a list to its end: one table, or a line of JSON for each item', async () => {
  const pages: Record<string, unknown> = {
    none: { items: [{ id: 'r1' }, { id: 'r2' }], next: 'p2' },
    p2: { items: [{ id: 'r3', text: 'tea' }], next: null },
  }
  await using server = await smallServer(({ body }) => {
    const { after = 'none' } = body as { after?: string }
    return { status: 200, body: pages[after] }
  })
  const words = ['reminders.list', '--limit', '2', '--all']
  assert.equal((await hearth(words, server)).stdout, 'id  text\nr1  -\nr2  -\nr3  tea\n')
  assert.deepEqual(server.calls[1]?.body, { limit: 2, after: 'p2' })
  const { stdout } = await hearth([...words, '--json'], server)
  assert.equal(stdout, '{"id":"r1"}\n{"id":"r2"}\n{"id":"r3","text":"tea"}\n')
  assert.equal((await hearth(['reminders.set', '--text', 'a', '--all'], server)).code, 2)
})

test('without a list of operations any field is sent, JSON as JSON', async () => {
  await using server = await smallServer(undefined, false)
  const { code } = await hearth(
    ['things.do', '--some-text', 'a b', '--count', '3', '--flag', '--many', '1', '--many', 'x'],
    server,
  )
  assert.equal(code, 0)
  assert.deepEqual(server.calls[0]?.body, { someText: 'a b', count: 3, flag: true, many: [1, 'x'] })
})

test('an older Node calls as well', { skip: olderNode === undefined && 'this machine has no older Node' }, async () => {
  await using server = await smallServer()
  const options = { ...server, ...(olderNode && { node: olderNode }) }
  const { code, stdout, stderr } = await hearth(['reminders.set', '--text', 'tea', '--json'], options)
  assert.deepEqual([code, stderr, JSON.parse(stdout)], [0, '', { text: 'tea' }])
})

test('help tells the commands, and the fields of an operation', async () => {
  await using server = await smallServer()
  for (const words of [['--help'], ['help'], ['help', '--help']]) {
    const { code, stdout, stderr } = await hearth(words, {})
    assert.deepEqual([code, stderr], [0, ''], words.join(' '))
    assert.match(stdout, /hearth stop/)
    assert.doesNotMatch(stdout, /--workers/)
  }
  for (const words of [
    ['start', '-h'],
    ['help', 'start'],
    ['--help', 'start'],
  ]) {
    const { code, stdout } = await hearth(words, {})
    assert.equal(code, 0)
    assert.match(stdout, /^hearth start /)
    assert.match(stdout, /--port N/)
  }
  assert.match((await hearth(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
  for (const words of [
    ['help', 'reminders.set'],
    ['reminders.set', '--help'],
  ]) {
    assert.match((await hearth(words, server)).stdout, /--text +string required what to say\n/)
  }
  assert.match((await hearth(['help', 'reminders.list'], server)).stdout, /a list: --all follows it to its end/)
  assert.match((await hearth(['staus'], server)).stderr, /Is it start or status\?/)
  assert.match((await hearth(['help', 'operations'], server)).stdout, /webhooks\.create +Calls a program of yours\./)
  assert.deepEqual(server.calls, [])
})

test('what is not Hearth, a foreign key and no server are told apart', async () => {
  await using server = await smallServer(() => ({ status: 200, body: '<html>' }))
  await using empty = await temporaryFolder()
  const foreign = await hearth(['reminders.list', '--json'], {
    env: { ...server.env, HEARTH_OWNER_KEY: 'another-key-0123456789' },
  })
  assert.equal(JSON.parse(foreign.stdout).code, 'auth.key-unknown')
  const page = await hearth(['reminders.list', '--json'], server)
  assert.equal(JSON.parse(page.stdout).code, 'cli.not-hearth')
  const absent = await hearth(['reminders.list', '--json'], { env: { HEARTH_DATA: empty.path } })
  assert.equal(JSON.parse(absent.stdout).code, 'cli.not-running')
  await writeFile(join(empty.path, 'server.json'), JSON.stringify({ url: server.url, pid: 1 }))
  const keyless = await hearth(['reminders.list', '--json'], { env: { HEARTH_DATA: empty.path } })
  assert.equal(JSON.parse(keyless.stdout).code, 'cli.no-key')
  await writeFile(join(empty.path, 'server.json'), '{')
  const damaged = await hearth(['reminders.list', '--json'], { env: { HEARTH_DATA: empty.path } })
  assert.equal(JSON.parse(damaged.stdout).code, 'cli.unreadable')
  for (const { code } of [foreign, page, absent, keyless, damaged]) assert.equal(code, 1)
})
