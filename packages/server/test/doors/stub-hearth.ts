import { coreErrors, type OperationDefinition } from '@hearth/protocol'
import * as z from 'zod'
import type { CallAnswer, CallRequest } from '../../src/call.ts'
import type { Hearth } from '../../src/compose.ts'

const noteInput = z.object({ text: z.string(), tags: z.array(z.string()).optional() })
const page = { limit: z.int().min(1).max(500).optional(), after: z.string().optional() }

const define = (
  name: string,
  path: OperationDefinition['path'],
  input: z.ZodType,
  consequence: OperationDefinition['consequence'] = 'own',
): OperationDefinition => ({
  name,
  summary: `Does ${name}.`,
  input,
  output: z.object({ id: z.string() }),
  permission: name,
  consequence,
  path,
  examples: [{ title: 'An example', input: {} }],
})

export const operations: readonly OperationDefinition[] = [
  define('notes.add', { method: 'POST', path: '/notes' }, noteInput),
  define(
    'notes.list',
    { method: 'GET', path: '/notes' },
    z.object({
      ...page,
      done: z.boolean().optional(),
      score: z.number().nullable().optional(),
      tags: z.array(z.string()).optional(),
      years: z.array(z.int()).optional(),
    }),
    'read',
  ),
  define('notes.change', { method: 'PATCH', path: '/notes/{id}' }, noteInput.extend({ id: z.string() })),
  define('notes.remove', { method: 'DELETE', path: '/notes/{id}' }, z.object({ id: z.string(), hard: z.boolean() })),
  define('notes.copy', { method: 'POST', path: '/notes/{id}/copy' }, z.object({ id: z.string() })),
  define('reminders.list', { method: 'GET', path: '/reminders' }, z.object(page), 'read'),
]

export interface StubHearth extends Hearth {
  readonly calls: CallRequest[]
  ready: boolean
  reminders: readonly object[]
  /** What the next calls do instead of answering with their own request. */
  answer: ((request: CallRequest) => Promise<CallAnswer>) | undefined
  drained: boolean
  disposed: boolean
  postgresPid: number
  changePlace(): void
}

/** What stands behind the door, as thin as the seam allows: the door is what is tested. */
export function stubHearth(): StubHearth {
  const listeners = new Set<() => void>()
  const stub: StubHearth = {
    calls: [],
    ready: true,
    reminders: [],
    answer: undefined,
    drained: false,
    disposed: false,
    postgresPid: 4242,
    changePlace: () => listeners.forEach((listener) => listener()),
    operations,
    errors: coreErrors,
    call: async (request) => {
      stub.calls.push(request)
      if (stub.answer !== undefined) return await stub.answer(request)
      const { operation, input, key, principal } = request
      const list = { items: stub.reminders, next: null }
      const body = operation === 'reminders.list' ? list : { operation, input, key: key ?? null, caller: principal.id }
      return {
        status: 200,
        body: JSON.stringify(body),
        contentType: 'application/json',
        headers: { 'Hearth-Position': '7.12' },
      }
    },
    health: () => (stub.ready ? { ready: true } : { ready: false, reason: 'The database does not answer.' }),
    status: async () => ({ lanes: 4, slots: 256 }),
    metrics: () => '# TYPE hearth_commands_total counter\nhearth_commands_total{outcome="accepted"} 3\n',
    place: () => ({ pid: stub.postgresPid, socket: '/nowhere', data: '/nowhere/data' }),
    onPlaceChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    drain: async () => {
      stub.drained = true
    },
    [Symbol.asyncDispose]: async () => {
      stub.disposed = true
    },
  }
  return stub
}
