import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HearthError } from '@hearth/protocol'

export interface RouteTable {
  /** Why nothing answers a request: no such path, or not with this method. */
  refusal(request: FastifyRequest): { readonly error: HearthError; readonly allow: string | undefined }
}

/** Notes every route that is added from now on. */
export function routeTable(app: FastifyInstance): RouteTable {
  const routes: { readonly method: string; readonly segments: readonly string[] }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, segments: url.split('/') })
  })
  return {
    refusal: (request) => {
      const segments = (request.url.split('?', 1)[0] ?? '').split('/')
      const methods = new Set(routes.filter((route) => matches(route.segments, segments)).map(({ method }) => method))
      if (methods.size === 0) {
        return { error: new HearthError('door.path-unknown', 'Nothing is at this path.'), allow: undefined }
      }
      const allow = [...methods].join(', ')
      return { error: new HearthError('door.method-not-allowed', `This path takes ${allow}.`), allow }
    },
  }
}

const matches = (route: readonly string[], path: readonly string[]): boolean =>
  route.length === path.length &&
  route.every((part, index) => (part.startsWith(':') ? path[index] !== '' : part === path[index]))
