import type { RequestListener } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import type { ForeignRoute } from '@hearth/features'
import { HearthError, type ErrorTable, type Principal } from '@hearth/protocol'
import type { Hearth } from '../../compose.ts'
import type { Logger } from '../../platform/logs.ts'
import type { Recorder } from '../recorder.ts'
import { watchGarbage } from '../../platform/garbage.ts'
import { watchLoopDelay } from '../../platform/loop-delay.ts'
import { bodyLimit, readJson } from './body.ts'
import type { Authentication } from './caller.ts'
import { earlyErrors } from './errors.ts'
import { toHearthError } from './failures.ts'
import { checkHostAndOrigin } from './guard.ts'
import type { Listener } from './listener.ts'
import { addForeign, inItsForm, takeOtherKey, whoRefuses } from './foreign.ts'
import { addOperations } from './operations.ts'
import { addDescriptions, addMetrics, addOpenApi, addProbes, addReference, toldBy } from './own-routes.ts'
import { addPages, type PageOptions } from './pages.ts'
import { recordOwn, routeOf } from './own-record.ts'
import { problem, write, type Body, type Counted } from './reply.ts'
import { routeTable } from './route-table.ts'
import type { Sessions } from './sessions.ts'
import { turnAway } from './turn-away.ts'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal
    startedAt: number
    isRecorded: boolean
  }
}

export interface AppOptions {
  readonly listener: Listener
  readonly hearth: Hearth
  readonly signIn: PageOptions['signIn']
  readonly authentication: Authentication
  readonly sessions: Sessions
  readonly metrics: 'key' | 'open'
  readonly recorder: Recorder
  readonly connections: () => number
  readonly log: Logger
}

/** The routes; nothing reaches them before `listener.serve`. */
export async function buildApp(options: AppOptions): Promise<RequestListener> {
  const { listener, hearth, signIn, authentication, sessions, metrics, recorder, log } = options
  const { once: authenticate } = authentication
  const errors: ErrorTable = { ...earlyErrors, ...hearth.errors }
  const loopDelay = watchLoopDelay()
  const garbage = watchGarbage()
  const own = toldBy({ hearth, recorder, loopDelay, garbage, listener, live: options.connections })
  hearth.together?.offer(own)
  const told = hearth.together ?? own

  const answered = (
    request: FastifyRequest,
    reply: FastifyReply,
    operation: string,
    { status, body }: Body,
    counted = operation,
    code?: string,
  ): void => {
    request.isRecorded = true
    const { id: requestId, principal, startedAt: began } = request
    const bytes = (reply.raw as Counted).bodyBytes ?? 0
    const about = { requestId, operation, counted, principal, status, body, code, began, bytes }
    recorder.done('rest', request.raw, about)
  }
  const foreignRoutes = hearth.foreign.routes
  const refusal = refusalsOf(foreignRoutes)
  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown): void => {
    const known = toHearthError(error)
    if (known.code === 'door.failed') log.error({ requestId: request.id, err: error }, 'a request failed')
    const body = refusal(request, known, errors)
    write(reply.raw, request.id, body)
    answered(request, reply, routeOf(request), body, 'none', known.code)
  }
  const guard = (request: FastifyRequest): void => {
    request.startedAt = performance.now()
    checkHostAndOrigin(request.raw, listener.acceptsHost)
  }
  const guardForCaller = (request: FastifyRequest): void => {
    guard(request)
    request.principal = authenticate(request.raw)
  }

  const app = bareApp(listener, refusal, (request, reply, body, code) => {
    request.startedAt = performance.now()
    answered(request, reply, 'none', body, 'none', code)
  })
  const routes = routeTable(app)
  /** Why nothing is at this path, or not with this method: told to those alone who may know. */
  const unrouted = (request: FastifyRequest, reply: FastifyReply): unknown => {
    try {
      guard(request)
      if (whoRefuses(foreignRoutes, request.url) !== undefined) takeOtherKey(request.raw)
      const { error, allow, isOpen } = routes.refusal(request)
      if (!isOpen) authenticate(request.raw)
      if (allow !== undefined) reply.raw.setHeader('allow', allow)
      return error.code === 'door.path-unknown' ? withPaths(error, foreignRoutes, request.url) : error
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
    open.addHook('onResponse', recordOwn(recorder))
    addProbes(open, { hearth, errors })
    addOpenApi(open, hearth)
    addReference(open, hearth)
    addPages(open, { hearth, signIn, sessions })
    if (metrics === 'open') addMetrics(open, told, true)
    done()
  })
  await app.register((foreign, _options, done) => {
    foreign.addHook('onResponse', recordOwn(recorder))
    addForeign(foreign, { hearth, errors, log, guard: guardForCaller })
    done()
  })
  await app.register((closed, _options, done) => {
    closed.addHook('onRequest', hook(guardForCaller))
    closed.addContentTypeParser('application/json', readJson)
    addOperations(closed, { hearth, answered, fail })
    // What is told of operations is apart from them: a hook costs each call something.
    void closed.register((rest, _more, ready) => {
      rest.addHook('onResponse', recordOwn(recorder))
      addDescriptions(rest, { hearth }, told)
      if (metrics === 'key') addMetrics(rest, told, false)
      ready()
    })
    done()
  })
  listener.server.once('close', () => {
    loopDelay[Symbol.dispose]()
    garbage[Symbol.dispose]()
  })
  await app.ready()
  return turnAway(app.routing, { hearth, listener, authentication, recorder, errors })
}

type TellOfError = (request: FastifyRequest, reply: FastifyReply, answer: Body, code: string) => void

/** Clients of other protocols differ in where they begin: what there is says which of both is wrong. */
function withPaths(error: HearthError, routes: readonly ForeignRoute[], url: string): HearthError {
  const below = whoRefuses(routes, url)?.refusesBelow
  if (below === undefined) return error
  const paths = routes.filter(({ path }) => path.startsWith(below)).map(({ method, path }) => `${method} ${path}`)
  return new HearthError(error.code, `${error.message} There are: ${paths.join(', ')}.`)
}

type Refuse = (request: FastifyRequest, error: HearthError, errors: ErrorTable) => Body

/** In the form that whoever calls there reads. */
const refusalsOf =
  (routes: readonly ForeignRoute[]): Refuse =>
  (request, error, errors) => {
    const route = whoRefuses(routes, request.url)
    return route === undefined ? problem(error, errors, request.id) : inItsForm(route, error, errors, request)
  }

/** `tell`: of what is refused before there is a route. */
function bareApp(listener: Listener, refusal: Refuse, tell: TellOfError): FastifyInstance {
  const app = fastify({
    serverFactory: () => listener.server,
    // The listener answers these, also before there is an app.
    clientErrorHandler: () => undefined,
    frameworkErrors: (error, request, reply) => {
      const known = toHearthError(error)
      const body = refusal(request, known, earlyErrors)
      write(reply.raw, request.id, body)
      tell(request, reply, body, known.code)
    },
    genReqId: listener.nextRequestId,
    bodyLimit,
    return503OnClosing: false,
    // The request line has its own bound.
    routerOptions: { maxParamLength: 16 * 1024 },
  })
  app.removeAllContentTypeParsers()
  app.decorateRequest('startedAt', 0)
  app.decorateRequest('isRecorded', false)
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
