import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { inboxFull } from '@hearth/kernel'
import type { ErrorTable, Principal } from '@hearth/protocol'
import type { Hearth } from '../../compose.ts'
import type { Authentication } from './caller.ts'
import type { Listener } from './listener.ts'
import { problem, write, type Counted } from './reply.ts'
import type { Recorder } from '../recorder.ts'

interface TurnAwayOptions {
  readonly hearth: Hearth
  readonly listener: Listener
  readonly authentication: Authentication
  readonly recorder: Recorder
  readonly errors: ErrorTable
}

interface Waiting {
  readonly principal: Principal
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly since: number
}

/**
 * Stands before all routes. Where so much of a tenant waits that its call would be refused once it was read, it is refused before:
 * what a server that has too much to do spends on refusing is taken from those whom it serves.
 */
export function turnAway(routes: RequestListener, options: TurnAwayOptions): RequestListener {
  const { hearth, listener, authentication, recorder, errors } = options
  const waiting: Waiting[] = []
  const full = inboxFull()
  const { code } = full
  const refusal = problem(full, errors, mark)
  const [before = '', after = ''] = refusal.body.split(JSON.stringify(mark).slice(1, -1))
  return (request, response) => {
    const principal = isCall(request.url) ? authentication.known(request) : undefined
    if (principal === undefined || !hearth.turnsAway(principal.tenant)) return routes(request, response)
    waiting.push({ principal, request, response, since: performance.now() })
    if (waiting.length === 1) setImmediate(refuseSome)
  }

  function refuseSome(): void {
    for (const one of waiting.splice(0, atOnce)) refuse(one)
    if (waiting.length > 0) setImmediate(refuseSome)
  }

  function refuse({ principal, request, response, since: began }: Waiting): void {
    const requestId = listener.nextRequestId(request)
    write(response, requestId, { ...refusal, body: `${before}${requestId}${after}` })
    const { status } = refusal
    const bytes = (response as Counted).bodyBytes ?? 0
    recorder.done('rest', request, { requestId, operation: 'none', principal, status, code, began, bytes })
  }
}

/** Between two looks at what has arrived, from the database too, no more are refused than this. */
const atOnce = 64

/** Where the id stands that each answer has of its own; ids are words that stand in JSON as they are. */
const mark = '\u0001'

/** Whoever wants to know how the server does is let in at all times. */
const isCall = (url = ''): boolean => url.startsWith('/api/v1/') && !url.startsWith('/api/v1/status')
