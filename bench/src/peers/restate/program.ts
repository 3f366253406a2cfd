import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { arch, platform } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../../packages/testing/src/soak/server-process.ts'
import { benchFolder } from '../../root.ts'

export interface RestateServer extends AsyncDisposable {
  readonly pid: number
  readonly ingress: number
  readonly register: (handlers: number) => Promise<void>
  /** One number that a query of Restate's own SQL finds. */
  readonly count: (query: string) => Promise<number>
}

export const restateProgram = (): string | null => {
  const path = join(
    benchFolder,
    'node_modules',
    `@restatedev/restate-server-${platform}-${arch}`,
    'bin',
    'restate-server',
  )
  return existsSync(path) ? path : null
}

export async function startRestate(
  program: string,
  folder: string,
  settings: readonly string[],
): Promise<RestateServer> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [ingress, admin, fabric] = [await freePort(), await freePort(), await freePort()]
  const file = join(folder, 'restate.toml')
  const at = (port: number): string => `bind-address = "127.0.0.1:${port}"`
  const own = [
    'disable-telemetry = true',
    'log-filter = "error"',
    'listen-mode = "tcp"',
    'node-name = "bench"',
    at(fabric),
    `advertised-address = "http://127.0.0.1:${fabric}/"`,
  ]
  await writeFile(file, [...own, ...settings, '[ingress]', at(ingress), '[admin]', at(admin), ''].join('\n'))
  const words = ['--no-logo', '--config-file', file, '--base-dir', join(folder, 'data')]
  const child = spawn(program, words, { cwd: folder, stdio: 'ignore' })
  const exited = once(child, 'exit')
  const died = exited.then(([code]): never => {
    throw new Error(`restate-server ended with ${String(code)}.`)
  })
  died.catch(() => undefined)
  const end = async (): Promise<void> => {
    child.kill('SIGTERM')
    // It hands over to nobody, which takes it a while.
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(late)
  }
  const ask = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const response = await fetch(`http://127.0.0.1:${admin}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`Restate's ${path} answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as Record<string, unknown>
  }
  try {
    await Promise.race([healthy(ingress, admin), died])
    if (child.pid === undefined) throw new Error('restate-server did not start.')
    return {
      pid: child.pid,
      ingress,
      register: async (handlers) => void (await ask('/deployments', { uri: `http://127.0.0.1:${handlers}` })),
      count: async (query) => {
        const { rows } = (await ask('/query', { query })) as { rows: readonly { count: number }[] }
        return Number(rows[0]?.count ?? 0)
      },
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

async function healthy(ingress: number, admin: number): Promise<void> {
  for (const url of [`http://127.0.0.1:${ingress}/restate/health`, `http://127.0.0.1:${admin}/health`]) {
    for (let tries = 1; ; tries += 1) {
      const good = await fetch(url).then(
        (response) => response.ok,
        () => false,
      )
      if (good) break
      if (tries === 600) throw new Error('restate-server did not become healthy within 60 s.')
      await sleep(100)
    }
  }
}
