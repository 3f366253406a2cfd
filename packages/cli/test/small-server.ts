import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder } from './command.ts'

export const ownerKey = 'owner-key-of-the-test-0123456789'

export interface Received {
  readonly path: string
  readonly key: string | undefined
  readonly body: unknown
}

export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers a call; undefined goes on to the default: the input, as it came. */
export type Responder = (received: Received, call: number) => Reply | 'cut' | undefined

const text = { type: 'string' }
export const operations = [
  {
    name: 'reminders.set',
    summary: 'Sets a reminder.',
    consequence: 'own',
    input: {
      type: 'object',
      properties: {
        text: { ...text, description: 'what to say' },
        at: text,
        zone: text,
        catchUp: { enum: ['once', 'skip', 'each'] },
        loud: { type: 'boolean' },
        times: { type: 'integer' },
        tags: { type: 'array', items: text },
        weights: { type: 'array', items: { type: 'number' } },
        place: { anyOf: [{ $ref: '#/$defs/place' }, { type: 'null' }] },
        note: { anyOf: [text, { type: 'null' }] },
      },
      required: ['text'],
      $defs: { place: { type: 'object', properties: { lat: { type: 'number' } } } },
    },
  },
  {
    name: 'webhooks.create',
    summary: 'Calls a program of yours.',
    input: {
      type: 'object',
      properties: { url: text, events: { type: 'array', items: { enum: ['reminder.rang'] } }, secret: text },
      required: ['url', 'events'],
    },
  },
  {
    name: 'reminders.list',
    consequence: 'read',
    watchable: true,
    input: { type: 'object', properties: { limit: { type: 'integer' }, after: text }, additionalProperties: false },
    output: {
      type: 'object',
      properties: { items: { type: 'array', items: {} }, next: { anyOf: [text, { type: 'null' }] } },
    },
  },
] as const

async function readBody(request: IncomingMessage): Promise<unknown> {
  let body = ''
  for await (const part of request.setEncoding('utf8')) body += part
  return body === '' ? undefined : JSON.parse(body)
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  response.writeHead(status, { 'content-type': type, ...headers })
  response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body))
}

const problem = (status: number, code: string, detail: string): Reply => ({
  status,
  body: { type: `errors/${code}`, title: 'No', status, detail, code, requestId: 'r1' },
})

export interface SmallServer extends AsyncDisposable {
  readonly url: string
  readonly data: string
  readonly calls: Received[]
  readonly paths: string[]
  readonly env: NodeJS.ProcessEnv
}

/** A real HTTP server with a data folder, that answers as Hearth does and notes what it was sent. */
export async function smallServer(respond: Responder = () => undefined, offersOperations = true): Promise<SmallServer> {
  const calls: Received[] = []
  const paths: string[] = []
  const server: Server = createServer(async (request, response) => {
    const path = request.url ?? ''
    paths.push(path)
    if (path === '/healthz') return send(response, { status: 200, body: { status: 'ok' } })
    if (request.headers.authorization !== `Bearer ${ownerKey}`) {
      return send(response, problem(401, 'auth.key-unknown', 'The key is not known.'))
    }
    if (path === '/api/v1/operations') {
      return send(
        response,
        offersOperations ? { status: 200, body: { items: operations } } : problem(404, 'http.no-route', 'No.'),
      )
    }
    const key = request.headers['idempotency-key']
    const received = { path, key: typeof key === 'string' ? key : undefined, body: await readBody(request) }
    if (path.startsWith('/api/v1/call/')) calls.push(received)
    const reply = respond(received, calls.length)
    if (reply === 'cut') request.socket.destroy()
    else send(response, reply ?? { status: 200, body: received.body ?? {} })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const folder = await temporaryFolder()
  await writeFile(join(folder.path, 'owner.key'), `${ownerKey}\n`)
  await writeFile(
    join(folder.path, 'server.json'),
    JSON.stringify({ url, pid: process.pid, version: '0', postgres: null }),
  )
  return {
    url,
    data: folder.path,
    calls,
    paths,
    env: { HEARTH_DATA: folder.path },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await folder[Symbol.asyncDispose]()
    },
  }
}
