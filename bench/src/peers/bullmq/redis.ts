import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { benchFolder } from '../../root.ts'

export interface RedisServer extends AsyncDisposable {
  readonly pid: number
  readonly socket: string
}

interface Program {
  readonly path: string
  readonly libraries: string | null
}

export const redisSettings = {
  appendonly: 'yes',
  appendfsync: 'always',
  save: '',
  'maxmemory-policy': 'noeviction',
}

/** A Redis of its own on a socket in the folder; null where the machine has none and Debian's cannot be had. */
export async function startRedis(folder: string): Promise<RedisServer | null> {
  const program = (await findRedis()) ?? (await unpackRedis())
  if (program === null) return null
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const socket = join(folder, 'redis.sock')
  const settings = { ...redisSettings, port: '0', unixsocket: socket, dir: folder, daemonize: 'no' }
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const setting = program.libraries === null ? [] : [`LD_LIBRARY_PATH=${program.libraries}`]
  const child = spawn('env', [...setting, program.path, ...words], { cwd: folder, stdio: 'ignore' })
  const exited = once(child, 'exit')
  const end = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  const died = exited.then(([code]): never => {
    throw new Error(`redis-server ended with ${String(code)}.`)
  })
  died.catch(() => undefined)
  try {
    await Promise.race([answering(socket), died])
    if (child.pid === undefined) throw new Error('redis-server did not start.')
    return { pid: child.pid, socket, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}

async function answering(socket: string): Promise<void> {
  const redis = new Redis({ path: socket, maxRetriesPerRequest: null, retryStrategy: () => 50 })
  // Until the socket is there every attempt is an error.
  redis.on('error', () => undefined)
  try {
    await redis.ping()
  } finally {
    redis.disconnect()
  }
}

async function findRedis(): Promise<Program | null> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'printf %s "$PATH"'])
  const path = stdout
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((each) => existsSync(each))
  return path === undefined ? await unpacked() : { path, libraries: null }
}

const place = join(benchFolder, '.cache', 'redis')

async function unpacked(): Promise<Program | null> {
  const path = join(place, 'usr', 'bin', 'redis-server')
  if (!existsSync(path)) return null
  const folders = await readdir(join(place, 'usr', 'lib'))
  const libraries = folders.filter((name) => name.endsWith('-linux-gnu')).map((name) => join(place, 'usr', 'lib', name))
  return { path, libraries: libraries.join(':') }
}

/** Debian's packages, unpacked and not installed. */
async function unpackRedis(): Promise<Program | null> {
  const run = promisify(execFile)
  const archives = `${place}.packages`
  await mkdir(join(archives, 'partial'), { recursive: true })
  const words = ['-y', '-q', '-o', `Dir::Cache::archives=${archives}`, '--no-install-recommends', '--download-only']
  try {
    await run('apt-get', [...words, 'install', 'redis-server'])
    for (const name of await readdir(archives))
      if (name.endsWith('.deb')) await run('dpkg', ['-x', join(archives, name), place])
  } catch (error) {
    // No apt-get, not root, or no network: then there is no Redis here.
    if ((error as { code?: unknown }).code === undefined) throw error
    return null
  }
  return await unpacked()
}
