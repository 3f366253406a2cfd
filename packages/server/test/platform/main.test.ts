// long: a run of everything that npm alone tests has five minutes
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onlyWhenLong } from '@hearth/testing/long'

const program = fileURLToPath(import.meta.resolve('./server-process.ts'))
const key = 'the-owner-of-this-test'

interface Server extends AsyncDisposable {
  readonly output: { stdout: string; stderr: string }
  readonly kill: (signal: NodeJS.Signals) => void
  /** Waits until it has said that on one of its outputs. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>
  readonly exit: Promise<readonly [number | null, NodeJS.Signals | null]>
  /** As `exit`, but does not wait for what nobody reads. */
  readonly exited: Promise<readonly [number | null, NodeJS.Signals | null]>
}

interface StartOptions {
  readonly args?: readonly string[]
  readonly trick?: string
  readonly env?: object
  readonly stderr?: 'read' | 'unread' | 'broken'
}

function start(data: string, options: StartOptions = {}): Server {
  const { args = ['--port', '0'], trick = '', env = {}, stderr = 'read' } = options
  // Compiled once: each test starts it.
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const base = { PATH, NODE_COMPILE_CACHE, HEARTH_DATA: data, HEARTH_OWNER_KEY: key, TEST_TRICK: trick }
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...base, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  if (stderr === 'read') child.stderr.on('data', (chunk) => (output.stderr += chunk))
  if (stderr === 'broken') child.stderr.destroy()
  const exit = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  return {
    output,
    kill: (signal) => child.kill(signal),
    exit,
    exited,
    says: async (pattern) => {
      for (;;) {
        const found = pattern.exec(output.stdout) ?? pattern.exec(output.stderr)
        if (found !== null) return found
        if (child.exitCode !== null) assert.fail(`It ended without saying ${pattern}: ${output.stdout}${output.stderr}`)
        await sleep(5)
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      if (stderr === 'unread') child.stderr.destroy()
      await exit
    },
  }
}

function folder(): Disposable & { readonly data: string } {
  const path = mkdtempSync(join(tmpdir(), 'hearth-main-'))
  return { data: join(path, 'data'), [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

const urlOf = async (server: Server): Promise<string> => (await server.says(/ready at (http:\S+)\n.*\n/))[1] ?? ''

const readServerFile = (data: string) => JSON.parse(readFileSync(join(data, 'server.json'), 'utf8'))

const callWith = (url: string, input: unknown): Promise<Response> =>
  fetch(`${url}/api/v1/call/notes.add`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })

test('a life from start to clean stop', async () => {
  using place = folder()
  await using server = start(place.data)
  const url = await urlOf(server)
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  const { pid, version, ...rest } = readServerFile(place.data)
  assert.deepEqual(rest, { url, postgres: { pid: 4242, socket: '/nowhere', data: '/nowhere/data' } })
  assert.equal(typeof pid, 'number')
  assert.match(version, /^\d+\.\d+\.\d+/)
  assert.equal(readFileSync(join(place.data, 'owner.key'), 'utf8'), `${key}\n`)
  assert.equal(statSync(place.data).mode & 0o777, 0o700)

  const link = /^Hearth is ready at \S+\n.*(http:\S+sign-in\?token=\S+)\n$/.exec(server.output.stdout)?.[1] ?? ''
  assert.equal((await fetch(link, { redirect: 'manual' })).status, 303)

  await callWith(url, 'move')
  assert.equal(readServerFile(place.data).postgres.pid, 4243)

  const before = server.output.stdout
  server.kill('SIGTERM')
  assert.deepEqual(await server.exit, [0, null])
  assert.equal(server.output.stdout, before)
  assert.match(server.output.stderr, /stub: draining[^]*stub: disposed/)
  assert.match(server.output.stderr, /"msg":"stopped"/)
  assert.equal(existsSync(join(place.data, 'server.json')), false)
  assert.doesNotMatch(readFileSync(join(place.data, 'logs', 'hearth.log'), 'utf8'), new RegExp(`${key}|token=`))
})

test('a second server on the folder is refused and leaves the first alone', async () => {
  using place = folder()
  await using first = start(place.data)
  const url = await urlOf(first)
  await using second = start(place.data)
  assert.deepEqual(await second.exit, [1, null])
  assert.match(second.output.stderr, /^hearth: Another Hearth server is running on .*\n$/)
  assert.equal(second.output.stdout, '')
  assert.equal(readServerFile(place.data).url, url)
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
})

test('of two that start at once one runs', async () => {
  using place = folder()
  await using one = start(place.data)
  await using other = start(place.data)
  const code = await Promise.race([one.exit, other.exit])
  assert.deepEqual(code, [1, null])
  const loser = one.output.stderr.includes('Another Hearth server') ? one : other
  assert.match(loser.output.stderr, /Another Hearth server/)
  await urlOf(loser === one ? other : one)
})

test('after a kill the next one starts, and what the dead one left is gone before it is ready', async () => {
  using place = folder()
  await using first = start(place.data)
  await urlOf(first)
  first.kill('SIGKILL')
  await first.exit
  assert.equal(existsSync(join(place.data, 'server.json')), true)
  await using second = start(place.data, { trick: 'slow' })
  await second.says(/stub: composing/)
  assert.equal(existsSync(join(place.data, 'server.json')), false)
  second.kill('SIGUSR2')
  await urlOf(second)
})

test('a taken port, a wrong value, an unknown flag', onlyWhenLong, async () => {
  using place = folder()
  await using first = start(place.data)
  const { port } = new URL(await urlOf(first))
  const other = join(place.data, 'other')
  await using taken = start(other, { args: [`--port=${port}`] })
  assert.deepEqual(await taken.exit, [1, null])
  assert.match(taken.output.stderr, new RegExp(`^hearth: Port ${port} of 127\\.0\\.0\\.1 is taken\\. [^\\n]*\\n$`))
  await using wrong = start(other, { args: ['--port', 'x'] })
  assert.deepEqual(await wrong.exit, [2, null])
  assert.match(
    wrong.output.stderr,
    /^hearth: --port must be a whole number from 0 to 65535, not "x"\. \(config\.invalid\)\n$/,
  )
  await using unknown = start(other, { args: ['--prot', '1'] })
  assert.deepEqual(await unknown.exit, [2, null])
  assert.match(unknown.output.stderr, /^hearth: Unknown option '--prot'\. The flags are: .*\n$/)
})

test('a wrong value is wrong usage when it came by a flag, and a failure otherwise', async () => {
  using place = folder()
  const cases: readonly (readonly [StartOptions, number])[] = [
    [{ args: ['--port', '70000'] }, 2],
    [{ args: ['--workers=17'] }, 2],
    [{ args: ['--port', '0'], env: { HEARTH_LOG: 'loud' } }, 1],
    [{ args: ['--port', '70000'], env: { HEARTH_LOG: 'loud' } }, 2],
    [{ args: [], env: { HEARTH_PORT: '70000' } }, 1],
    [{ args: ['--port', '0'], env: { HEARTH_WORKERS: '17' } }, 1],
  ]
  for (const [options, code] of cases) {
    await using server = start(place.data, options)
    assert.deepEqual(await server.exit, [code, null], JSON.stringify(options))
    assert.match(server.output.stderr, /^(hearth: )?\S+ must /m)
  }
  assert.equal(existsSync(place.data), false)
})

test('not ready before the database is', async () => {
  using place = folder()
  await using server = start(place.data, { trick: 'late' })
  await server.says(/"msg":"starting"/)
  const { url } = JSON.parse(/\{.*"msg":"starting".*\}/.exec(server.output.stderr)?.[0] ?? '{}')
  assert.equal((await fetch(`${url}/readyz`)).status, 503)
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
  assert.equal(existsSync(join(place.data, 'server.json')), false)
  server.kill('SIGUSR2')
  assert.equal(await urlOf(server), url)
})

test('a failing start ends with a message and code 1', async () => {
  using place = folder()
  await using refused = start(place.data, { trick: 'refuse' })
  assert.deepEqual(await refused.exit, [1, null])
  assert.match(refused.output.stderr, /^hearth: This database will not do\. \(store\.unsuitable\)$/m)
  assert.doesNotMatch(refused.output.stderr, / at /)
  await using broken = start(place.data, { trick: 'break' })
  assert.deepEqual(await broken.exit, [1, null])
  assert.match(broken.output.stderr, /"level":"fatal".*a mistake of ours/)
})

test('an error that nobody caught ends the server with code 1', async () => {
  using place = folder()
  for (const what of ['throw', 'reject']) {
    await using server = start(place.data)
    await callWith(await urlOf(server), what).catch(() => undefined)
    assert.deepEqual(await server.exit, [1, null])
    assert.match(server.output.stderr, /"level":"fatal".*nobody catches this/)
    assert.match(readFileSync(join(place.data, 'logs', 'hearth.log'), 'utf8'), /nobody catches this/)
  }
})

test('losing the database to another server ends with code 1, after a clean stop', async () => {
  using place = folder()
  await using server = start(place.data, { trick: 'lose' })
  assert.deepEqual(await server.exit, [1, null])
  assert.match(server.output.stderr, /"reason":"another server has taken the database"/)
  assert.match(server.output.stderr, /stub: disposed/)
})

test('a broken or unread standard error does not stop the server, nor its end', async () => {
  using place = folder()
  for (const what of ['broken', 'unread'] as const) {
    await using server = start(place.data, { env: { HEARTH_LOG: 'debug' }, stderr: what })
    const url = await urlOf(server)
    await Promise.all(Array.from({ length: 100 }, () => callWith(url, 'noise')))
    assert.equal((await fetch(`${url}/readyz`)).status, 200)
    server.kill('SIGTERM')
    assert.deepEqual(await server.exited, [0, null])
  }
})

test('a stop that comes while it starts', async () => {
  using place = folder()
  await using server = start(place.data, { trick: 'slow' })
  await server.says(/stub: composing/)
  server.kill('SIGINT')
  await server.says(/"msg":"stopping"/)
  server.kill('SIGUSR2')
  assert.deepEqual(await server.exit, [0, null])
  assert.match(server.output.stderr, /stub: disposed/)
  assert.equal(server.output.stdout, '')
})

test('the same Ctrl-C twice is one, a second one ends at once', async () => {
  using place = folder()
  await using twice = start(place.data)
  await urlOf(twice)
  twice.kill('SIGINT')
  twice.kill('SIGINT')
  assert.deepEqual(await twice.exit, [0, null])
  await using stuck = start(place.data, { trick: 'stuck' })
  await urlOf(stuck)
  stuck.kill('SIGTERM')
  await stuck.says(/stub: draining/)
  await sleep(550)
  stuck.kill('SIGTERM')
  assert.deepEqual(await stuck.exit, [1, null])
  assert.doesNotMatch(stuck.output.stderr, /stub: disposed/)
})
