import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HearthError } from '@hearth/protocol'
import type { Hearth } from '../../compose.ts'
import { collect } from './body.ts'
import { cookieOf, hasSession, sessionCookie } from './caller.ts'
import type { HomePage } from './home-page.ts'
import { homePage } from './home-page.ts'
import { nextReminders } from './next-reminders.ts'
import { write } from './reply.ts'
import type { Sessions } from './sessions.ts'
import { sessionMs } from './sessions.ts'

export interface PageOptions {
  readonly hearth: Hearth
  /** Throws where it is not the owner's key. */
  readonly signIn: (key: string, request: IncomingMessage) => void
  readonly sessions: Sessions
}

/** The page that a person sees, and how a browser signs in and out: all of it works without JavaScript. */
export function addPages(app: FastifyInstance, options: PageOptions): void {
  const { hearth, sessions } = options

  const show = (request: FastifyRequest, reply: FastifyReply, page: Omit<HomePage, 'ready'>): void =>
    write(reply.raw, request.id, homePage({ ...page, ready: hearth.health().ready }))

  const signIn = (request: FastifyRequest, reply: FastifyReply): void =>
    goHome(request, reply, `${sessions.begin()}; Max-Age=${sessionMs / 1000}`)

  const refuse = (request: FastifyRequest, reply: FastifyReply, error: HearthError): void => {
    if (!isForPerson(request)) throw error
    show(request, reply, { status: 401, notice: error.message, reminders: undefined })
  }

  app.addContentTypeParser('application/x-www-form-urlencoded', (request, payload, done) =>
    collect(payload, request.headers['content-length'], (error, bytes) => done(error, bytes.toString('utf8'))),
  )
  app.get('/', async (request, reply) => {
    const reminders = hasSession(request.raw, sessions) ? await nextReminders(hearth.call, request.id) : undefined
    show(request, reply, { reminders })
  })
  app.get('/sign-in', { exposeHeadRoute: false }, (request, reply) => {
    const { token } = request.query as { readonly token?: unknown }
    if (typeof token === 'string' && sessions.spendToken(token)) return signIn(request, reply)
    const detail = 'This sign-in link was used already or is older than 15 minutes.'
    refuse(request, reply, new HearthError('sign-in.link-spent', detail))
  })
  app.post('/sign-in', (request, reply) => {
    const key = new URLSearchParams(request.body as string).get('key')?.trim() ?? ''
    if (key === '') return refuse(request, reply, new HearthError('auth.key-missing', "Give the owner's key."))
    try {
      options.signIn(key, request.raw)
    } catch (error) {
      if (!(error instanceof HearthError)) throw error
      return refuse(request, reply, error)
    }
    signIn(request, reply)
  })
  app.post('/sign-out', (request, reply) => {
    const value = cookieOf(request.raw)
    if (value !== undefined && hasSession(request.raw, sessions)) sessions.end(value)
    goHome(request, reply, '; Max-Age=0')
  })
}

function goHome(request: FastifyRequest, reply: FastifyReply, cookie: string): void {
  const headers = {
    location: '/',
    'set-cookie': `${sessionCookie(request.raw)}=${cookie}; Path=/; HttpOnly; SameSite=Strict`,
    'referrer-policy': 'no-referrer',
  }
  write(reply.raw, request.id, { status: 303, contentType: 'text/plain', body: '', headers })
}

const isForPerson = (request: FastifyRequest): boolean => (request.headers.accept ?? '').includes('text/html')
