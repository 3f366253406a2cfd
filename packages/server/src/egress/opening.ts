import { isIP } from 'node:net'
import type { Answering, Network, NetworkFailure, Opened, OutgoingRequest } from '@hearth/models'
import type { Agent, Dispatcher } from 'undici'
import { checkedLookup, refusedTarget, sharedLookups, type Resolve } from './names.ts'
import { reasonOf } from './reasons.ts'
import type { Targets } from './targets.ts'

type Controller = Dispatcher.DispatchController

const connectWithinMs = 10_000
/** Less than most servers wait for the next request: one that is sent to a connection as it closes fails. */
const keepAliveMs = 4_000
const largestHead = 16_384

/** Opens requests whose answers come in pieces. The client is loaded with the first of them: it is 5 MB of memory. */
export function createOpening(targets: Targets, resolve?: Resolve): Network & Disposable {
  const lookUp = sharedLookups(resolve)
  const agents = new Map<boolean, Promise<Agent>>()
  const agentFor = (allowPrivate: boolean): Promise<Agent> => {
    const known = agents.get(allowPrivate)
    if (known !== undefined) return known
    const agent = import('undici').then(
      (undici) =>
        new undici.Agent({
          connect: { timeout: connectWithinMs, lookup: checkedLookup(targets, lookUp, allowPrivate) },
          keepAliveTimeout: keepAliveMs,
          maxHeaderSize: largestHead,
          pipelining: 1,
        }),
    )
    agents.set(allowPrivate, agent)
    agent.then(
      (made) => ready.set(allowPrivate, made),
      () => agents.delete(allowPrivate),
    )
    return agent
  }
  const ready = new Map<boolean, Agent>()
  return {
    open: (request, answer) => {
      const handler = new Handling(answer)
      const url = new URL(request.url)
      const bare = url.hostname.replace(/^\[|\]$/g, '')
      if (isIP(bare) !== 0 && !targets.mayReach(bare, request.allowPrivate)) handler.fail(refused)
      else {
        const agent = ready.get(request.allowPrivate)
        if (agent !== undefined) dispatch(agent, url, request, handler)
        else
          agentFor(request.allowPrivate).then(
            (made) => dispatch(made, url, request, handler),
            (error: unknown) => handler.fail(failureOf(error)),
          )
      }
      return handler
    },
    [Symbol.dispose]: () => {
      for (const agent of agents.values()) void agent.then((made) => made.destroy()).catch(() => undefined)
    },
  }
}

function dispatch(agent: Agent, url: URL, request: OutgoingRequest, handler: Handling): void {
  if (handler.isOver) return
  const { method, body, headWithinMs, idleMs } = request
  const headers = { 'user-agent': 'Hearth', 'accept-encoding': 'identity', ...request.headers }
  const path = `${url.pathname}${url.search}`
  try {
    agent.dispatch(
      { origin: url.origin, path, method, headers, body, headersTimeout: headWithinMs, bodyTimeout: idleMs },
      handler,
    )
  } catch (error) {
    handler.fail(failureOf(error))
  }
}

const refused: NetworkFailure = { type: 'refused', reason: refusedTarget }

/** Between the client's handler and ours: each side may be the first to end it. */
class Handling implements Dispatcher.DispatchHandler, Opened {
  readonly #answer: Answering
  #controller: Controller | null = null
  #isPaused = false
  isOver = false

  constructor(answer: Answering) {
    this.#answer = answer
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.isOver) controller.abort(stopped)
  }

  onRequestUpgrade(controller: Controller): void {
    this.fail({ type: 'away', reason: 'it wants to switch protocols' })
    controller.abort(stopped)
  }

  onResponseStart(controller: Controller, status: number, headers: Readonly<Record<string, string | string[]>>): void {
    // An interim answer.
    if (this.isOver || status < 200) return
    this.#answer.head(status, headers)
    if (this.#isPaused) controller.pause()
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (!this.isOver) this.#answer.data(chunk)
  }

  onResponseEnd(): void {
    if (this.isOver) return
    this.isOver = true
    this.#answer.ended()
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.fail(failureOf(error))
  }

  fail(failure: NetworkFailure): void {
    if (this.isOver) return
    this.isOver = true
    this.#answer.failed(failure)
  }

  pause(): void {
    this.#isPaused = true
    this.#controller?.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#controller?.resume()
  }

  abort(): void {
    if (this.isOver) return
    this.isOver = true
    this.#controller?.abort(stopped)
  }
}

/** One for all: what is made for each abort costs a stack. */
const stopped = new Error('nobody waits for it any more')

const late = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])

function failureOf(error: unknown): NetworkFailure {
  const reason = reasonOf(error)
  if (reason === refusedTarget) return refused
  return { type: late.has(String((error as { readonly code?: unknown }).code)) ? 'late' : 'away', reason }
}
