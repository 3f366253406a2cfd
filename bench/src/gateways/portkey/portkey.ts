import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../../../packages/testing/src/soak/server-process.ts'
import { benchFolder } from '../../root.ts'
import { model } from '../../upstream/protocol.ts'
import { chatPath, json } from '../gateway.ts'
import type { Absent, Gateway } from '../gateway.ts'
import { startProgram } from '../program.ts'

const version = '1.15.2'
const place = join(benchFolder, '.cache', `portkey-${version}`)
const script = join(place, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js')

export const portkey: Gateway = {
  name: 'portkey',
  differs:
    'no keys of its own, no budgets, no records: what it is asked with says whom to ask; a sleep of 25 ms before the first event of a stream is in its code',
  settings: {
    library: `@portkey-ai/gateway ${version}`,
    server: '@hono/node-server 1.3.3: with a newer one streams answer 500',
  },
  start: async (folder, upstream) => {
    const missing = existsSync(script) ? null : await install()
    if (missing !== null) return missing
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

/** In a folder of its own: its libraries would stand before ours. */
async function install(): Promise<Absent | null> {
  await mkdir(place, { recursive: true })
  for (const name of ['package.json', 'package-lock.json'])
    await copyFile(new URL(name, import.meta.url), join(place, name))
  try {
    const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
    await promisify(execFile)('npm', words, { cwd: place, maxBuffer: 1e8 })
  } catch (error) {
    return { absent: `it could not be installed from npm: ${String((error as Error).message).slice(0, 300)}` }
  }
  return null
}
