import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../../packages/testing/src/soak/server-process.ts'
import { benchFolder } from '../root.ts'
import { model } from '../upstream/protocol.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { chatPath, json } from './gateway.ts'
import type { Gateway } from './gateway.ts'
import { oneApiProgram, version } from './one-api-program.ts'
import { startProgram } from './program.ts'

const rootToken = 'benchbenchbenchbenchbenchbench0123'

/** With its own 3,000 a caller is told now and then that its token is none, when SQLite was busy for longer. */
const busyMs = '30000'

export const oneApi: Gateway = {
  name: 'one-api',
  differs:
    'a token with a quota, and a record of each call, in SQLite: what its own program does unless told otherwise',
  settings: { module: version, store: 'SQLite', SQLITE_BUSY_TIMEOUT: busyMs, pages: 'none' },
  start: async (folder, upstream) => {
    const program = await oneApiProgram()
    if (typeof program !== 'string') return program
    const port = await freePort()
    const running = await startProgram({
      command: [program, '--port', String(port), '--log-dir', join(folder, 'logs')],
      environment: {
        SQLITE_PATH: join(folder, 'one-api.db'),
        SQLITE_BUSY_TIMEOUT: busyMs,
        SESSION_SECRET: 'the-bench-asks-over-its-tokens-only',
        INITIAL_ROOT_ACCESS_TOKEN: rootToken,
        GIN_MODE: 'release',
        ...(await tokenizers()),
      },
      folder,
      readyAt: `http://127.0.0.1:${port}/api/status`,
      withinMs: 60_000,
    })
    try {
      const key = await setUp(port, upstream)
      return {
        port,
        path: chatPath,
        headers: { ...json, authorization: `Bearer sk-${key}` },
        model,
        processes: { server: running.family, postgres: () => [] },
        startMs: running.startMs,
        loopDelayMs: null,
        [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
      }
    } catch (error) {
      await running[Symbol.asyncDispose]()
      throw error
    }
  },
}

interface Told {
  readonly success: boolean
  readonly message?: string
  readonly data?: unknown
}

/** A channel to the upstream, and a token that may spend: its key. */
async function setUp(port: number, upstream: Upstream): Promise<string> {
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...json, authorization: rootToken },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const told = (await response.json()) as Told
    if (!told.success) throw new Error(`one-api's ${path} said: ${String(told.message)}`)
    return told.data
  }
  await ask('channel/', {
    name: 'fake',
    type: 1,
    key: 'sk-of-the-upstream',
    base_url: new URL(upstream.url).origin,
    models: model,
    group: 'default',
  })
  const made = (await ask('token/', { name: 'bench', remain_quota: 1e14, expired_time: -1 })) as {
    readonly key?: string
  }
  const tokens = (await ask('token/?p=0')) as readonly { readonly key: string }[]
  const key = made?.key ?? tokens[0]?.key
  if (key === undefined) throw new Error('one-api made no token.')
  return key
}

/** It asks the net for its tokenizers when it starts; LiteLLM's package has the same files under the same names. */
async function tokenizers(): Promise<Readonly<Record<string, string>>> {
  const cache = join(benchFolder, '.cache')
  const [python] = (await readdir(cache)).filter((name) => name.startsWith('litellm-'))
  if (python === undefined) return {}
  const libraries = join(cache, python, 'lib')
  const [version3 = ''] = await readdir(libraries)
  const folder = join(libraries, version3, 'site-packages', 'litellm', 'litellm_core_utils', 'tokenizers')
  return { TIKTOKEN_CACHE_DIR: folder }
}
