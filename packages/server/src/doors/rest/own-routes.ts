import type { FastifyInstance } from 'fastify'
import type { ErrorTable, Principal } from '@hearth/protocol'
import { HearthError } from '@hearth/protocol'
import { assertAllowed, assertReaches } from '../../call.ts'
import type { Hearth, Told } from '../../compose.ts'
import type { Garbage } from '../../platform/garbage.ts'
import type { LoopDelay } from '../../platform/loop-delay.ts'
import { measureMemory } from '../../platform/memory.ts'
import { version } from '../../platform/version.ts'
import type { Recorder } from '../recorder.ts'
import { livePath, type Listener } from './listener.ts'
import { connectionLines, connectionsOf, processLines } from './metrics.ts'
import { openApi } from './open-api.ts'
import { describeOperations } from './operations.ts'
import { referenceOf } from './reference/model.ts'
import { referencePage } from './reference/page.ts'
import type { Tagged } from './reply.ts'
import { json, problem, tagged, write, writeTagged } from './reply.ts'

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
  let described: Tagged | undefined
  app.get('/openapi.json', (request, reply) => {
    described ??= tagged(json(openApi({ version, operations, errors })))
    writeTagged(request, reply, described)
  })
}

/** `/reference`: the same for people. */
export function addReference(
  app: FastifyInstance,
  { operations, errors }: Pick<Hearth, 'operations' | 'errors'>,
): void {
  let page: Tagged | undefined
  app.get('/reference', (request, reply) => {
    page ??= tagged(referencePage(referenceOf({ version, operations, errors })))
    writeTagged(request, reply, page)
  })
}

export interface Sources {
  readonly hearth: Hearth
  readonly recorder: Recorder
  readonly loopDelay: LoopDelay
  readonly garbage: Garbage
  readonly listener: Pick<Listener, 'url' | 'server'>
  /** Connections of the live door. */
  readonly live: () => number
}

/** What this process tells of itself. */
export const toldBy = ({ hearth, recorder, loopDelay, garbage, listener, live }: Sources): Told => ({
  metrics: async () => {
    const [kernel, open] = await Promise.all([hearth.metrics(), connectionsOf(listener.server)])
    const doors = `${recorder.meter.lines()}${recorder.live.lines()}${connectionLines(open, live())}`
    return `${processLines(loopDelay, garbage)}${doors}${kernel}`
  },
  status: async () => {
    const [status, memory] = await Promise.all([hearth.status(), measureMemory({ postmaster: hearth.place()?.pid })])
    return { url: listener.url, version, ...status, loopDelayP99Ms: loopDelay.p99Ms(), memory }
  },
})

export function addMetrics(app: FastifyInstance, told: Told, isOpen: boolean): void {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8'
  app.get('/metrics', async (request, reply) => {
    if (!isOpen) assertTells(request.principal, 'metrics.read')
    write(reply.raw, request.id, { status: 200, contentType, body: await told.metrics() })
  })
}

export function addDescriptions(app: FastifyInstance, { hearth }: Pick<Sources, 'hearth'>, told: Told): void {
  let operations: Tagged | undefined
  app.get(livePath, () => {
    throw new HearthError('live.upgrade-needed', 'This path speaks WebSocket: ask for an upgrade.')
  })
  app.get('/api/v1/operations', (request, reply) => {
    operations ??= tagged(json({ items: describeOperations(hearth.operations), next: null }))
    writeTagged(request, reply, operations)
  })
  app.get('/api/v1/status', async (request, reply) => {
    assertTells(request.principal, 'status.read')
    write(reply.raw, request.id, json(await told.status()))
  })
}

/** What is told here is of the whole server. */
function assertTells(principal: Principal, permission: string): void {
  assertAllowed(principal, { permission })
  assertReaches(principal, { reach: 'tenant' }, {})
}
