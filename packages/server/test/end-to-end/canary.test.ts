// long: a run of everything that npm alone tests has five minutes
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startReceiver, until } from './hearth.ts'
import { beginStream, event, json, startUpstream } from './upstream.ts'
import { isLong } from '@hearth/testing/long'
import { openSocket } from './live-socket.ts'
import { needsOther, startOther } from '../store/other-postgres.ts'
import { startOtlpReceiver } from './otlp-receiver.ts'

// shows: H2

const command = fileURLToPath(new URL('../../../cli/bin/hearth.js', import.meta.url))
const thrower = new URL('throw-when-told.mjs', import.meta.url).href

const canary = (name: string): string => `canary${name}${randomBytes(12).toString('hex')}`

/** How a text may stand somewhere: as it is, in hexadecimal, or in base64 at any of its three places. */
function formsOf(secret: string): readonly Buffer[] {
  const bytes = Buffer.from(secret)
  const inBase64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    return text.slice(Math.ceil((shift * 4) / 3) + 1, -5)
  })
  return [secret, bytes.toString('hex'), ...inBase64].map((form) => Buffer.from(form))
}

interface Secrets {
  add(name: string, secret: string): string
  /** Fails where a secret stands in clear. */
  assertAbsent(where: string, content: string | Buffer): void
}

function keepSecrets(): Secrets {
  const forms = new Map<string, readonly Buffer[]>()
  return {
    add: (name, secret) => {
      forms.set(name, formsOf(secret))
      return secret
    },
    assertAbsent: (where, content) => {
      const bytes = Buffer.from(content)
      for (const [name, all] of forms)
        for (const form of all) {
          const at = bytes.indexOf(form)
          if (at >= 0) assert.fail(`${name} is in ${where}: …${bytes.subarray(Math.max(0, at - 120), at + 160)}…`)
        }
    },
  }
}

function* filesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesIn(path)
    else if (entry.isFile()) yield path
  }
}

interface Started {
  readonly child: ChildProcess
  readonly output: { said: string; complained: string }
  readonly ended: Promise<unknown>
}

