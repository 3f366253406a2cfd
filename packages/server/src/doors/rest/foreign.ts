import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ForeignRoute } from '@hearth/features'
import type { ErrorTable, HearthError } from '@hearth/protocol'
import type { Hearth } from '../../compose.ts'
import { correlationOf } from '../../correlation.ts'
import type { Logger } from '../../platform/logs.ts'
import { collect, parseJson } from './body.ts'
import { toHearthError } from './failures.ts'
import { idempotencyKey } from './key-header.ts'
import { problem, write, type Body } from './reply.ts'
import { responseSink, type ResponseSink } from './response-sink.ts'

export interface ForeignContext {
  readonly hearth: Pick<Hearth, 'foreign'>
  readonly errors: ErrorTable
  readonly log: Logger
  /** Throws where nobody known calls. */
  readonly guard: (request: FastifyRequest) => void
}

/** Paths where clients of other protocols call: each answers, and refuses, in the form of its own. */
export function addForeign(app: FastifyInstance, context: ForeignContext): void {
  for (const route of context.hearth.foreign.routes) {
    const url = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    void app.register((scope, _options, done) => {
      scope.addHook('onRequest', (request, reply, next) => {
        try {
          takeOtherKey(request.raw)
          context.guard(request)
          next()
        } catch (error) {
          refuse(context, route, request, reply, error)
        }
      })
      scope.setErrorHandler((error, request, reply) => refuse(context, route, request, reply, error))
      scope.addContentTypeParser('*', (request, payload, next) => {
        collect(payload, request.headers['content-length'], next, route.mostBytes)
      })
      scope.route({ method: route.method, url, handler: (request, reply) => answer(context, route, request, reply) })
      done()
    })
  }
}

function answer(context: ForeignContext, route: ForeignRoute, request: FastifyRequest, reply: FastifyReply): void {
  const { id: requestId, principal, headers } = request
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const correlation = correlationOf(requestId, headers['traceparent'])
  const asked = {
    fields: request.params as Readonly<Record<string, string>>,
    headers,
    body,
    json: () => parseJson(body, headers['content-type']),
    requestId,
    key: idempotencyKey(request.raw),
    sink: responseSink(reply.raw, requestId, route.idHeader?.(headers)),
  }
  context.hearth.foreign
    .call({ route, principal, correlation, request: asked })
    .then(() => {
      // Nobody may be left waiting for what will not come.
      if (!asked.sink.hasEnded && !reply.raw.destroyed) throw new Error('an answer has no end')
    })
    .catch((error: unknown) => refuse(context, route, request, reply, error, asked.sink))
}

function refuse(
  { errors, log }: ForeignContext,
  route: ForeignRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  sink?: Pick<ResponseSink, 'hasEnded'>,
): void {
  const known = toHearthError(error)
  if (known.code === 'door.failed') log.error({ requestId: request.id, err: error }, 'a request failed')
  if (sink?.hasEnded === true) return
  // What has begun cannot be refused any more: that it ends without its end is how a client sees it.
  if (reply.raw.headersSent) return reply.raw.writableEnded ? undefined : void reply.raw.destroy()
  write(reply.raw, request.id, inItsForm(route, known, errors, request))
}

/** Clients of Anthropic’s protocol show their key in a header of its own. */
export function takeOtherKey({ headers }: IncomingMessage): void {
  const { authorization, 'x-api-key': key } = headers
  if (authorization === undefined && typeof key === 'string' && key !== '') headers.authorization = `Bearer ${key}`
}

export const whoRefuses = (routes: readonly ForeignRoute[], url: string): ForeignRoute | undefined =>
  routes.find(({ refusesBelow }) => refusesBelow !== undefined && url.startsWith(refusesBelow))

/** With the headers that any refusal has. */
export function inItsForm(
  route: ForeignRoute,
  error: HearthError,
  errors: ErrorTable,
  { id: requestId, headers: sent }: FastifyRequest,
): Body {
  const { status, headers = {} } = problem(error, errors, requestId)
  const told = route.refused(error, status, requestId, sent)
  const idHeader = route.idHeader?.(sent)
  const all = idHeader === undefined ? headers : { ...headers, [idHeader]: requestId }
  return { status: told.status, contentType: 'application/json', body: JSON.stringify(told.body), headers: all }
}
