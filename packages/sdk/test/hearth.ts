import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beginFrom } from '@hearth/testing/begun'

export const ownerKey = 'owner-key-of-a-test'
const command = join(import.meta.dirname, '../../cli/bin/hearth.js')

export interface RunningHearth extends AsyncDisposable {
  readonly url: string
  /** Signs a browser in, once. */
  readonly signInLink: string
  /** SIGKILL of the server's PostgreSQL, which it then starts again. */
  killPostgres(): Promise<void>
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** On the same data and the same port. */
  start(): Promise<void>
}

interface Started {
  readonly child: ChildProcess
  readonly url: string
  readonly signInLink: string
}

async function run(data: string, port: string, more: Readonly<Record<string, string>>): Promise<Started> {
  const env = { ...process.env, ...more, HEARTH_DATA: data, HEARTH_PORT: port, HEARTH_OWNER_KEY: ownerKey }
  const child = spawn(process.execPath, [command, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [said, complained] = ['', '']
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk))
  return await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${complained}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      const [, url, signInLink] = /^Hearth is ready at (\S+)\n.*?(http\S+)\n/m.exec(said) ?? []
      if (url !== undefined && signInLink !== undefined) resolve({ child, url, signInLink })
    })
  })
}

/** The real thing: the command, its PostgreSQL and its doors, on a data folder of its own. */
export async function startHearth(more: Readonly<Record<string, string>> = {}): Promise<RunningHearth> {
  const data = await mkdtemp(join(tmpdir(), 'hearth-sdk-'))
  await beginFrom('home', data, more)
  let { child, url, signInLink } = await run(data, '0', more).catch(async (error: unknown) => {
    await rm(data, { recursive: true, force: true })
    throw error
  })
  const json = async (file: string) => JSON.parse(await readFile(join(data, file), 'utf8'))
  const stop: RunningHearth['stop'] = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    // The command starts the server as a process of its own.
    const { pid } = await json('server.json')
    const gone = once(child, 'exit')
    process.kill(pid, signal)
    await gone
  }
  return {
    get url() {
      return url
    },
    get signInLink() {
      return signInLink
    },
    killPostgres: async () => {
      const { postgres } = await json('server.json')
      process.kill(postgres.pid, 'SIGKILL')
    },
    stop,
    start: async () => {
      ;({ child, url, signInLink } = await run(data, new URL(url).port, more))
    },
    [Symbol.asyncDispose]: async () => {
      const place: { readonly data: string } = await json('postgres.json')
      await stop('SIGTERM')
      await rm(data, { recursive: true, force: true })
      if (place.data.startsWith('/var/lib/hearth/')) await rm(join(place.data, '..'), { recursive: true, force: true })
    },
  }
}

export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`never came true: ${what}`)
}
