import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { kindOf } from '../src/doctor/checks/file-system.js'
import { mountsOf } from '../src/doctor/folders.js'
import { hearth, temporaryFolder } from './command.ts'
import { realServer, type RealServer } from './real-server.ts'
import { olderNode } from './small-clone.ts'

// shows: H3

interface Told {
  readonly check: string
  readonly level: 'good' | 'unknown' | 'advice' | 'wrong'
  readonly finding: string
  readonly why?: string
  readonly todo?: string
}

async function examined(env: NodeJS.ProcessEnv, ...words: readonly string[]) {
  const { code, stdout, stderr } = await hearth(['doctor', '--json', ...words], { env })
  assert.equal(stderr, '')
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: readonly Told[] }
  assert.equal(code, ok ? 0 : 1)
  for (const { level, finding, why, todo } of findings)
    if (level === 'wrong' || level === 'advice') assert.ok(why !== undefined && todo !== undefined, finding)
  const of = (check: string, level: Told['level']): string => {
    const found = findings.filter((each) => each.check === check && each.level === level)
    assert.notEqual(found.length, 0, `nothing ${level} of ${check}: ${JSON.stringify(findings, undefined, 2)}`)
    return found.map(({ finding }) => finding).join('\n')
  }
  return { ok, findings, of }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

test('an empty place is well, for people too', async () => {
  await using folder = await temporaryFolder()
  const env = { HEARTH_DATA: join(folder.path, 'none'), HEARTH_PORT: '0' }
  assert.equal((await examined(env)).ok, true)
  const { code, stdout } = await hearth(['doctor'], { env })
  assert.equal(code, 0)
  assert.match(stdout, /^ok {6}data-folder {2}\S+ is not there yet/m)
  assert.match(stdout, /All is well\.\n$/)
})

test('a file of settings that holds none', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'settings.json')
  await writeFile(path, 'null')
  const env = { HEARTH_CONFIG: path, HEARTH_PORT: '0', HOME: folder.path }
  assert.equal((await examined(env)).ok, true)
})

test('a port that is taken is told with whose it is', async () => {
  await using folder = await temporaryFolder()
  const other = createServer()
  const port = await listening(other)
  try {
    const { ok, of } = await examined({ HEARTH_DATA: folder.path }, '--port', String(port))
    assert.equal(ok, false)
    const said = of('port', 'wrong')
    assert.match(said, new RegExp(`127\\.0\\.0\\.1:${port} is taken`))
    if (process.platform === 'linux') assert.match(said, new RegExp(`by process ${process.pid} `))
  } finally {
    other.close()
  }
  const { of } = await examined({ HEARTH_DATA: folder.path }, '--port', '0', '--host', '203.0.113.1')
  assert.match(of('port', 'good'), /Any free port/)
})

test('a folder that cannot be written', { skip: process.platform !== 'linux' && 'needs /proc' }, async () => {
  const { ok, of } = await examined({ HEARTH_DATA: '/proc/hearth', HEARTH_PORT: '0' })
  assert.equal(ok, false)
  assert.match(of('data-folder', 'wrong'), /cannot write in \/proc/)
})

test('a file in the place of the folder, and a folder that anyone may write', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'file')
  await writeFile(file, '')
  assert.match((await examined({ HEARTH_DATA: file })).of('data-folder', 'wrong'), /is a file/)
  await chmod(folder.path, 0o777)
  assert.match((await examined({ HEARTH_DATA: folder.path })).of('data-folder', 'wrong'), /Others may write/)
})

test('a network file system is known by its mount', async () => {
  await using folder = await temporaryFolder()
  const at = folder.path.replaceAll(' ', '\\040')
  const mounted = (type: string) => mountsOf(`/dev/sda1 / ext4 rw 0 0\nserver:/home ${at} ${type} rw 0 0\n`)
  for (const type of ['nfs4', 'cifs', 'fuse.sshfs', '9p', 'ceph'])
    assert.equal(kindOf(folder.path, mounted(type)).isRemote, true, type)
  for (const type of ['ext4', 'xfs', 'fuseblk', 'overlay', 'zfs'])
    assert.equal(kindOf(folder.path, mounted(type)).isRemote, false, type)
  assert.deepEqual(
    kindOf(folder.path, mountsOf(`server:/x ${at}-other nfs rw 0 0\n/dev/sda1 / ext4 rw 0 0`)).type,
    'ext4',
  )
})

test('keys that are missing, damaged or open to others', async () => {
  await using folder = await temporaryFolder()
  const env = { HEARTH_DATA: folder.path, HEARTH_PORT: '0' }
  await writeFile(join(folder.path, 'server.lock'), '')
  const bare = await examined(env)
  assert.match(bare.of('keys', 'wrong'), /owner\.key is not there[^]*master\.key is not there/)
  await writeFile(join(folder.path, 'owner.key'), 'short')
  await writeFile(join(folder.path, 'master.key'), Buffer.alloc(32).toString('base64'))
  await chmod(join(folder.path, 'master.key'), 0o644)
  const { of } = await examined(env)
  assert.match(of('keys', 'wrong'), /owner\.key holds no key/)
  assert.match(of('keys', 'wrong'), /Others may read \S+master\.key/)
  const given = { HEARTH_MASTER_KEY: 'AAAA', HEARTH_OWNER_KEY: 'a-key-of-the-environment' }
  assert.match((await examined({ ...env, ...given })).of('keys', 'wrong'), /HEARTH_MASTER_KEY does not hold 32 bytes/)
})

