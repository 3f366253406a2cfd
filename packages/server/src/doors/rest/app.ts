import type { RequestListener } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import type { ErrorTable, Principal } from '@hearth/protocol'
import type { Hearth } from '../../compose.ts'
import type { Logger } from '../../platform/logs.ts'
import { watchLoopDelay } from '../../platform/loop-delay.ts'
import { bodyLimit, readJson } from './body.ts'
import type { Authentication } from './caller.ts'
import { earlyErrors } from './errors.ts'
import { toHearthError } from './failures.ts'
import { checkHostAndOrigin } from './guard.ts'
import type { Listener } from './listener.ts'
import { meterRequests } from './metrics.ts'
import { addOperations } from './operations.ts'
import { addDescriptions, addMetrics, addOpenApi, addProbes, toldBy } from './own-routes.ts'
import { addPages, type PageOptions } from './pages.ts'
import { problem, write } from './reply.ts'
import { routeTable } from './route-table.ts'
import type { Sessions } from './sessions.ts'
import { turnAway } from './turn-away.ts'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal
    startedAt: number
  }
}

export interface AppOptions {
  readonly listener: Listener
  readonly hearth: Hearth
  readonly signIn: PageOptions['signIn']
  readonly authentication: Authentication
  readonly sessions: Sessions
  readonly metrics: 'key' | 'open'
  readonly log: Logger
}

/** The routes; nothing reaches them before `listener.serve`. */
export async function buildApp(options: AppOptions): Promise<RequestListener> {
  const { listener, hearth, signIn, authentication, sessions, metrics, log } = options
  const { once: authenticate } = authentication
  const errors: ErrorTable = { ...earlyErrors, ...hearth.errors }
  const meter = meterRequests()
  const loopDelay = watchLoopDelay()
  const own = toldBy({ hearth, meter, loopDelay, url: listener.url })
  hearth.together?.offer(own)
  const told = hearth.together ?? own
  const isAccessLogged = log.isLevelEnabled('debug')

  const answered = (request: FastifyRequest, operation: string, status: number): void => {
    const seconds = (performance.now() - request.startedAt) / 1000
    meter.observe(operation, status, seconds)
    if (isAccessLogged) log.debug({ requestId: request.id, operation, status, seconds }, 'answered')
  }
  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown): void => {
    const known = toHearthError(error)
    if (known.code === 'door.failed') log.error({ requestId: request.id, err: error }, 'a request failed')
    const body = problem(known, errors, request.id)
    write(reply.raw, request.id, body)
    answered(request, 'none', body.status)
  }
  const guard = (request: FastifyRequest): void => {
    request.startedAt = performance.now()
    checkHostAndOrigin(request.raw, listener.acceptsHost)
  }
  const guardForCaller = (request: FastifyRequest): void => {
    guard(request)
    request.principal = authenticate(request.raw)
  }

  const app = bareApp(listener)
  const routes = routeTable(app)
  /** Why nothing is at this path, or not with this method: told to those alone who may know. */
  const unrouted = (request: FastifyRequest, reply: FastifyReply): unknown => {
    try {
      guard(request)
      const { error, allow, isOpen } = routes.refusal(request)
      if (!isOpen) authenticate(request.raw)
      if (allow !== undefined) reply.raw.setHeader('allow', allow)
      return error
    } catch (error) {
      return error
    }
  }
  // The framework has complaints of its own about requests that lead nowhere.
  app.setErrorHandler((error, request, reply) => fail(request, reply, request.is404 ? unrouted(request, reply) : error))
  app.setNotFoundHandler((request, reply) => fail(request, reply, unrouted(request, reply)))
  await app.register((open, _options, done) => {
    open.addHook('onRoute', ({ url }) => routes.open(url))
    open.addHook('onRequest', hook(guard))
    addProbes(open, { hearth, errors })
    addOpenApi(open, hearth)
    addPages(open, { hearth, signIn, sessions })
    if (metrics === 'open') addMetrics(open, told, true)
    done()
  })
  await app.register((closed, _options, done) => {
    closed.addHook('onRequest', hook(guardForCaller))
    closed.addContentTypeParser('application/json', readJson)
    addOperations(closed, { hearth, answered, fail })
    addDescriptions(closed, { hearth }, told)
    if (metrics === 'key') addMetrics(closed, told, false)
    done()
  })
  listener.server.once('close', () => loopDelay[Symbol.dispose]())
  await app.ready()
  return turnAway(app.routing, { hearth, listener, authentication, meter, errors })
}

function bareApp(listener: Listener): FastifyInstance {
  const app = fastify({
    serverFactory: () => listener.server,
    // The listener answers these, also before there is an app.
    clientErrorHandler: () => undefined,
    frameworkErrors: (error, request, reply) =>
      write(reply.raw, request.id, problem(toHearthError(error), earlyErrors, request.id)),
    genReqId: listener.nextRequestId,
    bodyLimit,
    return503OnClosing: false,
    // The request line has its own bound.
    routerOptions: { maxParamLength: 16 * 1024 },
  })
  app.removeAllContentTypeParsers()
  app.decorateRequest('startedAt', 0)
  app.decorateRequest('principal')
  return app
}

const hook =
  (check: (request: FastifyRequest) => void) =>
  (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void => {
    try {
      check(request)
    } catch (error) {
      return done(error as Error)
    }
    done()
  }
