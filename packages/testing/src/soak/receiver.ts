import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { openLedger } from './ledger.ts'
import type { AnswerOutcome, Ledger, ReceiverEntry } from './ledger.ts'
import { chance } from './random.ts'
import type { Chance } from './random.ts'
import { signatureFault } from './signature.ts'

/**
 * The receiver of webhooks, a process of its own that lives through every kill. Its parent sends `ReceiverQuestion`s
 * and gets `ReceiverAnswer`s; it ends when the parent does.
 */
export type ReceiverQuestion = { readonly type: 'secret'; readonly secret: string } | { readonly type: 'count' }
export type ReceiverAnswer =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'counted'; readonly received: number; readonly accepted: number }

type Delivery = Extract<ReceiverEntry, { type: 'received' }>

type Mood = 'prompt' | 'slow' | 'error' | 'reset' | 'cut'

/** How a delivery is answered, by weight: most at once, the rest in a way that tries the sender's patience. */
const moods: readonly (readonly [number, Mood])[] = [
  [86, 'prompt'],
  [6, 'slow'],
  [4, 'error'],
  [2, 'reset'],
  [2, 'cut'],
]

/** From this attempt on every answer is a good one, so that a run ends. */
const patientFrom = 3

interface State {
  readonly seed: string
  readonly ledger: Ledger<ReceiverEntry>
  readonly attempts: Map<string, number>
  readonly accepted: Set<string>
  secret: string | null
  requests: number
}

async function main(path: string, seed: string): Promise<void> {
  const state: State = {
    seed,
    ledger: openLedger(path),
    attempts: new Map(),
    accepted: new Set(),
    secret: null,
    requests: 0,
  }
  const server = createServer((request, response) => void receive(state, request, response))
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port.')
  tell({ type: 'listening', port: address.port })
  process.on('message', (question: ReceiverQuestion) => {
    if (question.type === 'secret') state.secret = question.secret
    else tell({ type: 'counted', received: state.requests, accepted: state.accepted.size })
  })
  process.on('disconnect', () => process.exit(0))
  // The parent ends it: an interrupt meant for both must not cut the ledger short.
  process.on('SIGINT', () => undefined)
}

function tell(answer: ReceiverAnswer): void {
  process.send?.(answer)
}

async function receive(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request)
  const number = (state.requests += 1)
  const at = Date.now()
  const header = (name: string): string | undefined => request.headers[name]?.toString()
  const reject = (reason: string): void => {
    state.ledger.append({ type: 'rejected', at, request: number, reason })
    response.writeHead(400).end()
  }
  if (body === null) return
  if (state.secret === null) return reject('a delivery before there was a webhook')
  const id = header('webhook-id')
  const fault = signatureFault(
    { id, timestamp: header('webhook-timestamp'), signature: header('webhook-signature'), body },
    state.secret,
    at / 1000,
  )
  if (fault !== null || id === undefined) return reject(fault ?? 'no id')
  const entry = deliveryOf(body, id, at, number)
  if (typeof entry === 'string') return reject(entry)
  state.ledger.append(entry)
  const attempt = (state.attempts.get(id) ?? 0) + 1
  state.attempts.set(id, attempt)
  // By what it tells and not by its id, which the server makes anew in every run.
  const luck = chance(state.seed, `${entry.text}/${entry.due}/${attempt}`)
  answer(state, entry, attempt >= patientFrom ? 'prompt' : luck.pick(moods), luck, response)
}

/** Null when the sender hung up before its body was whole: such a request counts as never received. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = []
  try {
    for await (const part of request) parts.push(part as Buffer)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return null
    throw error
  }
  return Buffer.concat(parts)
}

function deliveryOf(body: Buffer, id: string, at: number, request: number): Delivery | string {
  const parsed = parse(body)
  if (parsed === null) return 'a body that is not JSON'
  const { type, id: bodyId, at: eventAt, data } = parsed
  if (type !== 'reminder.rang') return `a type nobody asked for: ${String(type)}`
  if (bodyId !== id) return `the body's id is not webhook-id: ${String(bodyId)}`
  const due = typeof data?.due === 'string' ? Date.parse(data.due) : NaN
  if (typeof data?.reminder !== 'string' || typeof data.text !== 'string' || typeof data.late !== 'boolean')
    return `strange data: ${body.toString()}`
  if (data.occurrence === undefined || Number.isNaN(due) || Number.isNaN(Date.parse(String(eventAt))))
    return `strange times: ${body.toString()}`
  const { reminder, text, late } = data
  return { type: 'received', at, request, id, reminder, occurrence: String(data.occurrence), due, text, late }
}

interface DeliveryBody {
  readonly type?: unknown
  readonly id?: unknown
  readonly at?: unknown
  readonly data?: {
    readonly reminder?: unknown
    readonly occurrence?: unknown
    readonly due?: unknown
    readonly text?: unknown
    readonly late?: unknown
  }
}

function parse(body: Buffer): DeliveryBody | null {
  try {
    return JSON.parse(body.toString('utf8')) as DeliveryBody
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function answer(state: State, { request, id }: Delivery, mood: Mood, luck: Chance, response: ServerResponse): void {
  let done = false
  const settle = (outcome: AnswerOutcome): void => {
    if (done) return
    done = true
    if (outcome === 'accepted') state.accepted.add(id)
    state.ledger.append({ type: 'answered', at: Date.now(), request, outcome })
  }
  response.on('finish', () => settle(mood === 'error' ? 'failed' : 'accepted'))
  response.on('close', () => settle('gone'))
  response.on('error', () => settle('gone'))
  const send = (): void => {
    if (response.destroyed) return
    switch (mood) {
      case 'prompt':
      case 'slow':
        response.writeHead(200, { 'content-length': 0 }).end()
        return
      case 'error':
        response.writeHead(luck.happens(0.5) ? 500 : 503, { 'content-length': 0 }).end()
        return
      case 'reset':
        settle('reset')
        response.socket?.resetAndDestroy()
        return
      case 'cut':
        settle('cut')
        response.socket?.end('HTTP/1.1 200 OK\r\ncontent-le')
        return
    }
  }
  if (mood === 'prompt') send()
  else setTimeout(send, mood === 'slow' ? luck.between(100, 2_500) : luck.between(0, 300))
}

const [path, seed] = process.argv.slice(2)
if (path === undefined || seed === undefined) throw new Error('The receiver needs the path of its ledger and a seed.')
await main(path, seed)
