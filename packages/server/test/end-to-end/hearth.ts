import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { beginFrom } from '@hearth/testing/begun'

export const ownerKey = 'owner-key-of-a-test'
const command = fileURLToPath(new URL('../../../cli/bin/hearth.js', import.meta.url))

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of any shape
  readonly json: any
}

export interface RunningHearth extends AsyncDisposable {
  readonly url: string
  readonly data: string
  call(operation: string, input: unknown, headers?: Record<string, string>): Promise<Answer>
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** SIGKILL of the server, of its PostgreSQL or of both; then a new start on the same data. */
  killAndStart(whom: 'server' | 'postgres' | 'both', more?: Record<string, string>): Promise<void>
  /** SIGTERM of the server; and a new start on the same data when it has ended. `meanwhile`: done when it takes no more calls. */
  stopAndStart(meanwhile: () => Promise<unknown>): Promise<void>
  serverFile(): Promise<{ readonly pid: number; readonly postgres: { readonly pid: number } }>
}

/** Runs the command until it ends. */
export async function hearthCommand(words: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [command, ...words], {
    env: { ...process.env, HEARTH_OWNER_KEY: ownerKey, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [said, complained] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (said += chunk))
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk))
  const [code] = (await once(child, 'close')) as [number]
  return { code, said, complained }
}

/** The real thing: the command, its PostgreSQL and its door, on a data folder of its own, or one that is there. */
export async function startHearth(env: Record<string, string> = {}, on?: string): Promise<RunningHearth> {
  const data = on ?? (await mkdtemp(join(tmpdir(), 'hearth-e2e-')))
  if (on === undefined) await beginFrom('home', data, { ...process.env, ...env })
  let server = await startOn(data, env)
  const request: RunningHearth['request'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ownerKey}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null }
  }
  const serverFile: RunningHearth['serverFile'] = async () =>
    JSON.parse(await readFile(join(data, 'server.json'), 'utf8'))
  return {
    get url() {
      return server.url
    },
    data,
    request,
    serverFile,
    call: (operation, input, headers) => request('POST', `/api/v1/call/${operation}`, input, headers),
    killAndStart: async (whom, more = {}) => {
      const { pid, postgres } = await serverFile()
      if (whom !== 'server') process.kill(postgres.pid, 'SIGKILL')
      if (whom === 'postgres') return
      const gone = once(server.child, 'exit')
      process.kill(pid, 'SIGKILL')
      await gone
      server = await startOn(data, { ...env, ...more })
    },
    stopAndStart: async (meanwhile) => {
      const gone = once(server.child, 'exit')
      process.kill((await serverFile()).pid, 'SIGTERM')
      const isOpen = () =>
        fetch(server.url).then(
          () => true,
          () => false,
        )
      await until(async () => !(await isOpen()), 'it takes no more calls')
      await meanwhile()
      await gone
      server = await startOn(data, env)
    },
    [Symbol.asyncDispose]: async () => {
      const place = JSON.parse(await readFile(join(data, 'postgres.json'), 'utf8')) as { readonly data: string }
      const gone = once(server.child, 'exit')
      server.child.kill('SIGTERM')
      await gone
      await rm(data, { recursive: true, force: true })
      if (place.data.startsWith('/var/lib/hearth/')) await rm(join(place.data, '..'), { recursive: true, force: true })
    },
  }
}

export async function startOn(
  data: string,
  env: Record<string, string>,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [command, 'start'], {
    env: { ...process.env, HEARTH_DATA: data, HEARTH_PORT: '0', HEARTH_OWNER_KEY: ownerKey, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let complained = ''
  child.stderr?.on('data', (chunk: Buffer) => (complained += chunk))
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${complained}`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk
      const match = /^Hearth is ready at (\S+)$/m.exec(said)
      if (match?.[1] !== undefined) resolve(match[1])
    })
  })
  return { child, url }
}

export interface Delivery {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Takes webhooks and answers as the test says. */
export async function startReceiver(
  answer: (delivery: Delivery) => number = () => 204,
): Promise<AsyncDisposable & { readonly url: string; readonly deliveries: Delivery[] }> {
  const deliveries: Delivery[] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk))
    request.on('end', () => {
      const delivery = { headers: request.headers, body }
      deliveries.push(delivery)
      response.writeHead(answer(delivery)).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
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

/** A database that was restored or brought over has its views built one after another by the first start. */
export async function viewsBuilt(hearth: RunningHearth, views: readonly string[]): Promise<void> {
  for (const view of views)
    await until(async () => {
      const { status, json } = await hearth.call('views.verify', { view })
      assert.ok(status === 200 || json.code === 'view.building', `${status} ${json.code}`)
      return status === 200
    }, `${view} is built`)
}
