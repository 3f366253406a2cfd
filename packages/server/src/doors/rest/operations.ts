import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { OperationDefinition } from '@hearth/protocol'
import { canonicalJson, HearthError, inputSchema, outputSchema } from '@hearth/protocol'
import type { CallAnswer } from '../../call.ts'
import type { Hearth } from '../../compose.ts'
import { correlationOf } from '../../correlation.ts'
import { idempotencyKey } from './key-header.ts'
import type { Query } from './query.ts'
import { queryReader } from './query.ts'
import { write, type Body } from './reply.ts'

type InputOf = (request: FastifyRequest) => unknown
type Fields = Readonly<Record<string, unknown>>

export interface CallContext {
  readonly hearth: Hearth
  readonly answered: (request: FastifyRequest, reply: FastifyReply, operation: string, answer: Body) => void
  readonly fail: (request: FastifyRequest, reply: FastifyReply, error: unknown) => void
}

const root = '/api/v1'

/** Every operation at `/api/v1/call/<name>` and at a path of its own. */
export function addOperations(app: FastifyInstance, context: CallContext): void {
  for (const operation of context.hearth.operations) {
    const { method, path } = operation.path
    app.post(`${root}/call/${operation.name}`, handler(operation.name, bodyOf, context))
    const url = `${root}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    app.route({ method, url, handler: handler(operation.name, inputAt(operation), context) })
  }
  const unknown = (): never => {
    throw new HearthError('operation.unknown', 'There is no operation of that name. GET /api/v1/operations lists them.')
  }
  // As a hook it comes before the body is read, which may be of any type.
  app.post(`${root}/call/:operation`, { onRequest: unknown }, unknown)
}

function handler(operation: string, inputOf: InputOf, context: CallContext): RouteHandlerMethod {
  const { hearth, answered, fail } = context
  return (request, reply) => {
    const { principal, id: requestId } = request
    const respond = (answer: CallAnswer): void => {
      write(reply.raw, requestId, answer)
      answered(request, reply, operation, answer)
    }
    const { 'hearth-position': after } = request.headers
    const call = {
      operation,
      input: inputOf(request),
      principal,
      key: idempotencyKey(request.raw),
      after: typeof after === 'string' ? after : undefined,
      requestId,
      correlation: correlationOf(requestId, request.headers['traceparent']),
      door: 'rest' as const,
    }
    hearth
      .call(call)
      .then(respond)
      .catch((error: unknown) => fail(request, reply, error))
  }
}

const bodyOf: InputOf = ({ body }) => (body === undefined ? {} : body)

/** The fields of the path, and those of the query where the method has no body of its own, join the body's. */
function inputAt(operation: OperationDefinition): InputOf {
  const { method } = operation.path
  let reader: ReturnType<typeof queryReader> | undefined
  return (request) => {
    reader ??= queryReader(inputSchema(operation))
    const query = method === 'GET' || method === 'DELETE' ? reader(queryOf(request)) : {}
    const body = method === 'GET' ? {} : objectOf(bodyOf(request))
    return merge(merge(query, body), reader(request.params as Query))
  }
}

/** Fastify leaves what is no percent-encoding as it is: a name that nobody meant. */
function queryOf(request: FastifyRequest): Query {
  const { url } = request
  const start = url.indexOf('?')
  if (start >= 0 && url.includes('%', start) && !isEncoded(url.slice(start)))
    throw new HearthError('door.request-malformed', 'The query is not percent-encoded UTF-8.')
  return request.query as Query
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function objectOf(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields
  throw new HearthError('input.invalid', 'The input must be an object.')
}

function merge(one: Fields, other: Fields): Fields {
  for (const [name, value] of Object.entries(other)) {
    if (!Object.hasOwn(one, name) || canonicalJson(one[name]) === canonicalJson(value)) continue
    const issues = [{ path: name, message: 'is given twice, with different values' }]
    throw new HearthError('input.invalid', 'The input is not valid.', { issues })
  }
  return { ...one, ...other }
}

export function describeOperations(operations: readonly OperationDefinition[]): readonly object[] {
  return operations.map((operation) => ({
    name: operation.name,
    summary: operation.summary,
    permission: operation.permission,
    consequence: operation.consequence,
    watchable: 'watches' in operation && operation.watches !== undefined,
    path: { method: operation.path.method, path: `${root}${operation.path.path}` },
    input: inputSchema(operation),
    output: outputSchema(operation),
    examples: operation.examples,
  }))
}
