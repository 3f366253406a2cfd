import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beginFrom } from '@hearth/testing/begun'
import { bin, finish, hearth, start, temporaryFolder, type Outcome } from './command.ts'

export interface RealServer extends AsyncDisposable {
  readonly url: string
  readonly data: string
  readonly env: NodeJS.ProcessEnv
  readonly stop: () => Promise<void>
  /** On the same data folder, at a port that may be another. */
  readonly start: () => Promise<string>
  /** The command, with this server's data folder. */
  readonly hearth: (words: readonly string[], input?: string) => Promise<Outcome>
}

/** A whole server with a PostgreSQL of its own, as `hearth start` runs it. */
export async function realServer(more: NodeJS.ProcessEnv = {}): Promise<RealServer> {
  const folder = await temporaryFolder()
  const env: NodeJS.ProcessEnv = { HEARTH_DATA: folder.path, ...more }
  await beginFrom('home', folder.path, more)
  let running: { readonly stop: () => Promise<void> } | undefined
  const begin = async (): Promise<string> => {
    const child = start(join(bin, 'hearth.js'), ['start'], { env: { HEARTH_PORT: '0', HEARTH_LOG: 'warn', ...env } })
    const ended = finish(child)
    running = { stop: async () => void (child.kill('SIGTERM'), await ended) }
    for (;;) {
      const first = await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended])
      if (!Array.isArray(first)) throw new Error(`the server did not start: ${(first as Outcome).stderr}`)
      const url = /^Hearth is ready at (\S+)$/m.exec(String(first[0]))?.[1]
      if (url !== undefined) return url
    }
  }
  const end = async (): Promise<void> => {
    await running?.stop()
    running = undefined
  }
  return {
    url: await begin(),
    data: folder.path,
    env,
    stop: end,
    start: begin,
    hearth: (words, input) => hearth(words, { env, ...(input === undefined ? {} : { input }) }),
    async [Symbol.asyncDispose]() {
      await end()
      await removeDatabase(folder.path)
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Under root the database lies outside of a folder that PostgreSQL's user cannot reach. */
async function removeDatabase(data: string): Promise<void> {
  const path = join(data, 'postgres.json')
  if (!existsSync(path)) return
  const place = JSON.parse(await readFile(path, 'utf8')) as { readonly data: string }
  if (place.data.startsWith('/var/lib/hearth/')) await rm(join(place.data, '..'), { recursive: true, force: true })
}
