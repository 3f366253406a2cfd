import type { FastifyInstance } from 'fastify'
import type { ErrorTable } from '@hearth/protocol'
import { HearthError } from '@hearth/protocol'
import type { Hearth, Told } from '../../compose.ts'
import type { LoopDelay } from '../../platform/loop-delay.ts'
import { measureMemory } from '../../platform/memory.ts'
import { version } from '../../platform/version.ts'
import type { RequestMeter } from './metrics.ts'
import { livePath } from './listener.ts'
import { processLines } from './metrics.ts'
import { openApi } from './open-api.ts'
import { describeOperations } from './operations.ts'
import type { Body } from './reply.ts'
import { json, problem, write } from './reply.ts'

/** `/healthz`: the process lives. `/readyz`: it can serve. */
export function addProbes(
  app: FastifyInstance,
  options: { readonly hearth: Hearth; readonly errors: ErrorTable },
): void {
  const { hearth, errors } = options
  const alive = json({ alive: true })
  const ready = json({ ready: true })
  for (const path of ['/healthz', '/health']) {
    app.get(path, (request, reply) => write(reply.raw, request.id, alive))
  }
  for (const path of ['/readyz', '/ready']) {
    app.get(path, (request, reply) => {
      const health = hearth.health()
      if (health.ready) return write(reply.raw, request.id, ready)
      const error = new HearthError('store.unavailable', health.reason ?? 'The server cannot serve at the moment.')
      const { body, ...rest } = problem(error, errors, request.id)
      const waits = { ...(JSON.parse(body) as object), waits: health.waits ?? {} }
      write(reply.raw, request.id, { ...rest, body: JSON.stringify(waits) })
    })
  }
}

/** `/openapi.json`, which anyone may read. */
export function addOpenApi(app: FastifyInstance, { operations, errors }: Pick<Hearth, 'operations' | 'errors'>): void {
  let described: Body | undefined
  app.get('/openapi.json', (request, reply) => {
    described ??= json(openApi({ version, operations, errors }))
    write(reply.raw, request.id, described)
  })
}

export interface Sources {
  readonly hearth: Hearth
  readonly meter: RequestMeter
  readonly loopDelay: LoopDelay
  readonly url: string
}

/** What this process tells of itself. */
export const toldBy = ({ hearth, meter, loopDelay, url }: Sources): Told => ({
  metrics: async () => {
    const kernel = await hearth.metrics()
    return `${processLines(loopDelay)}${meter.lines()}${kernel}`
  },
  status: async () => {
    const [status, memory] = await Promise.all([hearth.status(), measureMemory({ postmaster: hearth.place()?.pid })])
    return { url, version, ...status, loopDelayP99Ms: loopDelay.p99Ms(), memory }
  },
})

export function addMetrics(app: FastifyInstance, told: Told): void {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8'
  app.get('/metrics', async (request, reply) => {
    write(reply.raw, request.id, { status: 200, contentType, body: await told.metrics() })
  })
}

export function addDescriptions(app: FastifyInstance, { hearth }: Pick<Sources, 'hearth'>, told: Told): void {
  let operations: Body | undefined
  app.get(livePath, () => {
    throw new HearthError('live.upgrade-needed', 'This path speaks WebSocket: ask for an upgrade.')
  })
  app.get('/api/v1/operations', (request, reply) => {
    operations ??= json({ items: describeOperations(hearth.operations), next: null })
    write(reply.raw, request.id, operations)
  })
  app.get('/api/v1/status', async (request, reply) => {
    write(reply.raw, request.id, json(await told.status()))
  })
}
