import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import type { StoreAddress } from '../store.ts'

export interface ClusterRecipe {
  /** The `postgres` that Hearth runs. */
  readonly program: string
  /** Whoever owns Hearth's data owns these too. */
  readonly likeData: string
  readonly settings: Readonly<Record<string, string>>
}

export interface Cluster extends AsyncDisposable {
  readonly pid: number
  readonly address: StoreAddress
}

/** What names a place or a voice of Hearth's own, not a way to work. */
const own =
  /^(data_directory|config_file|hba_file|ident_file|external_pid_file|unix_socket_.*|listen_addresses|port|log_.*|logging_.*|lc_.*|.*_preload_libraries|cluster_name)$/

/** A PostgreSQL of its own: the binaries and the settings of Hearth's, with trust in a private folder. */
export async function startCluster(folder: string, { program, likeData, settings }: ClusterRecipe): Promise<Cluster> {
  const { uid, gid } = await stat(likeData)
  const data = join(folder, 'd')
  for (const path of [folder, data]) {
    await mkdir(path, { recursive: true, mode: 0o700 })
    if (process.getuid?.() === 0) await chown(path, uid, gid)
  }
  const identity = process.getuid?.() === 0 ? { uid, gid } : {}
  const initdb = [
    '-D',
    data,
    '-U',
    'bench',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ]
  await promisify(execFile)(join(dirname(program), 'initdb'), initdb, { cwd: folder, ...identity })
  const ways = Object.entries({ ...settings, listen_addresses: '', unix_socket_directories: folder, port: '5432' })
  const words = ways.filter(
    ([name]) => !own.test(name) || name === 'listen_addresses' || name === 'unix_socket_directories' || name === 'port',
  )
  const child = spawn(program, ['-D', data, ...words.flatMap(([name, value]) => ['-c', `${name}=${value}`])], {
    cwd: folder,
    stdio: 'ignore',
    ...identity,
  })
  const exited = once(child, 'exit')
  if (child.pid === undefined) throw new Error('PostgreSQL for the baseline did not start.')
  const address = { host: folder, port: 5432, user: 'bench', database: 'postgres' }
  await answering(address)
  return {
    pid: child.pid,
    address,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGINT')
      await exited
    },
  }
}

async function answering(address: StoreAddress): Promise<void> {
  const sql = postgres({ ...address, max: 1, fetch_types: false, connect_timeout: 2 })
  try {
    for (let tries = 1; ; tries += 1) {
      const error = await sql`select 1`.then(
        () => null,
        (reason: Error) => reason,
      )
      if (error === null) return
      if (tries === 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    await sql.end({ timeout: 1 })
  }
}
