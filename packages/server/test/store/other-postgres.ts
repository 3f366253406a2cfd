import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { chooseUser, asUser } from '../../src/store/embedded/operating-user.ts'
import type { ConnectionOptions } from '../../src/store/database.ts'
import { type Connected, connect, makeFolder, until } from './setting.ts'
import { isLong, onlyWhenLong } from '@hearth/testing/long'

const packaged = '/usr/lib/postgresql'
const versions = existsSync(packaged)
  ? readdirSync(packaged)
      .map(Number)
      .filter((version) => version >= 15)
  : []

/** The oldest PostgreSQL of the machine's packages that Hearth works with. */
export const otherVersion: number | undefined = versions.toSorted((one, other) => one - other)[0]

export const needsOther = isLong
  ? { skip: otherVersion === undefined ? `no PostgreSQL 15 or newer in ${packaged}` : false }
  : onlyWhenLong

export interface OtherPostgres extends AsyncDisposable {
  readonly port: number
  readonly socket: string
  readonly authority: string
  url(user: string, database: string, parameters?: string): string
  as(user: string, database: string): Connected
  stop(): Promise<void>
  start(): Promise<void>
}

/** Everybody's password is `secret`. */
export async function startOther(): Promise<OtherPostgres> {
  const folder = makeFolder()
  const user = chooseUser(undefined)
  const bin = join(packaged, String(otherVersion), 'bin')
  const data = folder.within('data')
  mkdirSync(data)
  if (user.other) for (const path of [folder.path, data]) chownSync(path, user.uid, user.gid)
  const how = { cwd: folder.path, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, ...asUser(user) }
  const passwordFile = folder.within('password')
  writeFileSync(passwordFile, 'secret\n')
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'admin', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-sync'],
    how,
  )
  const port = await findPort()
  const authority = makeCertificate(folder.path, data, user)
  const settings = {
    listen_addresses: '127.0.0.1,::1',
    port: String(port),
    unix_socket_directories: folder.path,
    fsync: 'off',
    ssl: 'on',
  }
  const words = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  let child: ReturnType<typeof spawn> | undefined

  const start = async (): Promise<void> => {
    child = spawn(join(bin, 'postgres'), words, { ...how, stdio: 'ignore' })
    const file = join(data, 'postmaster.pid')
    await until(() => existsSync(file) && /^ready/m.test(readFileSync(file, 'utf8')))
  }
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null) return
    child.kill('SIGINT')
    await once(child, 'close')
  }
  await start()
  const options = (name: string, database: string): ConnectionOptions => ({
    host: folder.path,
    port,
    user: name,
    password: 'secret',
    database,
    ssl: false,
  })
  return {
    port,
    authority,
    socket: folder.path,
    url: (name, database, parameters = '') => `postgres://${name}:secret@127.0.0.1:${port}/${database}${parameters}`,
    as: (name, database) => connect(options(name, database)),
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      folder[Symbol.dispose]()
    },
  }
}

function makeCertificate(folder: string, data: string, user: ReturnType<typeof chooseUser>): string {
  const [key, certificate] = [join(data, 'server.key'), join(data, 'server.crt')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const words = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    certificate,
  ]
  execFileSync('openssl', [...words, ...subject], { stdio: 'ignore' })
  chmodSync(key, 0o600)
  if (user.other) chownSync(key, user.uid, user.gid)
  const authority = join(folder, 'authority.crt')
  writeFileSync(authority, readFileSync(certificate))
  return authority
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
