import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../packages/testing/src/soak/server-process.ts'
import { benchFolder } from '../root.ts'
import { model } from '../upstream/protocol.ts'
import { chatPath, json } from './gateway.ts'
import type { Gateway } from './gateway.ts'
import { startProgram } from './program.ts'

const script = join(benchFolder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js')

export const portkey: Gateway = {
  name: 'portkey',
  differs:
    'no keys of its own, no budgets, no records: what it is asked with says whom to ask; a sleep of 25 ms before the first event of a stream is in its code',
  settings: {
    library: '@portkey-ai/gateway 1.15.2',
    server: '@hono/node-server 1.3.3, with a newer one streams answer 500',
  },
  start: async (folder, upstream) => {
    if (!existsSync(script)) return { absent: 'bench/node_modules holds no Portkey' }
    const port = await freePort()
    const program = await startProgram({
      command: [process.execPath, script, '--headless', `--port=${port}`],
      environment: { NODE_ENV: 'production' },
      folder,
      readyAt: `http://127.0.0.1:${port}/`,
      withinMs: 20_000,
    })
    return {
      port,
      path: chatPath,
      headers: {
        ...json,
        authorization: 'Bearer sk-of-the-upstream',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': upstream.url,
      },
      model,
      processes: { server: program.family, postgres: () => [] },
      startMs: program.startMs,
      loopDelayMs: null,
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    }
  },
}
