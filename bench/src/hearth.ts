import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { family, programOf } from '../../packages/testing/src/soak/processes.ts'
import { freePort, readServerFile, startServer } from '../../packages/testing/src/soak/server-process.ts'
import { root } from './root.ts'
import type { Processes } from './cost.ts'

export interface Hearth extends AsyncDisposable {
  readonly port: number
  readonly ownerKey: string
  readonly data: string
  readonly headers: Readonly<Record<string, string>>
  readonly processes: Processes
  readonly postgres: { readonly pid: number; readonly socket: string; readonly data: string; readonly program: string }
  readonly call: (operation: string, input: unknown) => Promise<Record<string, unknown>>
  readonly status: () => Promise<Record<string, unknown>>
}

/** Starts Hearth as a user would, with the probe: on a new data folder, or as the one before whose requests it shall take. */
export async function startHearth(
  folder: string,
  before: Pick<Hearth, 'port' | 'ownerKey'> | null = null,
  environment: Readonly<Record<string, string>> = {},
): Promise<Hearth> {
  const data = join(folder, 'data')
  const ownerKey = before?.ownerKey ?? randomBytes(24).toString('hex')
  const command = ['node', 'packages/cli/bin/hearth.js', 'start']
  const port = before?.port ?? (await freePort())
  const output = join(folder, 'server.log')
  const server = startServer({
    command,
    folder: root,
    data,
    port,
    ownerKey,
    output,
    environment: { HEARTH_FEATURES: 'probe', HEARTH_LOG: 'warn', ...environment },
  })
  try {
    await server.ready(60_000, 5)
    const headers = { authorization: `Bearer ${ownerKey}`, 'content-type': 'application/json' }
    const ask = async (path: string, init: RequestInit): Promise<Record<string, unknown>> => {
      const response = await fetch(`${server.url}${path}`, { ...init, headers })
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
      return (await response.json()) as Record<string, unknown>
    }
    return {
      port,
      ownerKey,
      data,
      headers,
      postgres: postgresOf(data),
      processes: {
        server: () => family(server.command).filter((member) => member.name !== 'postgres'),
        postgres: () => family(postgresOf(data).pid),
      },
      call: (operation, input) => ask(`/api/v1/call/${operation}`, { method: 'POST', body: JSON.stringify(input) }),
      status: () => ask('/api/v1/status', { method: 'GET' }),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

function postgresOf(data: string): Hearth['postgres'] {
  const postgres = readServerFile(data)?.postgres ?? null
  const program = postgres === null ? null : programOf(postgres.pid)
  if (postgres === null || program === null) throw new Error('server.json names no PostgreSQL of its own.')
  return { ...postgres, program }
}