function start(env: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, [command, 'start'], {
    env: { ...process.env, HEARTH_PORT: '0', HEARTH_LOG: 'trace', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { said: '', complained: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.said += chunk))
  child.stderr.on('data', (chunk: Buffer) => (output.complained += chunk))
  return { child, output, ended: once(child, 'close') }
}

const serverFile = (data: string) =>
  JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as {
    readonly pid: number
    readonly postgres: { readonly pid: number }
  }

/** Exactly these bytes, and all that comes back. */
async function exchange(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  let answer = ''
  socket.on('data', (chunk) => (answer += chunk.toString()))
  socket.end(text)
  await once(socket, 'close')
  return answer
}

for (const workers of isLong ? ['1', '2'] : ['1'])
  test(`no secret reaches a log, an event, an error, a metric, a span or a crash report, with ${workers} processes`, async () => {
    const secrets = keepSecrets()
    const { add, assertAbsent } = secrets
    const data = mkdtempSync(join(tmpdir(), 'hearth-canary-'))
    const reports = mkdtempSync(join(tmpdir(), 'hearth-reports-'))
    const owner = add('the owner’s key', canary('owner'))
    await using collector = await startOtlpReceiver()
    await using receiver = await startReceiver(() => 500)
    const { child, output, ended } = start({
      HEARTH_DATA: data,
      HEARTH_WORKERS: workers,
      HEARTH_OWNER_KEY: owner,
      HEARTH_MASTER_KEY: add('the master key', randomBytes(32).toString('base64')),
      HEARTH_BACKUP_KEY: add('the key of backups', randomBytes(32).toString('base64')),
      HEARTH_BACKUP_TO: 's3://bucket/prefix',
      HEARTH_S3_ENDPOINT: 'http://127.0.0.1:1',
      HEARTH_S3_ACCESS_KEY_ID: add('the id at S3', canary('s3id')),
      HEARTH_S3_SECRET_ACCESS_KEY: add('the secret at S3', canary('s3secret')),
      HEARTH_FEATURES: 'probe',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${add('the key of the collector', canary('otel'))}`,
      NODE_OPTIONS: `--import=${thrower} --report-uncaught-exception --report-on-signal --report-signal=SIGPROF --report-directory=${reports}`,
    })
    let place = ''
    let postmaster = 0
    try {
      await until(() => /^Hearth is ready at/m.test(output.said) || child.exitCode !== null, 'it is ready')
      const [, url = '', token = ''] = /ready at (\S+)\n\S+token=(\S+)/.exec(output.said) ?? []
      assert.notEqual(url, '', output.complained)
      postmaster = serverFile(data).postgres.pid
      place = (JSON.parse(readFileSync(join(data, 'postgres.json'), 'utf8')) as { readonly data: string }).data
      const errors: string[] = []
      const send = async (method: string, path: string, more: { headers?: object; body?: string } = {}) => {
        const headers = { authorization: `Bearer ${owner}`, 'content-type': 'application/json', ...more.headers }
        const response = await fetch(`${url}${path}`, { method, redirect: 'manual', ...more, headers })
        const text = await response.text()
        // Who calls may be shown their own words: what is kept of them is looked at below.
        if (response.status >= 400) errors.push(text)
        return { text, status: response.status, headers: response.headers }
      }
      const call = (operation: string, input: unknown, headers = {}) =>
        send('POST', `/api/v1/call/${operation}`, { headers, body: JSON.stringify(input) })

      // What is meant to be secret, where it belongs.
      const made = JSON.parse((await call('keys.create', { name: 'reader', scopes: ['reminders.read'] })).text)
      const key = add('a key', made.key)
      const hookSecret = add('a webhook’s secret', `whsec_${randomBytes(32).toString('base64')}`)
      const hookToken = add('the token in a webhook’s address', canary('hooktoken'))
      const created = await call('webhooks.create', {
        url: `${receiver.url}?token=${hookToken}`,
        events: ['reminder.rang'],
        secret: hookSecret,
      })
      assert.equal(created.status, 200, created.text)
      const password = add('the password in a webhook’s address', canary('password'))
      await call('webhooks.create', {
        url: receiver.url.replace('://', `://user:${password}@`),
        events: ['reminder.rang'],
      })
      const idempotency = add('the key of a call', canary('idempotency'))
      const { status } = await call(
        'reminders.set',
        { text: 'x', at: '2020-01-01T00:00:00Z' },
        { 'idempotency-key': idempotency },
      )
      assert.equal(status, 200)
      const signedIn = await send('GET', `/sign-in?token=${add('the token of a link', token)}`)
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
      add('the cookie of a session', cookie.split('=')[1] ?? '')
      await send('GET', '/', { headers: { cookie } })
      await until(() => receiver.deliveries.length > 0, 'a delivery was tried')

      // What goes to models, and what they say, is nobody's but theirs who said it; a provider that repeats all of it does not change that.
      await using upstream = await startUpstream()
      const providerKey = add('the key of a provider', `sk-${canary('provider')}`)
      // Of words, so that it is not hidden for looking like a key.
      const prompt = add('what somebody said to a model', `what ${canary('').slice(0, 12)} told to nobody but a model`)
      let way = 0
      upstream.instead = ({ headers: shown, body }, response) => {
        const words = `Incorrect API key provided: ${shown.authorization ?? ''}. Your request was ${body}`
        const error = { error: { message: words, type: 'invalid_request_error', code: null, param: null } }
        way += 1
        if (way % 4 === 3) return (json(response, error), true)
        if (way % 4 === 0) return (beginStream(response), response.end(event(error)), true)
        return (json(response, error, way % 4 === 1 ? 401 : 400), true)
      }
      await call('providers.add', { name: 'own', kind: 'openai', baseUrl: upstream.url, key: providerKey })
      await call('providers.test', { name: 'own' })
      const messages = [{ role: 'user', content: prompt }]
      for (const path of ['/v1/chat/completions', '/v1/messages'])
        for (const stream of [true, false, true, false, true, true])
          await send('POST', path, { body: JSON.stringify({ model: 'own/gpt-4o', max_tokens: 9, stream, messages }) })
      await until(
        async () => JSON.parse((await call('calls.list', {})).text).items.length === 12,
        'the calls are in the ledger',
      )
      assertAbsent('calls.list', (await call('calls.list', {})).text)
      assertAbsent('providers.list', (await call('providers.list', {})).text)

      // The same, in wrong places.
      const wrong = add('a key that nobody knows', canary('wrong'))
      const unknownKey = add(
        'another key that nobody knows',
        `hearth_${'a'.repeat(26)}_${randomBytes(32).toString('base64url')}`,
      )
      for (const secret of [owner, key, hookSecret, password, wrong, unknownKey, cookie, idempotency]) {
        const encoded = encodeURIComponent(secret)
        await send('GET', '/api/v1/reminders', { headers: { authorization: `Bearer ${secret}` } })
        for (const authorization of [secret, `Basic ${btoa(secret)}`, `Token ${secret}`])
          await send('GET', '/api/v1/reminders', { headers: { authorization } })
        await send('GET', `/${encoded}`)
        await send('POST', `/api/v1/call/${encoded}`, { body: '{}' })
        await send('GET', `/api/v1/reminders/${encoded}?key=${encoded}`)
        await send('GET', `/api/v1/reminders?token=${encoded}&limit=${encoded}`)
        await send('GET', `/sign-in?token=${encoded}`)
        await send('POST', '/api/v1/call/reminders.list', { body: `{"key": "${secret}"` })
        await send('POST', '/api/v1/call/reminders.list', { body: secret })
        await call('reminders.list', { [secret]: secret })
        await call('reminders.list', { limit: secret })
        await call(
          'reminders.list',
          {},
          { 'hearth-position': secret, traceparent: secret, cookie: `hearth=${encoded}` },
        )
        await call('reminders.list', {}, { 'idempotency-key': `${secret}${'x'.repeat(300)}` })
        await call('reminders.list', {}, { 'content-type': secret, origin: `http://${encoded}` })
        if (secret === owner || secret === key || secret === unknownKey || secret === hookSecret)
          await call('reminders.list', {}, { 'x-request-id': secret })
        const form = { 'content-type': 'application/x-www-form-urlencoded' }
        await send('POST', '/sign-in', { headers: form, body: `key=${encoded}x` })
        await exchange(url, `GET /${encoded} HTTP/1.1\r\nhost: ${encoded}\r\nauthorization: Bearer ${secret}\r\n\r\n`)
        await exchange(url, `BREW ${secret} HTTP/1.1\r\nauthorization: ${secret}\r\n\r\n`)
        await exchange(url, `GET / HTTP/1.1\r\n${secret}\r\n\r\n`)
        await openSocket(url, { authorization: `Bearer ${secret}x` }).catch(() => undefined)
      }
      {
        await using socket = await openSocket(url, { authorization: `Bearer ${owner}` })
        for (const secret of [key, wrong, hookSecret]) {
          socket.send({ id: 1, call: secret, input: secret })
          socket.send({ id: 2, watch: secret, input: { [secret]: secret }, from: secret })
          socket.send({ id: 3, watch: 'reminders.list', input: { state: secret } })
          socket.send({ id: 4, call: 'reminders.list', input: {}, key: secret, after: secret })
          socket.send(`{"id": 5, "call": "${secret}`)
          socket.send({ id: 6, stop: secret })
          for (let answers = 0; answers < 6; answers += 1) await socket.next()
        }
      }

      // What is told of all that.
      const kept = await Promise.all(
        [
          ['GET', '/metrics'],
          ['GET', '/api/v1/status'],
          ['GET', '/readyz'],
        ].map(([method = '', path = '']) => send(method, path)),
      )
      for (const { text } of kept) assertAbsent('the metrics or the status', text)
      for (const home of ['owner', 'tenant', 'webhooks', 'keys'])
        assertAbsent('events.list', (await call('events.list', { home, limit: 500 })).text)
      for (const state of ['owed', 'dead', 'stuck', 'waiting'])
        assertAbsent('effects.list', (await call('effects.list', { state })).text)
      assertAbsent('webhooks.deliveries', (await call('webhooks.deliveries', {})).text)
      for (const error of errors) assertAbsent('an error', error)

      // A report while it runs, and its crash.
      const { pid } = serverFile(data)
      const now = JSON.parse((await send('GET', '/api/v1/status')).text) as {
        readonly workers?: readonly { readonly pid: number }[]
      }
      const pids = [pid, ...(now.workers ?? []).map((worker) => worker.pid)]
      for (const each of pids) process.kill(each, 'SIGPROF')
      await until(() => readdirSync(reports).length >= pids.length, 'each process has made a report')
      await until(() => collector.spans().some(({ name }) => name === 'effect webhook'), 'spans were sent')
      process.kill(pid, 'SIGWINCH')
      await ended
      assert.match(readFileSync(join(data, 'logs', 'error.log'), 'utf8'), /an error that nobody catches/)
    } finally {
      child.kill('SIGKILL')
      await ended
    }
    try {
      // It stays after a crash, for the next start.
      if (postmaster > 0) process.kill(postmaster, 'SIGINT')
      await until(() => !existsSync(join(place, 'postmaster.pid')), 'PostgreSQL has ended')
      for (const span of collector.bodies) assertAbsent('a span', span)
      assert.notEqual(collector.spans().length, 0)
      assertAbsent('standard error', output.complained)
      for (const path of [...filesIn(data), ...filesIn(place), ...filesIn(reports)])
        // The owner's key is kept there for the command line, for nobody else to read.
        if (path !== join(data, 'owner.key') && statSync(path).size < 64 * 1024 * 1024)
          assertAbsent(path, readFileSync(path))
      for (const name of ['access.log', 'hearth.log'])
        assert.notEqual(statSync(join(data, 'logs', name)).size, 0, `${name} is empty`)
    } finally {
      rmSync(data, { recursive: true, force: true })
      rmSync(reports, { recursive: true, force: true })
      if (place.startsWith('/var/lib/hearth/')) rmSync(join(place, '..'), { recursive: true, force: true })
    }
  })

