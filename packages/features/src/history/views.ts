import { HearthError, progressParts, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'

const unknown = (): HearthError => new HearthError('view.unknown', 'There is no such view.')

export const verifyView = operation({
  name: 'views.verify',
  type: 'read',
  summary: 'Compare a view with what the log leads to.',
  input: z.strictObject({ view: schema.text({ max: 100 }) }),
  output: z.object({ rows: z.int(), different: z.int() }),
  permission: 'views.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'POST', path: '/views/{view}/verify' },
  examples: [{ title: 'The reminders', input: { view: 'reminders' } }],
  errors: ['view.unknown'],
  read: async ({ view }, caller) => {
    const verified = await caller.verifyView(view, progressParts(caller.part))
    if (verified === undefined) throw unknown()
    return verified
  },
})

export const rebuildView = operation({
  name: 'views.rebuild',
  type: 'read',
  summary: 'Build a view anew from the log, while commands go on. May be called again at any time.',
  input: z.strictObject({ view: schema.text({ max: 100 }) }),
  output: z.object({
    rows: z.int(),
    events: z.int(),
    kept: z.int(),
    seconds: z.number(),
    pausedMs: z.number(),
  }),
  permission: 'views.write',
  reach: 'tenant',
  consequence: 'own',
  path: { method: 'POST', path: '/views/{view}/rebuild' },
  examples: [{ title: 'The reminders', input: { view: 'reminders' } }],
  errors: ['view.in-use', 'view.unknown'],
  read: async ({ view }, caller) => {
    const rebuilt = await caller.rebuildView(view)
    if (rebuilt === undefined) throw unknown()
    return { ...rebuilt }
  },
})
