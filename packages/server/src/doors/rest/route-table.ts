import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HearthError } from '@hearth/protocol'

export interface RouteTable {
  /** Why nothing answers a request: no such path, or not with this method. */
  refusal(request: FastifyRequest): Refusal
  /** Notes that this path is there for anyone. */
  open(url: string): void
}

export interface Refusal {
  readonly error: HearthError
  readonly allow: string | undefined
  /** Whether it may be told to callers without a key. */
  readonly isOpen: boolean
}

/** Notes every route that is added from now on. */
export function routeTable(app: FastifyInstance): RouteTable {
  const opened = new Set<string>()
  const routes: { readonly method: string; readonly segments: readonly string[] }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, segments: url.split('/') })
  })
  return {
    open: (url) => opened.add(url),
    refusal: (request) => {
      const path = request.url.split('?', 1)[0] ?? ''
      const segments = path.split('/')
      const isOpen = opened.has(path)
      const matching = routes.filter((route) => matches(route.segments, segments))
      // A path that is named as it is comes before one with a field in its place.
      const fewest = Math.min(...matching.map((route) => fieldsIn(route.segments)))
      const nearest = matching.filter((route) => fieldsIn(route.segments) === fewest)
      const methods = new Set(nearest.map(({ method }) => method))
      if (methods.size === 0) {
        return { error: new HearthError('door.path-unknown', 'Nothing is at this path.'), allow: undefined, isOpen }
      }
      const allow = [...methods].join(', ')
      return { error: new HearthError('door.method-not-allowed', `This path takes ${allow}.`), allow, isOpen }
    },
  }
}

const matches = (route: readonly string[], path: readonly string[]): boolean =>
  (route.at(-1) === '*' ? route.length <= path.length : route.length === path.length) &&
  route.every((part, index) => part === '*' || (part.startsWith(':') ? path[index] !== '' : part === path[index]))

const fieldsIn = (route: readonly string[]): number =>
  route.filter((part) => part === '*' || part.startsWith(':')).length
