import { isIP } from 'node:net'
import type { Answering, Network, NetworkFailure, Opened, OutgoingRequest } from '@hearth/models'
import type { Agent, Dispatcher } from 'undici'
import { checkedLookup, refusedTarget, sharedLookups, type Resolve } from './names.ts'
import { reasonOf } from './reasons.ts'
import { createSilences, type Quiet, type Silences } from './silences.ts'
import type { Targets } from './targets.ts'

type Controller = Dispatcher.DispatchController

const connectWithinMs = 10_000
/** Less than most servers wait for the next request: one that is sent to a connection as it closes fails. */
const keepAliveMs = 4_000
const largestHead = 16_384
/** What is to be noticed sooner has a timer of its own. */
const soonMs = 2_000

/** Opens requests whose answers come in pieces. The client is loaded with the first of them: it is 5 MB of memory. */
export function createOpening(targets: Targets, resolve?: Resolve): Network & Disposable {
  const lookUp = sharedLookups(resolve)
  const silences = createSilences()
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
      const handler = new Handling(answer, request, silences)
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
  const { method, body } = request
  const timeouts = { headersTimeout: timerOf(request.headWithinMs), bodyTimeout: timerOf(request.idleMs) }
  const headers: string[] = []
  for (const name in request.headers) headers.push(name, request.headers[name] as string)
  // In a list a name that is there twice goes out twice.
  for (const name in usual) if (request.headers[name] === undefined) headers.push(name, usual[name] as string)
  const path = `${url.pathname}${url.search}`
  try {
    agent.dispatch({ origin: url.origin, path, method, headers, body, ...timeouts }, handler)
  } catch (error) {
    handler.fail(failureOf(error))
  }
}

const usual: Readonly<Record<string, string>> = { 'user-agent': 'Hearth', 'accept-encoding': 'identity' }

/** The client's own; 0: none, the silence is noticed here. */
const timerOf = (ms: number): number => (ms < soonMs ? ms : 0)
const watched = (ms: number): number => (ms < soonMs ? Infinity : ms)

const refused: NetworkFailure = { type: 'refused', reason: refusedTarget }

/** Between the client's handler and ours: each side may be the first to end it. */
class Handling implements Dispatcher.DispatchHandler, Opened, Quiet {
  readonly #answer: Answering
  readonly #limits: Pick<OutgoingRequest, 'headWithinMs' | 'idleMs'>
  readonly #silences: Silences
  #unwatch: (() => void) | null = null
  #hasHead = false
  #controller: Controller | null = null
  #isPaused = false
  #isOver = false
  hasStirred = true

  constructor(answer: Answering, limits: Pick<OutgoingRequest, 'headWithinMs' | 'idleMs'>, silences: Silences) {
    this.#answer = answer
    this.#limits = limits
    this.#silences = silences
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get mostMs(): number {
    const { headWithinMs, idleMs } = this.#limits
    // What was told to wait may be as quiet as it likes.
    return this.#isPaused ? Infinity : watched(this.#hasHead ? idleMs : headWithinMs)
  }

  late(): void {
    const reason = reasonOf({ code: this.#hasHead ? 'UND_ERR_BODY_TIMEOUT' : 'UND_ERR_HEADERS_TIMEOUT' })
    this.fail({ type: 'late', reason })
    this.#controller?.abort(stopped)
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(stopped)
    else this.#unwatch ??= this.#silences.watch(this)
  }

  onRequestUpgrade(controller: Controller): void {
    this.fail({ type: 'away', reason: 'it wants to switch protocols' })
    controller.abort(stopped)
  }

  onResponseStart(controller: Controller, status: number, headers: Readonly<Record<string, string | string[]>>): void {
    this.hasStirred = true
    // An interim answer.
    if (this.#isOver || status < 200) return
    this.#hasHead = true
    this.#answer.head(status, headers)
    if (this.#isPaused) controller.pause()
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.hasStirred = true
    if (!this.#isOver) this.#answer.data(chunk)
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    this.#end()
    this.#answer.ended()
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.fail(failureOf(error))
  }

  fail(failure: NetworkFailure): void {
    if (this.#isOver) return
    this.#end()
    this.#answer.failed(failure)
  }

  pause(): void {
    this.#isPaused = true
    this.#controller?.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.hasStirred = true
    this.#controller?.resume()
  }

  abort(): void {
    if (this.#isOver) return
    this.#end()
    this.#controller?.abort(stopped)
  }

  #end(): void {
    this.#isOver = true
    this.#unwatch?.()
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
