import type { ErrorTable, JsonSchema } from '@hearth/protocol'
import { livePath } from '../listener.ts'
import { refusal } from './refusals.ts'
import { referTo } from './shared.ts'

export interface OwnPath {
  readonly path: string
  readonly entry: JsonSchema
}

const count: JsonSchema = { type: 'integer', minimum: 0 }
const counts: JsonSchema = { type: 'object', additionalProperties: count }
const any: JsonSchema = { type: 'object' }

const object = (properties: Readonly<Record<string, JsonSchema>>, required = Object.keys(properties)): JsonSchema => ({
  type: 'object',
  properties,
  required,
})

/** Schemas of answers that come from no operation. */
export const ownSchemas: Readonly<Record<string, JsonSchema>> = {
  Alive: object({ alive: { const: true } }),
  Ready: object({ ready: { const: true } }),
  NotReady: {
    allOf: [{ $ref: '#/components/schemas/Problem' }, object({ waits: any })],
    description: 'Why it cannot serve, and what waits for what.',
  },
  OperationDescription: object({
    name: { type: 'string' },
    summary: { type: 'string' },
    permission: { type: 'string' },
    consequence: { enum: ['read', 'own', 'shared', 'send', 'spend', 'destroy'] },
    path: object({ method: { enum: ['GET', 'POST', 'PATCH', 'DELETE'] }, path: { type: 'string' } }),
    input: { ...any, description: 'A JSON Schema.' },
    output: { ...any, description: 'A JSON Schema.' },
    examples: { type: 'array', items: object({ title: { type: 'string' }, input: any }) },
  }),
  OperationList: object({
    items: { type: 'array', items: { $ref: '#/components/schemas/OperationDescription' } },
    next: { type: ['string', 'null'] },
  }),
  ServerStatus: object(
    {
      url: { type: 'string' },
      version: { type: 'string' },
      lanes: count,
      slots: count,
      inbox: object({ count, bytes: count, oldestMs: { type: 'number', minimum: 0 }, refused: count }),
      owed: { ...counts, description: 'What is owed to the world, by kind.' },
      waiting: { ...counts, description: 'Of what is owed: what waits for something else, by kind.' },
      dead: count,
      stuck: count,
      aside: { ...counts, description: 'What was set aside, by why.' },
      watchers: count,
      positions: { type: 'array', items: { type: 'string' }, description: 'How far each slot has come.' },
      views: { ...any, description: 'How far each view has come.' },
      archive: { ...any, description: 'What lies in files.' },
      waits: { ...any, description: 'What waits for what, by code.' },
      loopDelayP99Ms: { type: 'number', minimum: 0 },
      memory: object({ server: { type: ['integer', 'null'] }, postgres: { type: ['integer', 'null'] } }, []),
    },
    ['url', 'version', 'lanes', 'slots', 'inbox', 'loopDelayP99Ms', 'memory'],
  ),
}

const json = (schema: string): JsonSchema => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
})

const found = (description: string, content: JsonSchema, more: readonly string[] = []): JsonSchema => ({
  description,
  headers: referTo(['X-Request-Id', ...more]),
  content,
})

const unchanged: JsonSchema = {
  description: 'What `If-None-Match` names is still what is there.',
  headers: referTo(['ETag', 'X-Request-Id']),
}

const tag = 'server'

/** Routes that are made from no operation: how the server does, and how it is described. */
export function ownPaths(errors: ErrorTable): readonly OwnPath[] {
  const open = { tags: [tag], security: [] }
  const refused = (...statuses: readonly number[]): Record<string, JsonSchema> =>
    Object.fromEntries(statuses.map((status) => [status, refusal(status, codesAt(status, errors), errors)]))
  const unlisted = refused(400, 403, 408, 421, 431, 500)
  const closed = { ...unlisted, ...refused(401) }
  const probe = (operationId: string, summary: string, schema: string, more: JsonSchema = {}): JsonSchema => ({
    get: {
      ...open,
      operationId,
      summary,
      responses: { 200: found('Yes.', json(schema)), ...more, ...unlisted },
    },
  })
  const notReady = {
    503: {
      ...refusal(503, ['store.unavailable', 'server.starting', 'server.stopping'], errors),
      content: {
        'application/problem+json': {
          schema: { anyOf: [{ $ref: '#/components/schemas/NotReady' }, { $ref: '#/components/schemas/Problem' }] },
        },
      },
    },
  }
  const whether = { parameters: [{ $ref: '#/components/parameters/IfNoneMatch' }] }
  return [
    { path: '/healthz', entry: probe('server.healthz', 'Whether the process lives.', 'Alive') },
    { path: '/health', entry: probe('server.health', 'The same as /healthz.', 'Alive') },
    { path: '/readyz', entry: probe('server.readyz', 'Whether it can serve.', 'Ready', notReady) },
    { path: '/ready', entry: probe('server.ready', 'The same as /readyz.', 'Ready', notReady) },
    {
      path: '/openapi.json',
      entry: {
        get: {
          ...open,
          ...whether,
          operationId: 'server.openapi',
          summary: 'This description.',
          responses: {
            200: found('OpenAPI 3.1.', { 'application/json': { schema: any } }, ['ETag']),
            304: unchanged,
            ...unlisted,
          },
        },
      },
    },
    {
      path: '/reference',
      entry: {
        get: {
          ...open,
          ...whether,
          operationId: 'server.reference',
          summary: 'The same for people: a page that needs no other host.',
          responses: {
            200: found('The page.', { 'text/html': { schema: { type: 'string' } } }, ['ETag']),
            304: unchanged,
            ...unlisted,
          },
        },
      },
    },
    {
      path: '/api/v1/operations',
      entry: {
        get: {
          ...whether,
          tags: [tag],
          operationId: 'server.operations',
          summary: 'Every operation, with the schemas of its input and output.',
          responses: { 200: found('All of them.', json('OperationList'), ['ETag']), 304: unchanged, ...closed },
        },
      },
    },
    {
      path: '/api/v1/status',
      entry: {
        get: {
          tags: [tag],
          operationId: 'server.status',
          summary: 'How the server does.',
          responses: { 200: found('The figures.', json('ServerStatus')), ...closed, ...refused(503) },
        },
      },
    },
    {
      path: '/metrics',
      entry: {
        get: {
          tags: [tag],
          operationId: 'server.metrics',
          summary: 'Metrics in the text form of Prometheus. Open to anyone where `HEARTH_METRICS` is `open`.',
          responses: {
            200: found('The figures.', { 'text/plain': { schema: { type: 'string' } } }),
            ...closed,
            ...refused(503),
          },
        },
      },
    },
    {
      path: livePath,
      entry: {
        get: {
          tags: [tag],
          operationId: 'server.live',
          summary: 'Calls and watches on one connection, over WebSocket.',
          description:
            'Frames are `{ id, call, input, key?, after? }`, `{ id, watch, input, from? }` and `{ id, stop: true }`; answers are `{ id, result }`, `{ id, error }` and `{ id, snapshot | change | reset, position }`.',
          responses: {
            101: { description: 'WebSocket from here on.' },
            ...closed,
            ...refused(405, 426),
          },
        },
      },
    },
  ]
}

/** What any path can answer with, and not only an operation. */
function codesAt(status: number, errors: ErrorTable): readonly string[] {
  const ofAnyPath =
    /^(auth\.key|door\.(request|headers|host|origin|failed|method)|store\.unavailable|server\.st|live\.upgrade)/
  return Object.keys(errors).filter((code) => ofAnyPath.test(code) && errors[code]?.status === status)
}
