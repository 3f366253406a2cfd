import type { KnownCaller } from '@hearth/features'
import { coreErrors, HearthError, type OperationDefinition } from '@hearth/protocol'
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

interface StubReminder {
  readonly text: string
  /** Scheduled, unless it is said. */
  readonly state?: string
  readonly next: string | null
  readonly zone?: string
}

export interface StubHearth extends Hearth {
  readonly calls: CallRequest[]
  ready: boolean
  reminders: readonly StubReminder[]
  /** What the next calls do instead of answering with their own request. */
  answer: ((request: CallRequest) => Promise<CallAnswer>) | undefined
  /** What a watch does instead of being refused. */
  watching: Hearth['watch'] | undefined
  /** Who is known by what, besides the owner. */
  readonly callers: Map<string, KnownCaller>
  drained: boolean
  /** Whether calls are to be refused at once. */
  crowded: boolean
  disposed: boolean
  postgresPid: number
  changePlace(): void
}

interface ListInput {
  readonly state?: string
  readonly limit: number
  readonly after?: string
}

function listed(reminders: StubHearth['reminders'], { state, limit, after = '0' }: ListInput): object {
  const all = reminders.filter((one) => state === undefined || (one.state ?? 'scheduled') === state)
  const end = Number(after) + limit
  return { items: all.slice(Number(after), end), next: end < all.length ? String(end) : null }
}

/** What stands behind the door, as thin as the seam allows: the door is what is tested. */
export function stubHearth(): StubHearth {
  const listeners = new Set<() => void>()
  const stub: StubHearth = {
    calls: [],
    ready: true,
    reminders: [],
    answer: undefined,
    watching: undefined,
    drained: false,
    crowded: false,
    disposed: false,
    postgresPid: 4242,
    foreign: { routes: [], call: () => Promise.reject(new Error('nobody asks a model here')) },
    changePlace: () => listeners.forEach((listener) => listener()),
    operations,
    errors: coreErrors,
    known: { find: (shown) => stub.callers.get(shown), rateOf: () => null, note: () => undefined },
    callers: new Map(),
    call: async (request) => {
      stub.calls.push(request)
      if (stub.answer !== undefined) return await stub.answer(request)
      const { operation, input, key, principal } = request
      const body =
        operation === 'reminders.list'
          ? listed(stub.reminders, input as ListInput)
          : { operation, input, key: key ?? null, caller: principal.id }
      return {
        status: 200,
        body: JSON.stringify(body),
        contentType: 'application/json',
        headers: { 'Hearth-Position': '7.12' },
      }
    },
    watch: async (request) => {
      if (stub.watching !== undefined) return await stub.watching(request)
      throw new HearthError('watch.not-watchable', 'Nothing can be watched here.')
    },
    health: () => (stub.ready ? { ready: true } : { ready: false, reason: 'The database does not answer.' }),
    turnsAway: () => stub.crowded,
    status: async () => ({ lanes: 4, slots: 256 }),
    metrics: async () => '# TYPE hearth_commands_total counter\nhearth_commands_total{outcome="accepted"} 3\n',
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