test('no secret is told of settings that are wrong, or of a database that cannot be reached', async () => {
  const { add, assertAbsent } = keepSecrets()
  const password = add('the password of the database', canary('database'))
  const wrong = add('what is no key', canary('wrong').slice(0, 14))
  for (const env of [
    { DATABASE_URL: `postgres://me:${password}@127.0.0.1:1/hearth` },
    { DATABASE_URL: `postgres://me:${password}@127.0.0.1:port/hearth` },
    { DATABASE_URL: password },
    { HEARTH_OWNER_KEY: wrong },
    { HEARTH_MASTER_KEY: wrong },
    { HEARTH_BACKUP_KEY: wrong },
    { OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:${password}@127.0.0.1:4318` },
  ]) {
    const data = mkdtempSync(join(tmpdir(), 'hearth-canary-'))
    try {
      const { child, output, ended } = start({ HEARTH_DATA: data, ...env } as Readonly<Record<string, string>>)
      await until(() => child.exitCode !== null || output.complained.includes('"level":"warn"'), 'it says something')
      child.kill('SIGTERM')
      await ended
      assert.notEqual(output.complained, '')
      assertAbsent(`standard error, with ${Object.keys(env).join()}`, output.complained)
      for (const path of filesIn(data)) assertAbsent(path, readFileSync(path))
    } finally {
      rmSync(data, { recursive: true, force: true })
    }
  }
})

test('no secret is told of a database of the owner, in use and when it is gone', needsOther, async () => {
  const { add, assertAbsent } = keepSecrets()
  const password = add('the password of the database', canary('database'))
  const data = mkdtempSync(join(tmpdir(), 'hearth-canary-'))
  await using other = await startOther()
  {
    await using admin = other.as('admin', 'postgres')
    await admin.sql.unsafe(`create role canary login createrole password '${password}'`)
    await admin.sql.unsafe('create database canary owner canary')
  }
  const url = other.url('canary', 'canary').replace('secret', password)
  const { child, output, ended } = start({ HEARTH_DATA: data, DATABASE_URL: url })
  try {
    await until(() => /^Hearth is ready at/m.test(output.said) || child.exitCode !== null, 'it is ready')
    assert.equal(child.exitCode, null, output.complained)
    await other.stop()
    await until(() => output.complained.includes('"level":"warn"'), 'it says that the database is gone')
    child.kill('SIGTERM')
    await ended
    assertAbsent('standard error', output.complained)
    for (const path of filesIn(data)) assertAbsent(path, readFileSync(path))
  } finally {
    child.kill('SIGKILL')
    await ended
    rmSync(data, { recursive: true, force: true })
  }
})
