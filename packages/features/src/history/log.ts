import { formatPosition, progressParts, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'

export const verifyLog = operation({
  name: 'log.verify',
  type: 'read',
  summary:
    'Follow the chain of the whole log, also through a checkpoint of before, and give a signed checkpoint of what was found.',
  input: z.strictObject({ checkpoint: schema.text({ max: 100_000 }).optional() }),
  output: z.object({
    rows: z.int(),
    broken: z.array(z.string()),
    checkpoint: z.string().nullable(),
    publicKey: z.string(),
  }),
  permission: 'log.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'POST', path: '/log/verify' },
  examples: [{ title: 'From the first row', input: {} }],
  errors: ['checkpoint.invalid'],
  read: async ({ checkpoint }, caller) => {
    const { broken, ...verified } = await caller.verifyLog(checkpoint, progressParts(caller.part))
    return { ...verified, broken: broken.map(formatPosition) }
  },
})
