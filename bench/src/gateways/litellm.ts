import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../../packages/testing/src/soak/server-process.ts'
import { benchFolder } from '../root.ts'
import { model } from '../upstream/protocol.ts'
import { chatPath, json } from './gateway.ts'
import type { Absent, Gateway } from './gateway.ts'
import { startProgram } from './program.ts'

const version = '1.106.0'
const place = join(benchFolder, '.cache', `litellm-${version}`)
const program = join(place, 'bin', 'litellm')
/** Written last: what was interrupted is begun again. */
const whole = join(place, 'whole')
const masterKey = 'sk-of-the-bench-0123456789abcdefghijklmnopqrstuvwxyz'

export const litellm: Gateway = {
  name: 'litellm',
  differs:
    'its one key is checked; keys, budgets and records of calls want a PostgreSQL of their own and are left out; one worker',
  settings: {
    library: `litellm[proxy] ${version}`,
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    LITELLM_LOG: 'ERROR',
    workers: 1,
  },
  start: async (folder, upstream) => {
    const missing = existsSync(whole) ? null : await install()
    if (missing !== null) return missing
    const port = await freePort()
    await mkdir(folder, { recursive: true })
    const config = join(folder, 'config.yaml')
    await writeFile(config, configFor(upstream.url))
    const words = ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1']
    const running = await startProgram({
      command: [program, ...words, '--telemetry', 'False'],
      environment: { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', LITELLM_MODE: 'PRODUCTION' },
      folder,
      readyAt: `http://127.0.0.1:${port}/health/liveliness`,
      withinMs: 120_000,
    })
    return {
      port,
      path: chatPath,
      headers: { ...json, authorization: `Bearer ${masterKey}` },
      model,
      processes: { server: running.family, postgres: () => [] },
      startMs: running.startMs,
      loopDelayMs: null,
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    }
  },
}

/** JSON is YAML too. */
const configFor = (url: string): string =>
  JSON.stringify({
    model_list: [
      { model_name: model, litellm_params: { model: `openai/${model}`, api_base: url, api_key: 'sk-of-the-upstream' } },
    ],
    general_settings: { master_key: masterKey },
    litellm_settings: { set_verbose: false, telemetry: false },
  })

/** Into an environment of its own below `.cache/`. */
async function install(): Promise<Absent | null> {
  const run = promisify(execFile)
  await rm(place, { recursive: true, force: true })
  await mkdir(place, { recursive: true })
  try {
    await run('python3', ['-m', 'venv', place])
    await run(join(place, 'bin', 'pip'), ['install', '--quiet', `litellm[proxy]==${version}`], { maxBuffer: 1e8 })
  } catch (error) {
    return { absent: `it could not be installed from PyPI: ${String((error as Error).message).slice(0, 300)}` }
  }
  await writeFile(whole, version)
  return null
}
