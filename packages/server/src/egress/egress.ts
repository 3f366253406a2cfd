import type { Agent, IncomingMessage } from 'node:http'
import { isIP, type Socket } from 'node:net'
import type { Egress } from '@hearth/features'
import { checkedLookup, refusedTarget, sharedLookups, type Resolve } from './names.ts'
import { unanswered, Unanswered } from './reasons.ts'
import type { Targets } from './targets.ts'

type Request = Parameters<Egress['post']>[0]
type Answer = Awaited<ReturnType<Egress['post']>>

// How many go out at once is for the runner to say: a wait for a socket would count against the receiver's time.
const connections = { keepAlive: true, maxFreeSockets: 16 }
const largestHead = 16_384
const mostInterim = 20
const longestAnswer = 1_000_000
/** Less than a stop waits for what is under way: an answer that is known is not lost with it. */
const answerEndsWithinMs = 2000

// Not by `import`, which would load a whole HTTP client (see platform/node-http.ts); TLS (8.5 MB) only once it is needed.
const plain = () => process.getBuiltinModule('node:http')
const secure = () => process.getBuiltinModule('node:https')

/** Posts through checked addresses only. The check is on the address that is connected to, so a name cannot change its mind after it. */
export function createEgress(targets: Targets, resolve?: Resolve): Egress & Disposable {
  const agents = new Map<string, Agent>()
  const lookUp = sharedLookups(resolve)
  const agentFor = (protocol: string, allowPrivate: boolean): Agent => {
    const key = `${protocol} ${allowPrivate}`
    const options = { ...connections, lookup: checkedLookup(targets, lookUp, allowPrivate) }
    const agent = agents.get(key) ?? closingWhatTalks(new (protocol === 'https:' ? secure() : plain()).Agent(options))
    agents.set(key, agent)
    return agent
  }
  return {
    post: async (request) => {
      const url = new URL(request.url)
      const bare = url.hostname.replace(/^\[|\]$/g, '')
      if (isIP(bare) !== 0 && !targets.mayReach(bare, request.allowPrivate)) throw new Unanswered(refusedTarget)
      return send(url, agentFor(url.protocol, request.allowPrivate), request)
    },
    [Symbol.dispose]: () => {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

interface Reusing {
  keepSocketAlive(socket: Socket): boolean
  reuseSocket(socket: Socket, request: unknown): void
}

/** What a receiver says on a connection while nothing was asked would be taken for the answer to what is asked next. */
function closingWhatTalks<A extends Agent>(agent: A): A {
  const reusing = agent as unknown as Reusing
  const keep = reusing.keepSocketAlive.bind(agent)
  const reuse = reusing.reuseSocket.bind(agent)
  const close = function (this: Socket): void {
    this.destroy()
  }
  reusing.keepSocketAlive = (socket) => {
    const isKept = keep(socket)
    if (isKept) socket.on('data', close)
    return isKept
  }
  reusing.reuseSocket = (socket, request) => {
    socket.off('data', close)
    reuse(socket, request)
  }
  return agent
}

function send(url: URL, agent: Agent, request: Request): Promise<Answer> {
  const { request: open } = url.protocol === 'https:' ? secure() : plain()
  const headers = {
    ...request.headers,
    'user-agent': 'Hearth',
    'content-length': String(Buffer.byteLength(request.body)),
  }
  return new Promise((resolve, reject) => {
    const { signal } = request
    const sending = open(url, { method: 'POST', agent, headers, signal, maxHeaderSize: largestHead })
    let answer: Answer | null = null
    let interim = 0
    const fail = (error: unknown): void => reject(unanswered(error))
    // The rest of what was read with it comes all the same, thousands at once: nothing is done for those.
    const count = (): void => {
      interim += 1
      if (interim <= mostInterim) return
      sending.off('information', count)
      sending.destroy(new Unanswered('it sends interim answers and no other'))
    }
    sending.on('information', count)
    sending.on('response', (response) => {
      answer = { status: response.statusCode ?? 0, retryAfterMs: retryAfter(response.headers['retry-after']) }
      const taken = answer
      // Only then its place is free: a receiver that lets answers trickle would hold ever more connections.
      discard(response, () => resolve(taken))
    })
    // Without a listener Node drops the request on a 101 and says nothing of it.
    sending.on('upgrade', (_response, socket) => {
      socket.destroy()
      fail(new Unanswered('the receiver wants to switch protocols'))
    })
    sending.on('error', fail)
    sending.on('close', () => {
      if (answer === null) fail(new Unanswered('the connection was closed without an answer'))
    })
    sending.end(request.body)
  })
}

/** The status is the answer. What follows is read away so that the connection can serve again, unless there is too much of it. */
function discard(response: IncomingMessage, ended: () => void): void {
  let length = 0
  const timer = setTimeout(() => response.destroy(), answerEndsWithinMs)
  response.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > longestAnswer) response.destroy()
  })
  response.on('error', () => response.destroy())
  response.on('close', () => {
    clearTimeout(timer)
    ended()
  })
}

function retryAfter(value: string | undefined): number | null {
  if (value === undefined) return null
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 86_400_000) : null
}