test('what a killed server left, and a clock that was set back', async () => {
  await using folder = await temporaryFolder()
  const env = { HEARTH_DATA: folder.path, HEARTH_PORT: '0', HEARTH_OWNER_KEY: 'a-key-of-the-environment' }
  const path = join(folder.path, 'server.json')
  await writeFile(path, JSON.stringify({ url: 'http://127.0.0.1:1', pid: 2 ** 22 + 1 }))
  assert.match((await examined(env)).of('server', 'advice'), /the server was killed/)
  const tomorrow = Date.now() / 1000 + 86_400
  await utimes(path, tomorrow, tomorrow)
  assert.match((await examined(env)).of('clock', 'wrong'), /written 24 hours in the future/)
  await mkdir(join(folder.path, 'backups/old'), { recursive: true })
  await writeFile(join(folder.path, 'server.lock'), '')
  await writeFile(join(folder.path, 'backups/old/manifest.json'), JSON.stringify({ at: '2020-01-01T00:00:00Z' }))
  assert.match((await examined(env)).of('backups', 'advice'), /made at 2020-01-01T00:00:00\.000Z, more than 7 days ago/)
})

test('an older Node is told', { skip: olderNode === undefined && 'this machine has no older Node' }, async () => {
  await using folder = await temporaryFolder()
  const env = { HEARTH_DATA: folder.path, HEARTH_PORT: '0' }
  const { stdout } = await hearth(['doctor', '--json'], { env, ...(olderNode && { node: olderNode }) })
  const { findings } = JSON.parse(stdout) as { findings: readonly Told[] }
  const told = findings.find(({ check }) => check === 'node')
  assert.notEqual(told?.level, 'good')
  assert.match(told?.finding ?? '', /This is Node /)
})

test('beside a running server: well, then a webhook fails, then what the database says to strangers', async () => {
  await using server = await realServer()
  const well = await examined(server.env)
  assert.equal(well.ok, true, JSON.stringify(well.findings, undefined, 2))
  assert.match(well.of('port', 'good'), /Hearth listens at/)
  assert.match(well.of('webhooks', 'good'), /no webhooks/)

  const hook = createHttpServer((request, response) => response.writeHead(request.url === '/gone' ? 410 : 500).end())
  const port = await listening(hook)
  try {
    for (const path of ['gone', 'broken']) {
      const url = `http://127.0.0.1:${port}/${path}`
      assert.equal((await server.hearth(['webhooks.create', '--url', url, '--events', 'reminder.rang'])).code, 0)
    }
    await server.hearth(['reminders.set', '--text', 'x', '--at', '2020-01-01T00:00:00Z'])
    await until(server, /broken \(\S+\) fails; the last at \S+: .*500/)
    await until(server, /gone \(\S+\) was disabled at \S+: .*410/)
    await until(server, /deliveries to \S+gone \(\S+\) failed for good/)
    const { items } = JSON.parse((await server.hearth(['webhooks.list', '--json'])).stdout) as {
      readonly items: readonly { readonly id: string; readonly url: string }[]
    }
    const gone = items.find(({ url }) => url.endsWith('/gone'))?.id ?? ''
    assert.equal((await server.hearth(['webhooks.enable', '--id', gone])).code, 0)
    const enabled = (await examined(server.env)).of('webhooks', 'wrong')
    assert.match(enabled, /broken \(\S+\) fails/)
    assert.doesNotMatch(enabled, /gone \(\S+\) (was disabled|fails)/)
  } finally {
    hook.closeAllConnections()
    hook.close()
  }

  const passwords = JSON.parse(await readFile(join(server.data, 'postgres-passwords.json'), 'utf8'))
  const { postgres } = JSON.parse(await readFile(join(server.data, 'server.json'), 'utf8'))
  const at = (password: string) =>
    `postgres://hearth_read:${encodeURIComponent(password)}@/postgres?host=${encodeURIComponent(postgres.socket)}`
  await using empty = await temporaryFolder()
  const env = { HEARTH_DATA: empty.path, HEARTH_PORT: '0' }
  const known = await examined({ ...env, DATABASE_URL: at(passwords.read) })
  assert.match(known.of('postgres', 'good'), /^PostgreSQL \d+\.\d+ answers at /)
  assert.match(known.of('clock', 'good'), /nothing here disagrees/)
  const strange = await examined({ ...env, DATABASE_URL: at('another-password') })
  assert.match(strange.of('postgres', 'wrong'), /lets its user not in: password authentication failed/)
  assert.doesNotMatch(JSON.stringify(strange.findings), /another-password/)
})

test('a PostgreSQL that does not answer, and what is none', async () => {
  await using folder = await temporaryFolder()
  const env = { HEARTH_DATA: folder.path, HEARTH_PORT: '0' }
  const away = await examined({ ...env, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' })
  assert.match(away.of('postgres', 'wrong'), /does not answer: .*ECONNREFUSED/)
  const web = createHttpServer()
  const port = await listening(web)
  try {
    const other = await examined({ ...env, DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/c?sslmode=disable` })
    assert.match(other.of('postgres', 'wrong'), /does not answer/)
  } finally {
    web.closeAllConnections()
    web.close()
  }
})

/** What a server finds out by itself takes it a moment; a server that has gone never does. */
async function until(server: RealServer, told: RegExp): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { findings } = await examined(server.env)
    if (findings.some(({ check, level, finding }) => check === 'webhooks' && level === 'wrong' && told.test(finding)))
      return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail(`doctor does not tell ${told}: ${(await server.hearth(['doctor'])).stdout}`)
}
