import { lookup } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Egress } from '@hearth/features'
import type { Targets } from './targets.ts'

const connections = { keepAlive: true, maxSockets: 64, maxFreeSockets: 16 }

/** Posts through checked addresses only. The check is on the address that is connected to, so a name cannot change its mind after it. */
export function createEgress(targets: Targets): Egress & Disposable {
  const agents = { open: agentsFor(targets, false), allowed: agentsFor(targets, true) }
  return {
    post: (request) => {
      const url = new URL(request.url)
      const bare = url.hostname.replace(/^\[|\]$/g, '')
      if (isIP(bare) !== 0 && !targets.mayReach(bare, request.allowPrivate))
        return Promise.reject(new Error('that address may not be reached'))
      const pair = request.allowPrivate ? agents.allowed : agents.open
      return send(url, url.protocol === 'https:' ? pair.https : pair.http, request)
    },
    [Symbol.dispose]: () => {
      for (const pair of [agents.open, agents.allowed]) {
        pair.http.destroy()
        pair.https.destroy()
      }
    },
  }
}

function agentsFor(
  targets: Targets,
  allowPrivate: boolean,
): { readonly http: http.Agent; readonly https: https.Agent } {
  const checked: LookupFunction = (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const allowed = error ? [] : found.filter(({ address }) => targets.mayReach(address, allowPrivate))
      const [first] = allowed
      if (error) callback(error, '', 0)
      else if (first === undefined) callback(new Error('that address may not be reached'), '', 0)
      else if (options.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  return {
    http: new http.Agent({ ...connections, lookup: checked }),
    https: new https.Agent({ ...connections, lookup: checked }),
  }
}

type Request = Parameters<Egress['post']>[0]

function send(url: URL, agent: http.Agent | https.Agent, request: Request): ReturnType<Egress['post']> {
  const transport = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const headers = {
      ...request.headers,
      'user-agent': 'Hearth',
      'content-length': String(Buffer.byteLength(request.body)),
    }
    const sending = transport.request(url, { method: 'POST', agent, headers, signal: request.signal }, (response) => {
      // The answer counts once it is whole; what it says is not read.
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > 1_000_000) response.destroy(new Error('the answer is too long'))
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, retryAfterMs: retryAfter(response.headers['retry-after']) }),
      )
    })
    sending.on('error', reject)
    sending.end(request.body)
  })
}

function retryAfter(value: string | undefined): number | null {
  if (value === undefined) return null
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 86_400_000) : null
}
