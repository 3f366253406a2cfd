import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { protocolAt, speeches, type Protocol } from './speech.ts'

export interface Asked {
  readonly protocol: Protocol
  readonly body: Record<string, unknown>
  /** What it is told that it has said; null: nothing. */
  readonly said: string | null
  /** The words that it is asked to begin with; null: it is not. */
  readonly anchor: string | null
}

export interface Told {
  readonly text: string
  /** After so many bytes its connection dies; none where it does not. */
  readonly cut?: number | undefined
  /** Instead of dying it goes on so. */
  readonly instead?: string
  /** Instead of dying it says nothing for so long, and then the rest; nothing at all where that is null. */
  readonly restAfterMs?: number | null
  /** Before which nothing comes, not even a head. */
  readonly beginsAfterMs?: number
  /** Instead of dying it holds the connection with a comment every 50 ms. */
  readonly holds?: boolean
  /** Instead of events of its own making. */
  readonly events?: readonly string[]
  readonly status?: number
}

/** A provider of every protocol, which dies when it is told to. */
export interface Mortal extends AsyncDisposable {
  readonly url: string
  readonly asked: Asked[]
  answer: (asked: Asked) => Told | 'nothing'
}

export async function startMortal(name: string): Promise<Mortal> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const protocol = protocolAt(new URL(request.url ?? '/', 'http://here').pathname.replace(/:.*/, ''))
      const json = JSON.parse(body) as Record<string, unknown>
      const asked = { protocol, body: json, ...saidIn(protocol, json) }
      mortal.asked.push(asked)
      const told = mortal.answer(asked)
      const afterMs = told === 'nothing' ? undefined : told.beginsAfterMs
      if (afterMs === undefined) tell(response, told, protocol, name)
      else setTimeout(() => tell(response, told, protocol, name), afterMs)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const mortal: Mortal = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: [],
    answer: () => 'nothing',
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return mortal
}

function tell(response: ServerResponse, told: Told | 'nothing', protocol: Protocol, name: string): void {
  if (told === 'nothing') return
  if (told.status !== undefined) {
    response.writeHead(told.status, { 'content-type': 'application/json' })
    return void response.end('{"error":{"message":"no","type":"invalid_request_error"}}')
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const whole = Buffer.from((told.events ?? speeches[protocol](told.text, name)).join(''))
  if (told.cut === undefined) return void response.end(whole)
  const part = whole.subarray(0, told.cut)
  if (told.instead !== undefined) return void response.end(Buffer.concat([part, Buffer.from(told.instead)]))
  if (told.holds === true) {
    response.write(part)
    const timer = setInterval(() => response.write(': still here\n\n'), 50)
    return void response.once('close', () => clearInterval(timer))
  }
  if (told.restAfterMs !== undefined) {
    response.write(part)
    response.flushHeaders()
    if (told.restAfterMs !== null) setTimeout(() => response.end(whole.subarray(part.length)), told.restAfterMs)
    return
  }
  response.write(part, () => setImmediate(() => response.destroy()))
}

interface Message {
  readonly role?: string
  readonly content?: unknown
  readonly parts?: unknown
}

function saidIn(protocol: Protocol, body: Record<string, unknown>): Pick<Asked, 'said' | 'anchor'> {
  const field = protocol === 'google' ? 'contents' : protocol === 'responses' ? 'input' : 'messages'
  const list = body[field]
  const messages = (Array.isArray(list) ? list : []) as readonly Message[]
  const own = messages.findLast(({ role }) => role === 'assistant' || role === 'model')
  const last = messages.at(-1)
  const instruction = last === undefined ? '' : textOf(last)
  return {
    said: own === undefined ? null : textOf(own),
    anchor: /The last words are: ([\s\S]*)$/.exec(instruction)?.[1] ?? null,
  }
}

function textOf({ content, parts }: Message): string {
  const said = content ?? parts
  if (typeof said === 'string') return said
  return ((said ?? []) as readonly { readonly text?: string }[]).map(({ text }) => text ?? '').join('')
}
