import { HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Feature } from '../feature.ts'

const make = operation({
  name: 'backup.make',
  type: 'read',
  summary: 'Copy everything as it stands at one moment to a folder of the server’s machine, while it goes on.',
  input: z.strictObject({ to: schema.text({ max: 1000 }).optional() }),
  output: z.object({ folder: z.string(), tables: z.int(), rows: z.int(), files: z.int(), missing: z.int() }),
  permission: 'backup.write',
  reach: 'tenant',
  consequence: 'own',
  path: { method: 'POST', path: '/backup' },
  examples: [{ title: 'Into the data folder, under the time', input: {} }],
  read: async ({ to }, caller) => {
    if (to !== undefined && !/^(\/|[A-Za-z]:[\\/])/.test(to))
      throw new HearthError('backup.folder-unusable', 'The folder must be given as a whole path.')
    return caller.makeBackup(to)
  },
})

export const feature: Feature = {
  name: 'backup',
  actors: [],
  views: [],
  operations: [make],
  errors: {
    'backup.folder-used': { status: 409, title: 'A backup takes a folder of its own' },
    'backup.folder-unusable': { status: 409, title: 'The folder cannot be written to' },
    'backup.damaged': { status: 500, title: 'What was written cannot be read back' },
  },
}
