import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { ownerKey } from '../end-to-end/hearth.ts'

export interface Told {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}

/** One call over a connection of its own, which may go to any worker. Rejects when the connection is cut. */
export function callOnce(
  url: string,
  path: string,
  { body, headers = {} }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}${path}`,
      {
        method: body === undefined ? 'GET' : 'POST',
        agent: false,
        headers: { authorization: `Bearer ${ownerKey}`, 'content-type': 'application/json', ...headers },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.once('error', reject)
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      },
    )
    sent.once('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

export interface Load {
  /** Acknowledged calls, by stream. */
  readonly acknowledged: ReadonlyMap<string, number>
  /** Whatever a caller was told but success, and connections that were cut. */
  readonly troubles: readonly string[]
  longestMs(): number
  calls(): number
  stop(): Promise<void>
}

export interface LoadOptions {
  readonly urls: () => readonly string[]
  readonly clients?: number
  readonly streams?: number
  /** Each call is made until it is acknowledged, under one key. */
  readonly insists?: boolean
}

/** Clients that write to many homes, one call after another each. */
export function startLoad({ urls, clients = 8, streams = 64, insists = false }: LoadOptions): Load {
  const run = randomUUID().slice(0, 8)
  const acknowledged = new Map<string, number>()
  const troubles: string[] = []
  let going = true
  let longest = 0
  let calls = 0

  const record = async (client: number, number: number): Promise<void> => {
    const stream = `${run}-${(number * clients + client) % streams}`
    const headers = { 'idempotency-key': `${run}.${client}.${number}` }
    const began = performance.now()
    for (let tries = 0; ; tries += 1) {
      const all = urls()
      const url = all[(number + tries) % all.length] as string
      const told = await callOnce(url, '/api/v1/call/probe.record', { body: { stream, events: 1 }, headers }).catch(
        (error: unknown) => String(error),
      )
      if (typeof told !== 'string' && told.status === 200) break
      troubles.push(typeof told === 'string' ? told : `${told.status} ${told.text}`)
      if (!insists) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    acknowledged.set(stream, (acknowledged.get(stream) ?? 0) + 1)
    calls += 1
    longest = Math.max(longest, performance.now() - began)
  }
  const ended = Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let number = 0; going; number += 1) await record(client, number)
    }),
  )
  return {
    acknowledged,
    troubles,
    longestMs: () => Math.round(longest),
    calls: () => calls,
    stop: async () => {
      going = false
      await ended
    },
  }
}
