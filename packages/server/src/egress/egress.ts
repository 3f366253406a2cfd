import { lookup } from 'node:dns'
import type { Agent, IncomingMessage } from 'node:http'
import { isIP, type LookupFunction } from 'node:net'
import type { Egress } from '@hearth/features'
import type { Targets } from './targets.ts'

type Request = Parameters<Egress['post']>[0]
type Answer = Awaited<ReturnType<Egress['post']>>

// How many go out at once is for the runner to say: a wait for a socket would count against the receiver's time.
const connections = { keepAlive: true, maxFreeSockets: 16 }
const longestAnswer = 1_000_000
const answerEndsWithinMs = 5000

// Not by `import`, which would load a whole HTTP client (see platform/node-http.ts); TLS (8.5 MB) only once it is needed.
const plain = () => process.getBuiltinModule('node:http')
const secure = () => process.getBuiltinModule('node:https')

/** Posts through checked addresses only. The check is on the address that is connected to, so a name cannot change its mind after it. */
export function createEgress(targets: Targets): Egress & Disposable {
  const agents = new Map<string, Agent>()
  const agentFor = (protocol: string, allowPrivate: boolean): Agent => {
    const key = `${protocol} ${allowPrivate}`
    const options = { ...connections, lookup: checkedLookup(targets, allowPrivate) }
    const agent = agents.get(key) ?? new (protocol === 'https:' ? secure() : plain()).Agent(options)
    agents.set(key, agent)
    return agent
  }
  return {
    post: async (request) => {
      const url = new URL(request.url)
      const bare = url.hostname.replace(/^\[|\]$/g, '')
      if (isIP(bare) !== 0 && !targets.mayReach(bare, request.allowPrivate))
        throw new Error('that address may not be reached')
      return send(url, agentFor(url.protocol, request.allowPrivate), request)
    },
    [Symbol.dispose]: () => {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

function checkedLookup(targets: Targets, allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const allowed = error ? [] : found.filter(({ address }) => targets.mayReach(address, allowPrivate))
      const [first] = allowed
      if (error) callback(error, '', 0)
      else if (first === undefined) callback(new Error('that address may not be reached'), '', 0)
      else if (options.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
}

function send(url: URL, agent: Agent, request: Request): Promise<Answer> {
  const { request: open } = url.protocol === 'https:' ? secure() : plain()
  const headers = {
    ...request.headers,
    'user-agent': 'Hearth',
    'content-length': String(Buffer.byteLength(request.body)),
  }
  return new Promise((resolve, reject) => {
    let answered = false
    const sending = open(url, { method: 'POST', agent, headers, signal: request.signal })
    sending.on('response', (response) => {
      answered = true
      resolve({ status: response.statusCode ?? 0, retryAfterMs: retryAfter(response.headers['retry-after']) })
      discard(response)
    })
    // Without a listener Node drops the request on a 101 and says nothing of it.
    sending.on('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new Error('the receiver wants to switch protocols'))
    })
    sending.on('error', reject)
    sending.on('close', () => {
      if (!answered) reject(new Error('the connection was closed without an answer'))
    })
    sending.end(request.body)
  })
}

/** The status is the answer. What follows is read away so that the connection can serve again, unless there is too much of it. */
function discard(response: IncomingMessage): void {
  let length = 0
  const timer = setTimeout(() => response.destroy(), answerEndsWithinMs)
  response.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > longestAnswer) response.destroy()
  })
  response.on('error', () => response.destroy())
  response.on('close', () => clearTimeout(timer))
}

function retryAfter(value: string | undefined): number | null {
  if (value === undefined) return null
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 86_400_000) : null
}
