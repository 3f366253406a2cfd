import { parseInstant, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { invalid } from '../position-in.ts'

const dayMs = 86_400_000

export const archive = operation({
  name: 'log.archive',
  type: 'read',
  summary: 'Move what came before a time, or is older than so many days, from the log to compressed files that replay.',
  input: z.strictObject({
    before: schema.text({ max: 100 }).optional(),
    days: z.int().min(0).max(36_500).optional(),
    dryRun: z.boolean().optional(),
  }),
  output: z.object({ rows: z.int(), bytes: z.int(), files: z.int() }),
  permission: 'log.write',
  reach: 'tenant',
  consequence: 'own',
  path: { method: 'POST', path: '/log/archive' },
  examples: [
    { title: 'What is older than a year', input: { days: 365 } },
    { title: 'How much that would be', input: { days: 365, dryRun: true } },
  ],
  errors: ['archive.log-broken', 'archive.not-owned'],
  read: async ({ before, days, dryRun = false }, caller) =>
    caller.archiveLog({ before: beforeOf(before, days, caller.now), dryRun }),
})

function beforeOf(before: string | undefined, days: number | undefined, now: number): number {
  if ((before === undefined) === (days === undefined)) throw invalid('before', 'is given, or days: one of the two')
  if (before === undefined) return now - (days ?? 0) * dayMs
  const instant = parseInstant(before)
  if (instant.type === 'failure') throw invalid('before', 'must be an instant such as 2026-05-01T09:00:00Z')
  return Math.min(instant.ms, now)
}

export const checkArchive = operation({
  name: 'log.checkArchive',
  type: 'read',
  summary: 'Read every file of the archive, say which are missing or damaged, and wake what waited for those put back.',
  input: z.strictObject({}),
  output: z.object({
    files: z.int(),
    unreadable: z.array(z.object({ slot: z.int(), first: z.int(), last: z.int(), hash: z.string(), code: z.string() })),
    woken: z.int(),
  }),
  permission: 'log.write',
  reach: 'tenant',
  consequence: 'own',
  path: { method: 'POST', path: '/log/archive/check' },
  examples: [{ title: 'After a file was put back', input: {} }],
  errors: [],
  read: (_input, caller) => caller.checkArchive(),
})
