import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HearthError } from '@hearth/protocol'
import type { Hearth } from '../../compose.ts'
import type { OwnerKey } from '../../platform/owner-key.ts'
import { collect } from './body.ts'
import { cookieOf, hasSession, owner, sessionCookie } from './caller.ts'
import type { HomePage, Reminder } from './home-page.ts'
import { homePage } from './home-page.ts'
import { write } from './reply.ts'
import type { Sessions } from './sessions.ts'
import { sessionMs } from './sessions.ts'

export interface PageOptions {
  readonly hearth: Hearth
  readonly ownerKey: OwnerKey
  readonly sessions: Sessions
}

/** The page that a person sees, and how a browser signs in and out: all of it works without JavaScript. */
export function addPages(app: FastifyInstance, options: PageOptions): void {
  const { hearth, ownerKey, sessions } = options

  const show = (request: FastifyRequest, reply: FastifyReply, page: Omit<HomePage, 'ready'>): void =>
    write(reply.raw, request.id, homePage({ ...page, ready: hearth.health().ready }))

  const signIn = (request: FastifyRequest, reply: FastifyReply, isAllowed: boolean, notice: string): void => {
    if (isAllowed) return goHome(request, reply, `${sessions.begin()}; Max-Age=${sessionMs / 1000}`)
    if (!isForPerson(request)) throw new HearthError('sign-in.link-spent', notice)
    show(request, reply, { status: 401, notice, reminders: undefined })
  }

  app.addContentTypeParser('application/x-www-form-urlencoded', (request, payload, done) =>
    collect(payload, request.headers['content-length'], (error, bytes) => done(error, bytes.toString('utf8'))),
  )
  app.get('/', async (request, reply) => {
    const reminders = hasSession(request.raw, sessions) ? await nextReminders(hearth, request.id) : undefined
    show(request, reply, { reminders })
  })
  app.get('/sign-in', { exposeHeadRoute: false }, (request, reply) => {
    const { token } = request.query as { readonly token?: unknown }
    const isGood = typeof token === 'string' && sessions.spendToken(token)
    signIn(request, reply, isGood, 'This sign-in link was used already or is older than 15 minutes.')
  })
  app.post('/sign-in', (request, reply) => {
    const key = new URLSearchParams(request.body as string).get('key')?.trim() ?? ''
    signIn(request, reply, ownerKey.matches(key), 'This key is not known here.')
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

async function nextReminders(hearth: Hearth, requestId: string): Promise<readonly Reminder[]> {
  const answer = await hearth.call({
    operation: 'reminders.list',
    input: { limit: 200 },
    principal: owner,
    key: undefined,
    requestId,
  })
  if (answer.status !== 200) return []
  const { items } = JSON.parse(answer.body) as { readonly items: readonly Partial<Reminder>[] }
  return items
    .filter((item): item is Reminder => typeof item.text === 'string' && typeof item.next === 'string')
    .toSorted((one, other) => one.next.localeCompare(other.next))
    .slice(0, 10)
}
