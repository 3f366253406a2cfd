import { HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Feature } from '../feature.ts'

const make = operation({
  name: 'backup.make',
  type: 'read',
  summary:
    'Copy everything, sealed, as it stands at one moment, to a folder of the server’s machine or S3-compatible storage.',
  input: z.strictObject({
    to: schema.text({ max: 1000 }).describe('A whole path, or s3://bucket/prefix, with nothing in it').optional(),
  }),
  output: z.object({
    folder: z.string(),
    tables: z.int(),
    rows: z.int(),
    files: z.int(),
    missing: z.int(),
    at: z.string(),
    bytes: z.int(),
  }),
  permission: 'backup.write',
  reach: 'tenant',
  consequence: 'own',
  path: { method: 'POST', path: '/backup' },
  examples: [
    { title: 'Where backups usually go, under the time', input: {} },
    { title: 'To S3-compatible storage', input: { to: 's3://backups/hearth/before-the-upgrade' } },
  ],
  read: async ({ to }, caller) => {
    if (to !== undefined && !/^(s3:\/\/|\/|[A-Za-z]:[\\/])/.test(to))
      throw new HearthError(
        'backup.folder-unusable',
        'The folder must be given as a whole path, or as s3://bucket/prefix.',
      )
    return caller.makeBackup(to)
  },
})

const list = operation({
  name: 'backup.list',
  type: 'read',
  summary: 'The whole backups where they usually go, newest first.',
  input: z.strictObject({}),
  output: z.object({
    items: z.array(
      z.object({ name: z.string(), folder: z.string(), at: z.string(), version: z.string(), server: z.string() }),
    ),
    next: z.string().nullable(),
  }),
  permission: 'backup.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/backup' },
  examples: [{ title: 'All', input: {} }],
  read: async (_input, caller) => ({ items: [...(await caller.listBackups())], next: null }),
})

export const feature: Feature = {
  name: 'backup',
  actors: [],
  views: [],
  operations: [make, list],
  errors: {
    'backup.folder-used': { status: 409, title: 'A backup takes a folder of its own' },
    'backup.folder-unusable': { status: 409, title: 'The folder cannot be written to' },
    'backup.damaged': { status: 500, title: 'What was written cannot be read back' },
    'backup.destination-away': { status: 503, title: 'The storage does not answer', retry: 'later' },
    'backup.destination-refused': { status: 409, title: 'The storage refuses this' },
    'backup.destination-unset': { status: 409, title: 'The storage is not configured' },
  },
}
