import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Recorder } from '../recorder.ts'
import type { Counted } from './reply.ts'

/** By the pattern of the path: what stands in a path that nobody knows may be a secret in the wrong place. */
export function routeOf(request: FastifyRequest): string {
  const { url } = request.routeOptions
  if (url === undefined) return 'none'
  const operation = /^\/api\/v1\/call\/([\w.-]+)$/.exec(url)?.[1]
  return operation ?? `${request.method} ${url}`
}

/** Probes come every second, and say nothing while all is well. */
const probes: ReadonlySet<string> = new Set(['/healthz', '/health', '/readyz', '/ready'])

const special: Readonly<Record<string, 'sign-in' | 'sign-out'>> = { '/sign-in': 'sign-in', '/sign-out': 'sign-out' }

/** Tells of answers that are no operation's. */
export const recordOwn =
  ({ done }: Recorder) =>
  (request: FastifyRequest, reply: FastifyReply, next: () => void): void => {
    const { id: requestId, principal, startedAt: began, routeOptions } = request
    const { statusCode: status, bodyBytes: bytes = 0 } = reply.raw as Counted
    const { url = '' } = routeOptions
    if (!request.isRecorded && !(probes.has(url) && status < 400)) {
      const what = special[url]
      const about = { requestId, operation: routeOf(request), principal, status, began, bytes }
      done('rest', request.raw, what === undefined ? about : { ...about, what })
    }
    next()
  }
