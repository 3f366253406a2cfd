/** What a code means to the outside. `retry` tells a client whether the same request can succeed later. */
export interface ErrorMeaning {
  readonly status: number
  readonly title: string
  readonly retry?: 'later'
}

export type ErrorTable = Readonly<Record<string, ErrorMeaning>>

/** Codes that belong to no feature. A feature declares its own beside its operations. */
export const coreErrors = {
  'ask.expired': { status: 409, title: 'It came after its time' },
  'ask.too-many-hops': { status: 409, title: 'Homes asked one another in a circle' },
  'auth.home-refused': { status: 403, title: 'This key belongs to another home' },
  'auth.key-expired': { status: 401, title: 'This key has expired' },
  'auth.key-missing': { status: 401, title: 'A key is needed' },
  'auth.key-unknown': { status: 401, title: 'This key is not known' },
  'auth.permission-missing': { status: 403, title: 'This key may not do that' },
  'auth.too-many-attempts': { status: 429, title: 'Too many unknown keys were tried', retry: 'later' },
  'actor.from-the-future': { status: 503, title: 'This actor waits for a newer version of Hearth', retry: 'later' },
  'actor.event-too-large': { status: 413, title: 'An event would be too large' },
  'actor.too-large': { status: 409, title: 'An actor would be too large' },
  'archive.damaged': { status: 503, title: 'A file of the archive is damaged', retry: 'later' },
  'archive.missing': { status: 503, title: 'A file of the archive is not there', retry: 'later' },
  'blob.damaged': { status: 500, title: 'Stored content is damaged' },
  'blob.too-large': { status: 413, title: 'The content is too large' },
  'bus.full': { status: 429, title: 'Too much is on its way', retry: 'later' },
  'command.failed': { status: 500, title: 'The command could not be decided' },
  'command.refused-by-store': { status: 500, title: 'The store refused what the command wrote' },
  'door.body-malformed': { status: 400, title: 'The body is not valid JSON' },
  'door.body-too-large': { status: 413, title: 'The body is too large' },
  'door.content-type-unsupported': { status: 415, title: 'The body must be JSON' },
  'door.failed': { status: 500, title: 'Something went wrong here' },
  'door.headers-too-large': { status: 431, title: 'The headers are too large' },
  'door.host-refused': { status: 421, title: 'This server does not answer for that host' },
  'door.method-not-allowed': { status: 405, title: 'This path has no such method' },
  'door.origin-refused': { status: 403, title: 'Calls from that origin are refused' },
  'door.path-unknown': { status: 404, title: 'Nothing is here' },
  'door.request-malformed': { status: 400, title: 'The request is malformed' },
  'home.unknown': { status: 404, title: 'There is no such home' },
  'idempotency.answer-forgotten': { status: 410, title: 'What was answered then was forgotten' },
  'idempotency.key-invalid': { status: 400, title: 'The idempotency key is not valid' },
  'idempotency.key-reused': { status: 422, title: 'This key was used with another input' },
  'inbox.full': { status: 429, title: 'Too much is waiting', retry: 'later' },
  'input.invalid': { status: 400, title: 'The input is not valid' },
  'live.frame-malformed': { status: 400, title: 'The frame is malformed' },
  'live.id-taken': { status: 409, title: 'This id is in use on the connection' },
  'live.too-many-calls': { status: 429, title: 'Too many calls of one connection are under way', retry: 'later' },
  'live.upgrade-needed': { status: 426, title: 'This path speaks WebSocket' },
  'network.target-refused': { status: 422, title: 'That address may not be reached' },
  'operation.unknown': { status: 404, title: 'There is no such operation' },
  'rate.exceeded': { status: 429, title: 'This key has called too often', retry: 'later' },
  'read.behind': { status: 503, title: 'What is read has not come to that position yet', retry: 'later' },
  'read.position-invalid': { status: 400, title: 'The position is not valid' },
  'server.stopping': { status: 503, title: 'The server is stopping', retry: 'later' },
  'slot.moving': { status: 503, title: 'This home is being handed over', retry: 'later' },
  'tell.too-deep': { status: 409, title: 'This would lead from actor to actor without end' },
  'tell.too-many': { status: 409, title: 'This would concern too many actors at once' },
  'view.building': { status: 503, title: 'This view is being built', retry: 'later' },
  'store.unavailable': { status: 503, title: 'The database cannot be reached', retry: 'later' },
  'worker.lost': { status: 503, title: 'A worker ended before it answered', retry: 'later' },
  'watch.not-watchable': { status: 422, title: 'This operation cannot be watched' },
  'watch.too-many': { status: 429, title: 'Too much is being watched', retry: 'later' },
} as const satisfies ErrorTable

export interface ErrorIssue {
  readonly path: string
  readonly message: string
}

export interface ErrorOptions {
  readonly issues?: readonly ErrorIssue[]
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/** A failure that a person or program caused or can do something about. `detail` may be shown to anyone. */
export class HearthError extends Error {
  readonly code: string
  readonly issues: readonly ErrorIssue[] | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: string, detail: string, options: ErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'HearthError'
    this.code = code
    this.issues = options.issues
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly requestId: string
  readonly issues?: readonly ErrorIssue[]
}

/** RFC 9457. A code without a meaning is a fault of ours and answers 500. */
export function toProblem(
  error: { readonly code: string; readonly detail: string; readonly issues?: readonly ErrorIssue[] | undefined },
  table: ErrorTable,
  requestId: string,
): Problem {
  const meaning = table[error.code] ?? { status: 500, title: 'Something went wrong here' }
  return {
    type: `urn:hearth:error:${error.code}`,
    title: meaning.title,
    status: meaning.status,
    detail: error.detail,
    code: error.code,
    requestId,
    ...(error.issues === undefined ? {} : { issues: error.issues }),
  }
}
